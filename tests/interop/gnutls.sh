#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# GnuTLS: p11tool manages a token, certtool signs requests, gnutls-cli signs in to a TLS server.
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs p11tool certtool gnutls-cli pkcs11-tool openssl

card="pkcs11:token=card"

p11() {
    well p11tool --provider "$module" --batch "$@"
}

token_is_made_again() {
    make_token spare
    p11 --list-token-urls
    shows "token=spare"
    p11 --initialize "pkcs11:token=spare" --label card --set-so-pin "$so_secret"
    p11 --list-token-urls
    shows "token=card"
    silent_about "token=spare"
    p11 --initialize-pin "$card" --set-pin 4321 --set-so-pin "$so_secret"
    tries 4321
    says "No matching objects found"
}

# tries PIN
tries() {
    run foreign env GNUTLS_PIN="$1" p11tool --provider "$module" --batch --login --list-all "$card"
}

pin_is_set_again_by_the_so() {
    p11 --initialize-pin "$card" --set-pin "$user_pin" --set-so-pin "$so_secret"
    tries "$user_pin"
    says "No matching objects found"
    tries 4321
    says "PIN"
}

keys_are_made() {
    p11 --login --generate-privkey=ecdsa --curve=secp256r1 --label ec --id 01 \
        --outfile "$work/ec.pub" "$card"
    p11 --login --generate-privkey=rsa --bits=2048 --label rsa --id 02 --outfile "$work/rsa.pub" \
        "$card"
    # GnuTLS 3.7 asks for CKM_EDDSA to make a key, which makes none.
    tool --keypairgen --key-type EC:edwards25519 --id 03 --label ed --usage-sign
    p11 --login --export-pubkey "$card;object=ed;type=private" --outfile "$work/ed.pub"
}

keys_are_listed() {
    p11 --login --list-privkeys "$card"
    for label in ec rsa ed; do shows "Label: $label"; done
    same "protected private keys" 3 \
        "$(grep -c 'CKA_PRIVATE;.*CKA_NEVER_EXTRACTABLE; CKA_SENSITIVE' "$work/out")"
    p11 --list-all "$card"
    silent_about "Private key"
}

public_keys_are_exported() {
    for label in ec rsa ed; do
        p11 --login --export-pubkey "$card;object=$label;type=private" --outfile "$work/exported"
        exits 0 openssl pkey -pubin -in "$work/exported" -outform DER -out "$work/one"
        exits 0 openssl pkey -pubin -in "$work/$label.pub" -outform DER -out "$work/two"
        cmp "$work/one" "$work/two" || fail "another public key than when \"$label\" was made"
    done
}

# GnuTLS 3.7 has no such test for Ed25519 keys.
keys_sign_a_test() {
    for label in ec rsa; do
        p11 --login --test-sign "$card;object=$label;type=private"
        same "checks that passed" 3 "$(cat "$work/out" "$work/err" | grep -c '\.\.\. ok')"
    done
}

requests_are_signed() {
    printf '%s\n' 'cn = "Ada"' signing_key tls_www_client >"$work/certtool.cfg"
    for label in ec rsa ed; do
        well certtool --provider "$module" --generate-request --template "$work/certtool.cfg" \
            --load-privkey "$card;object=$label;type=private" --outfile "$work/$label.csr"
        exits 0 openssl req -in "$work/$label.csr" -verify -noout
        says "verify OK"
    done
}

certificates_are_written_and_read() {
    for key in ec:01 rsa:02 ed:03; do
        label=${key%:*}
        certify "$label" "/CN=$label" clientAuth
        p11 --login --write --load-certificate "$work/$label.pem" --id "${key#*:}" --label "$label" \
            "$card"
        p11 --export "$card;object=$label;type=cert" --outfile "$work/exported"
        exits 0 openssl x509 -in "$work/exported" -outform DER -out "$work/one"
        cmp "$work/one" "$work/$label.crt" || fail "another certificate is read"
    done
}

# signs_in LABEL VERSION
signs_in() {
    printf 'GET / HTTP/1.0\r\n\r\n' >"$work/request"
    run foreign gnutls-cli --provider "$module" --x509cafile "$work/root.pem" \
        --x509certfile "$card;object=$1;type=cert" --x509keyfile "$card;object=$1;type=private" \
        --priority "NORMAL:-VERS-ALL:+VERS-$2" --port "$port" 127.0.0.1 <"$work/request"
    signed_in "$1" "${2#TLS}"
}

tls_clients_sign_in() {
    port=$(free_port)
    serve_tls "$port"
    for label in ec rsa ed; do
        signs_in "$label" TLS1.2
        signs_in "$label" TLS1.3
    done
}

nobody_signs_in_with_a_wrong_pin() {
    run foreign env GNUTLS_PIN=9999 gnutls-cli --provider "$module" --x509cafile "$work/root.pem" \
        --x509certfile "$card;object=ec;type=cert" --x509keyfile "$card;object=ec;type=private" \
        --port "$port" 127.0.0.1 <"$work/request"
    [ "$status" -ne 0 ] || fail "signed in with a wrong PIN"
    silent_about "HTTP/1.0 200"
    tool --list-objects
}

objects_are_deleted() {
    p11 --login --delete "$card;object=rsa"
    p11 --login --list-all "$card"
    silent_about "Label: rsa"
    shows "Label: ec"
}

use_module
make_lab
export GNUTLS_PIN="$user_pin" GNUTLS_SO_PIN="$so_secret"
test_that "p11tool makes a token again and gives it its PINs" token_is_made_again
test_that "p11tool sets the PIN again as the SO" pin_is_set_again_by_the_so
test_that "p11tool makes keys" keys_are_made
test_that "p11tool lists keys" keys_are_listed
test_that "p11tool exports public keys" public_keys_are_exported
test_that "p11tool signs and verifies" keys_sign_a_test
test_that "certtool signs requests" requests_are_signed
test_that "p11tool writes and reads certificates" certificates_are_written_and_read
test_that "gnutls-cli signs in with TLS 1.2 and 1.3" tls_clients_sign_in
test_that "gnutls-cli does not sign in with a wrong PIN" nobody_signs_in_with_a_wrong_pin
test_that "p11tool deletes objects" objects_are_deleted
