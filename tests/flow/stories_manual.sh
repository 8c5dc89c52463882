#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A CA without a wire: the request goes out as a file, openssl is the CA, the certificate comes back as a file.
. "$(dirname "$0")/lib.sh"

# A CA of openssl's: in $work/NAME.pem.
foreign_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
        -out "$work/$1.pem" -days 30 -subj "/CN=$1" 2>"$work/openssl"
}

# sign CSR CERTIFICATE: by the CA "other", with what was asked for.
sign() {
    openssl x509 -req -in "$1" -CA "$work/other.pem" -CAkey "$work/other.key" -days 20 \
        -copy_extensions copy -out "$2" 2>"$work/openssl" || fail "openssl does not sign: $(cat "$work/openssl")"
}

fingerprint() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2
}

nothing_is_made_before_a_root_is_trusted() {
    exits 0 kf connection add post manual "dir=$work/box"
    says 'keyfob connection roots post'
    exits 9 kf enroll --connection post --subject CN=Anna
    says 'no root certificate of the connection "post" was accepted yet'
    token_is_empty
    same "requests" 0 "$(field '.items | length' request list)"
}

roots_are_accepted_by_their_fingerprint() {
    exits 0 kf --json connection roots post --file "$work/other.pem"
    answers '.items[0].subject_text == "CN=other" and (.items[0].trusted | not)'
    says '--accept FINGERPRINT'
    exits 2 kf connection roots post --file "$work/other.pem" --accept 0011
    says 'not a SHA-256 fingerprint'
    exits 2 kf connection roots post --file "$work/other.pem" --accept "$(fingerprint "$work/wrong.pem")"
    exits 0 kf connection roots post --file "$work/other.pem" --accept "$(fingerprint "$work/other.pem")"
    says '✔ Trusted: CN=other'
    same "trusted" "CN=other true" "$(field '.items[] | "\(.subject_text) \(.trusted)"' connection roots post)"
}

# ordered CONTAINER: the request's file in $csr, its id in $id.
ordered() {
    exits 10 kf enroll --connection post --subject CN=Anna --container "$1"
    says 'or name it to `keyfob request import'
    id=$(sed -n 's/.*The request is kept: //p' "$work/err")
    csr=$(field .order.ticket request show "$id")
    [ -f "$csr" ] || fail "there is no file \"$csr\""
}

the_request_lies_there_with_both_labels() {
    ordered first
    grep -qx -e '-----BEGIN CERTIFICATE REQUEST-----' "$csr" || fail "not the usual label"
    grep -qx -e '-----BEGIN NEW CERTIFICATE REQUEST-----' "${csr%.csr}.new.csr" || fail "not the other label"
    for file in "$csr" "${csr%.csr}.new.csr"; do
        openssl req -in "$file" -noout -verify >"$work/openssl" 2>&1 || fail "openssl: $(cat "$work/openssl")"
    done
    exits 10 kf request check "$id"
    exits 2 kf connection remove post
    says '1 request is not finished'
}

# refused STATUS FILE TEXT: the key stays, and so does the request.
refused() {
    exits "$1" kf request import "$id" "$2"
    says "$3"
    same "state" waiting "$(field .state request show "$id")"
    same "private keys, public keys, certificates" "1 1 0" "$(objects)"
}

wrong_files_are_refused_and_the_key_stays() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/other-key.pem" \
        -out "$work/other.csr" -subj /CN=Anna 2>"$work/openssl"
    sign "$work/other.csr" "$work/other-anna.pem"
    refused 9 "$work/other-anna.pem" 'no certificate in the file is for the key of request r-1'
    refused 9 "$work/other.pem" 'no certificate in the file is for the key'
    refused 2 "$work/other-key.pem" 'private key'
    refused 2 "$csr" 'certificate request'
    printf '<!DOCTYPE html><title>502</title>' >"$work/page.html"
    refused 2 "$work/page.html" 'page.html": this is an HTML page'
    refused 2 "$work/none.pem" 'none.pem'
}

# The right key, but not what was asked for, or not from this CA: kept aside, the key stays usable.
what_fails_the_checks_is_kept_aside() {
    openssl x509 -req -in "$csr" -CA "$work/wrong.pem" -CAkey "$work/wrong.key" -days 20 \
        -copy_extensions copy -out "$work/stranger.pem" 2>"$work/openssl"
    exits 9 kf request import "$id" "$work/stranger.pem"
    says "request $id is quarantined"
    exits 0 kf --json request show "$id"
    answers '.state == "quarantined" and (.reason | length > 0) and .order.ca_text == null'
    same "private keys, public keys, certificates" "1 1 0" "$(objects)"
    same "certificates" 0 "$(field '.items | length' cert list)"
}

# in_format FORMAT: writes $work/answer.
in_format() {
    case $1 in
    crlf) sed 's/$/\r/' "$work/good.pem" >"$work/answer" ;;
    der) openssl x509 -in "$work/good.pem" -outform DER -out "$work/answer" ;;
    text) openssl x509 -in "$work/good.pem" -text -out "$work/answer" ;;
    p7b) openssl crl2pkcs7 -nocrl -certfile "$work/other.pem" -certfile "$work/good.pem" -outform DER -out "$work/answer" ;;
    p7b-pem) openssl crl2pkcs7 -nocrl -certfile "$work/good.pem" -certfile "$work/other.pem" -out "$work/answer" ;;
    esac
}

the_right_one_is_taken_after_all() {
    sign "$csr" "$work/good.pem"
    in_format crlf
    exits 0 kf request import "$id" "$work/answer"
    says 'Certificate written to "soft" and read back'
    says 'In your personal store: c-2'
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    exits 0 kf cert verify "$(field ".items[0].id" cert list)"
    shows 'CN=other'
}

every_format_is_taken() {
    for format in der text p7b p7b-pem; do
        ordered "$format"
        sign "$csr" "$work/good.pem"
        in_format "$format"
        exits 0 kf request import "$id" "$work/answer"
        same "state" done "$(field .state request show "$id")"
    done
    same "private keys, public keys, certificates" "5 5 5" "$(objects)"
}

# The person puts it beside the request, at first only half of it.
the_file_beside_the_request_is_found() {
    ordered beside
    sign "$csr" "$work/good.pem"
    head -c 200 "$work/good.pem" >"${csr%.csr}.crt"
    exits 10 kf request check "$id"
    says '.crt" cannot be used'
    cp "$work/good.pem" "${csr%.csr}.crt"
    exits 0 kf resume "$id"
    same "state" done "$(field .state request show "$id")"
    exits 0 kf connection remove post
}

# --csr: a request of another program; no key is made, the certificate goes to the store.
a_request_made_elsewhere_is_sent() {
    before=$(objects)
    openssl req -new -key "$work/other-key.pem" -subj /CN=Elsewhere -out "$work/elsewhere.csr"
    exits 0 kf ca init lab
    exits 2 kf enroll --connection lab --csr "$work/elsewhere.csr" --key p256
    says '--csr and --key do not go together'
    exits 2 kf enroll --connection lab --csr "$work/other.pem"
    exits 0 kf enroll --connection lab --csr "$work/elsewhere.csr"
    same "private keys, public keys, certificates" "$before" "$(objects)"
    same "in the store" "CN=Elsewhere" "$(field '.items[-1].subject_text' cert list)"
}

use_softhsm soft
foreign_ca other
foreign_ca wrong
test_that "nothing is made before a root is trusted" nothing_is_made_before_a_root_is_trusted
test_that "roots are accepted by their fingerprint" roots_are_accepted_by_their_fingerprint
test_that "the request lies there with both labels" the_request_lies_there_with_both_labels
test_that "wrong files are refused and the key stays" wrong_files_are_refused_and_the_key_stays
test_that "what fails the checks is kept aside" what_fails_the_checks_is_kept_aside
test_that "the right one is taken after all" the_right_one_is_taken_after_all
test_that "every format is taken" every_format_is_taken
test_that "the file beside the request is found" the_file_beside_the_request_is_found
test_that "a request made elsewhere is sent" a_request_made_elsewhere_is_sent
