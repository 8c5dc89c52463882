#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys from files and to files: PKCS#12 and PKCS#8 of openssl, sealed and open, there and back.
. "$(dirname "$0")/lib.sh"

# A key and a certificate by openssl alone, and files of them.
make_files() {
    openssl req -x509 -newkey "$1" ${2:+-pkeyopt "$2"} -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -subj "/CN=Import" \
        2>"$work/openssl"
    echo File-Secret-55 >"$work/file-pin"
    openssl pkcs12 -export -inkey "$work/key.pem" -in "$work/cert.pem" -name friend -passout "file:$work/file-pin" -out "$work/key.p12"
    openssl pkcs8 -topk8 -in "$work/key.pem" -passout "file:$work/file-pin" -out "$work/sealed.pem"
    openssl pkcs8 -topk8 -in "$work/key.pem" -nocrypt -outform DER -out "$work/open.der"
}

# same_key NAME: the container's key is that of the files.
same_key() {
    same "public key of $1" "$(openssl pkey -in "$work/key.pem" -pubout)" \
        "$(kf csr create "$1" --token "$1" --subject CN=x | openssl req -noout -pubkey)"
}

a_pkcs12_becomes_a_container() {
    for type in "ec ec_paramgen_curve:P-256" "rsa rsa_keygen_bits:2048" "ed25519"; do
        make_files $type
        name=from-${type%% *}
        exits 0 kf --json container import "$work/key.p12" --medium registry --container "$name" \
            --file-pin-source "file:$work/file-pin"
        answers ".label == \"$name\" and .private and .certificates == 1 and .source_removed == false"
        says 'remove it when it is no longer needed'
        same_key "$name"
        exits 0 kf container check "$name"
    done
}

# The name of the file is that of the container, when none is given; what is open needs no password.
pkcs8_files_are_taken_sealed_and_open() {
    make_files ec ec_paramgen_curve:P-384
    exits 0 kf container import "$work/sealed.pem" --medium disk --file-pin-source "file:$work/file-pin"
    same_key sealed
    exits 0 kf container import "$work/open.der" --medium disk
    same_key open
    cp "$work/key.pem" "$work/plain.pem"
    exits 0 kf container import "$work/plain.pem" --medium disk
    same_key plain
}

the_file_is_removed_when_asked_to() {
    cp "$work/open.der" "$work/gone.der"
    exits 0 kf --json container import "$work/gone.der" --medium disk --remove-source
    answers '.source_removed'
    says 'That is no erasing'
    [ ! -e "$work/gone.der" ] || fail "the file is still there"
    ln -s "$work/open.der" "$work/link.der"
    exits 0 kf --json container import "$work/link.der" --medium disk --remove-source
    answers '.source_removed == false'
    says 'is a link'
    [ -e "$work/open.der" ] || fail "what the link leads to is gone"
}

what_cannot_be_imported_leaves_nothing() {
    echo Wrong-Secret-55 >"$work/bad-pin"
    exits 2 kf container import "$work/key.p12" --medium disk --container bad --file-pin-source "file:$work/bad-pin" --remove-source
    says 'the password does not open the PKCS#12 file'
    says 'The new container was removed again'
    [ -e "$work/key.p12" ] || fail "the file is gone"
    exits 10 kf container import "$work/key.p12" --medium disk --container bad
    says '--file-pin-source'
    head -c 100 "$work/key.p12" >"$work/torn.p12"
    exits 2 kf container import "$work/torn.p12" --medium disk --container bad --file-pin-source "file:$work/file-pin"
    exits 2 kf container import "$work/cert.pem" --medium disk --container bad --file-pin-source "file:$work/file-pin"
    exits 2 kf container import "$work/none.p12" --medium disk
    same "containers named bad" 0 "$(field '[.items[] | select(.token_label == "bad")] | length' container list)"
}

# Out with --exportable, and what openssl reads is the same key.
an_exportable_key_goes_out_sealed() {
    make_files ec ec_paramgen_curve:P-256
    exits 0 kf container import "$work/key.p12" --medium registry --container out --exportable \
        --file-pin-source "file:$work/file-pin"
    for format in p12 p8; do
        exits 0 kf --json container export out --format $format --out "$work/out.$format" --file-pin-source "file:$work/file-pin"
        answers ".format == \"$format\" and .label == \"out\""
        same "mode" 600 "$(stat -c %a "$work/out.$format")"
        exits 2 kf container export out --format $format --out "$work/out.$format" --file-pin-source "file:$work/file-pin"
        says 'already a file'
    done
    openssl pkcs12 -in "$work/out.p12" -passin "file:$work/file-pin" -nodes -out "$work/back.pem" 2>"$work/openssl" ||
        fail "openssl does not read the PKCS#12: $(cat "$work/openssl")"
    same "certificates in it" 1 "$(grep -c 'BEGIN CERTIFICATE' "$work/back.pem")"
    openssl pkcs8 -inform DER -in "$work/out.p8" -passin "file:$work/file-pin" -out "$work/back8.pem" 2>"$work/openssl" ||
        fail "openssl does not read the PKCS#8: $(cat "$work/openssl")"
    for file in back.pem back8.pem; do
        same "the key in $file" "$(openssl pkey -in "$work/key.pem" -pubout)" "$(openssl pkey -in "$work/$file" -pubout)"
    done
    exits 0 kf container import "$work/out.p12" --medium disk --container again --file-pin-source "file:$work/file-pin"
    same_key again
}

others_stay_inside() {
    make_container inside
    exits 9 kf container export inside --out "$work/no.p12" --file-pin-source "file:$work/file-pin"
    says 'Only a key made with --exportable may leave'
    exits 9 kf container export again --out "$work/no.p12" --file-pin-source "file:$work/file-pin"
    [ ! -e "$work/no.p12" ] || fail "there is a file"
    exits 2 kf container export out --format pem --out "$work/no.p12"
    exits 2 kf container export out --format p12
    says '--out'
}

a_file_wants_a_password_that_is_worth_something() {
    echo 12345678 >"$work/weak"
    exits 9 kf container export out --out "$work/weak.p12" --file-pin-source "file:$work/weak"
    says '--weak-password'
    [ ! -e "$work/weak.p12" ] || fail "there is a file"
    exits 0 kf container export out --out "$work/weak.p12" --file-pin-source "file:$work/weak" --weak-password
}

# A token that takes keys from outside.
a_file_goes_onto_a_token() {
    use_softhsm card
    exits 0 kf --json container import "$work/key.p12" --token card --container anna --file-pin-source "file:$work/file-pin"
    answers '.private and .certificates == 1 and .medium == "token"'
    exits 0 kf container check anna
    exits 2 kf container import "$work/key.p12" --token card --container bert --exportable --file-pin-source "file:$work/file-pin"
    says '--exportable is for software containers'
}

use_software
test_that "a PKCS#12 becomes a container" a_pkcs12_becomes_a_container
test_that "PKCS#8 files are taken, sealed and open" pkcs8_files_are_taken_sealed_and_open
test_that "the file is removed when asked to" the_file_is_removed_when_asked_to
test_that "what cannot be imported leaves nothing" what_cannot_be_imported_leaves_nothing
test_that "an exportable key goes out sealed" an_exportable_key_goes_out_sealed
test_that "others stay inside" others_stay_inside
test_that "a file wants a password that is worth something" a_file_wants_a_password_that_is_worth_something
test_that "a file goes onto a token" a_file_goes_onto_a_token
