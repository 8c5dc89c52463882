#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSC's pkcs11-tool does all that it can do with the module, and openssl agrees with it.
# labels: slow
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs pkcs11-tool openssl

p11() {
    well pkcs11-tool --module "$module" "$@"
}

# blank_slot: the id of the first slot with a blank token.
blank_slot() {
    p11 --list-slots
    awk '/^Slot / { id = $3 } /token state: *uninitialized/ { gsub(/[():]/, "", id); print id; exit }' \
        "$work/out"
}

# as USER PIN ARGUMENTS: on the token "made", whose password costs as much as a real one.
as() {
    if [ "$1" = so ]; then set -- "--login-type so --so-pin" "$@"; else set -- --pin "$@"; fi
    how=$1 secret=$3
    shift 3
    # shellcheck disable=SC2086 # words
    p11 --token-label made --login $how "$secret" "$@"
}

refused() {
    badly pkcs11-tool --module "$module" --token-label made --login "$@"
}

token_is_made() {
    slot=$(blank_slot)
    [ -n "$slot" ] || fail "no blank slot"
    p11 --slot "$slot" --init-token --label made --so-pin "$so_secret"
    as so "$so_secret" --init-pin --new-pin 4321
    p11 --list-slots
    shows made
    [ -n "$(blank_slot)" ] || fail "the blank slot is used up"
}

pins_are_changed() {
    as user 4321 --change-pin --new-pin 5678
    refused --pin 4321 --list-objects
    as user 5678 --list-objects
    as so "$so_secret" --change-pin --new-pin 87654321
}

# A wrong SO PIN must not set the user's.
pin_is_unlocked_by_the_so() {
    refused --login-type so --so-pin "$so_secret" --init-pin --new-pin 6789
    as so 87654321 --init-pin --new-pin 7890
    refused --pin 6789 --list-objects
    as user 7890 --list-objects
}

token_is_shown() {
    p11 --show-info
    shows "Cryptoki version 2.40"
    p11 --list-token-slots
    shows card
    p11 --token-label card --list-mechanisms
    for mechanism in RSA-PKCS SHA256-RSA-PKCS RSA-PKCS-PSS SHA256-RSA-PKCS-PSS RSA-PKCS-OAEP ECDSA \
        EDDSA ECDH1-DERIVE ECDSA-KEY-PAIR-GEN RSA-PKCS-KEY-PAIR-GEN SHA256; do
        shows "$mechanism"
    done
}

keys_are_made() {
    make_key 01 ec EC:prime256v1 --usage-sign --usage-derive
    make_key 02 rsa RSA:2048 --usage-sign --usage-decrypt
    make_key 03 ed EC:edwards25519 --usage-sign
    make_key 04 ec384 EC:secp384r1 --usage-sign
    make_key 05 ec521 EC:secp521r1 --usage-sign
    tool --list-objects
    same "private keys" 5 "$(grep -c '^Private Key Object' "$work/out")"
    same "of them protected" 5 \
        "$(grep -c 'sensitive, always sensitive, never extract.*local' "$work/out")"
}

# --- signatures ---

# signs LABEL ID MECHANISM INPUT [OPTIONS]: into $work/signature, and the module verifies it itself.
signs() {
    key_id=$2 mechanism=$3 input=$4
    shift 4
    tool --sign --id "$key_id" --mechanism "$mechanism" --input-file "$input" \
        --output-file "$work/signature" "$@"
}

# openssl_agrees LABEL HASH OPTIONS: about $work/signature.
openssl_agrees() {
    verifier=$1 hash=$2
    shift 2
    exits 0 openssl dgst "-$hash" -verify "$work/$verifier.pub" "$@" -signature "$work/signature" \
        "$work/message"
    shows "Verified OK"
}

digest() {
    openssl dgst "-$1" -binary "$work/message"
}

# module_agrees ID MECHANISM INPUT [OPTIONS]
module_agrees() {
    key_id=$1 mechanism=$2 input=$3
    shift 3
    tool --verify --id "$key_id" --mechanism "$mechanism" --input-file "$input" \
        --signature-file "$work/signature" "$@"
    shows "Signature is valid"
}

ecdsa_signs() {
    for curve in ec:01:sha256 ec384:04:sha384 ec521:05:sha512; do
        name=${curve%%:*} hash=${curve##*:} key=${curve#*:}
        digest "$hash" >"$work/digest"
        signs "$name" "${key%%:*}" ECDSA "$work/digest" --signature-format openssl
        openssl_agrees "$name" "$hash"
    done
}

ecdsa_hashes_and_signs() {
    if softhsm2_cannot; then return 0; fi
    for hash in sha1 sha256 sha384 sha512; do
        signs ec 01 "ECDSA-$(echo "$hash" | tr a-z A-Z)" "$work/message" --signature-format openssl
        openssl_agrees ec "$hash"
    done
}

rsa_signs() {
    for hash in sha256 sha384 sha512; do
        upper=$(echo "$hash" | tr a-z A-Z)
        signs rsa 02 "$upper-RSA-PKCS" "$work/message"
        openssl_agrees rsa "$hash"
        module_agrees 02 "$upper-RSA-PKCS" "$work/message"
    done
}

# The input is the whole DigestInfo (RFC 8017, 9.2).
rsa_signs_a_digest_info() {
    { bytes 3031300d060960864801650304020105000420 && digest sha256; } >"$work/info"
    signs rsa 02 RSA-PKCS "$work/info"
    openssl_agrees rsa sha256
}

pss_signs() {
    for hash in sha256 sha384 sha512; do
        upper=$(echo "$hash" | tr a-z A-Z)
        digest "$hash" >"$work/digest"
        signs rsa 02 RSA-PKCS-PSS "$work/digest" --hash-algorithm "$upper"
        openssl_agrees rsa "$hash" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
        module_agrees 02 RSA-PKCS-PSS "$work/digest" --hash-algorithm "$upper"
        signs rsa 02 "$upper-RSA-PKCS-PSS" "$work/message"
        openssl_agrees rsa "$hash" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
    done
}

ed25519_signs() {
    signs ed 03 EDDSA "$work/message"
    exits 0 openssl pkeyutl -verify -pubin -inkey "$work/ed.pub" -rawin -in "$work/message" \
        -sigfile "$work/signature"
    shows "Signature Verified Successfully"
}

wrong_signatures_are_refused() {
    signs rsa 02 SHA256-RSA-PKCS "$work/message"
    echo "something else" >"$work/other"
    run foreign pkcs11-tool --module "$module" --token-label card --login --pin "$user_pin" --verify \
        --id 02 --mechanism SHA256-RSA-PKCS --input-file "$work/other" \
        --signature-file "$work/signature"
    grep -q "Invalid signature" "$work/out" "$work/err" || fail "a wrong signature is valid"
}

# --- decryption and key agreement ---

# decrypts MECHANISM OPENSSL_OPTIONS -- OPTIONS
decrypts() {
    mechanism=$1
    shift
    encrypt_options=
    while [ "$1" != -- ]; do
        encrypt_options="$encrypt_options -pkeyopt $1"
        shift
    done
    shift
    # shellcheck disable=SC2086 # words
    exits 0 openssl pkeyutl -encrypt -pubin -inkey "$work/rsa.pub" $encrypt_options \
        -in "$work/message" -out "$work/cipher"
    tool --decrypt --id 02 --mechanism "$mechanism" --input-file "$work/cipher" \
        --output-file "$work/plain" "$@"
    cmp "$work/message" "$work/plain" || fail "it is not what was encrypted"
}

rsa_decrypts() {
    decrypts RSA-PKCS rsa_padding_mode:pkcs1 --
    decrypts RSA-PKCS-OAEP rsa_padding_mode:oaep rsa_oaep_md:sha1 -- --hash-algorithm SHA-1
    if softhsm2_cannot; then return 0; fi
    decrypts RSA-PKCS-OAEP rsa_padding_mode:oaep rsa_oaep_md:sha256 -- --hash-algorithm SHA256
}

ecdh_agrees() {
    exits 0 openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/peer.key"
    exits 0 openssl pkey -in "$work/peer.key" -pubout -outform DER -out "$work/peer.der"
    exits 0 openssl pkeyutl -derive -inkey "$work/peer.key" -peerkey "$work/ec.pub" \
        -out "$work/theirs"
    tool --derive --id 01 --mechanism ECDH1-DERIVE --input-file "$work/peer.der" \
        --output-file "$work/ours"
    cmp "$work/theirs" "$work/ours" || fail "the two sides do not agree"
}

# --- objects ---

certificate_is_written_and_read() {
    certify ec /CN=ec clientAuth
    tool --write-object "$work/ec.crt" --type cert --id 01 --label ec
    p11 --token-label card --read-object --type cert --id 01 --output-file "$work/read"
    cmp "$work/ec.crt" "$work/read" || fail "another certificate is read"
}

data_is_written_and_read() {
    tool --write-object "$work/message" --type data --label note --application-label keyfob --private
    badly pkcs11-tool --module "$module" --token-label card --read-object --type data --label note
    tool --read-object --type data --label note --output-file "$work/read"
    cmp "$work/message" "$work/read" || fail "other data are read"
}

private_keys_are_imported() {
    exits 0 openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER \
        -out "$work/imported.key"
    exits 0 openssl pkey -inform DER -in "$work/imported.key" -pubout -out "$work/imported.pub"
    tool --write-object "$work/imported.key" --type privkey --id 11 --label imported --usage-sign
    signs imported 11 SHA256-RSA-PKCS "$work/message"
    openssl_agrees imported sha256
    exits 0 openssl pkey -in "$work/peer.key" -pubout -out "$work/peer.pub"
    exits 0 openssl pkey -in "$work/peer.key" -outform DER -out "$work/peer.key.der"
    tool --write-object "$work/peer.key.der" --type privkey --id 12 --label peer --usage-sign
    digest sha256 >"$work/digest"
    signs peer 12 ECDSA "$work/digest" --signature-format openssl
    openssl_agrees peer sha256
}

ids_are_set() {
    tool --type privkey --id 12 --set-id 1212
    tool --list-objects --type privkey
    shows "1212"
}

objects_are_deleted() {
    tool --delete-object --type privkey --id 1212
    tool --delete-object --type privkey --id 11
    tool --delete-object --type data --label note
    tool --delete-object --type cert --id 01
    tool --list-objects
    for gone in 1212 imported note "Certificate Object"; do silent_about "$gone"; done
}

random_bytes_come() {
    p11 --token-label card --generate-random 64 --output-file "$work/random"
    same "random bytes" 64 "$(wc -c <"$work/random")"
}

# --- its own tests ---

# passes OPTIONS: pkcs11-tool ends well when one of its tests fails, so its words count.
passes() {
    tool "$@"
    if grep -hiE 'error|fail|invalid|unexpected' "$work/out" "$work/err" | grep -v '^No errors'; then
        fail "$*"
    fi
}

its_own_test_passes() {
    if softhsm2_cannot; then return 0; fi
    passes --test
    shows "RSA-PKCS-OAEP"
    shows "No errors"
}

its_ec_test_passes() {
    if softhsm2_cannot; then return 0; fi
    passes --test-ec --session-rw --id 77 --key-type EC:prime256v1
}

its_fork_test_passes() {
    if softhsm2_cannot; then return 0; fi
    passes --test-fork
}

# It sleeps for 30 seconds when a thread is not done at once.
its_threads_test_passes() {
    if softhsm2_cannot; then return 0; fi # it crashes
    run foreign timeout 100 pkcs11-tool --module "$module" --use-locking \
        --test-threads ILGISLT0T1 --test-threads INGISLT0T1 --test-threads ILGISLT0T1 \
        --test-threads INGISLT0T1 --test-threads ILGISLT0T1 --list-slots
    same "threads that came back" 5 "$(cat "$work/out" "$work/err" | grep -c 'returning rv = 0$')"
    says "all threads have ended with CKR_OK"
}

use_module
make_lab
make_token card
echo "what is signed" >"$work/message"
test_that "it makes a token and gives it its PINs" token_is_made
test_that "it changes both PINs" pins_are_changed
test_that "it unlocks a PIN as the SO" pin_is_unlocked_by_the_so
test_that "it shows the token and its mechanisms" token_is_shown
test_that "it makes RSA, EC and Ed25519 keys" keys_are_made
test_that "ECDSA signs" ecdsa_signs
test_that "ECDSA hashes and signs" ecdsa_hashes_and_signs
test_that "RSA hashes and signs" rsa_signs
test_that "RSA signs a digest" rsa_signs_a_digest_info
test_that "RSA-PSS signs" pss_signs
test_that "Ed25519 signs" ed25519_signs
test_that "wrong signatures are refused" wrong_signatures_are_refused
test_that "RSA decrypts" rsa_decrypts
test_that "ECDH agrees with openssl" ecdh_agrees
test_that "a certificate is written and read" certificate_is_written_and_read
test_that "data are written, hidden and read" data_is_written_and_read
test_that "private keys are imported" private_keys_are_imported
test_that "ids are set" ids_are_set
test_that "objects are deleted" objects_are_deleted
test_that "random bytes come" random_bytes_come
test_that "its own test passes" its_own_test_passes
test_that "its EC test passes" its_ec_test_passes
test_that "its fork test passes" its_fork_test_passes
test_that "its threads test passes" its_threads_test_passes
