#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSL through libp11's engine: it signs requests and messages, decrypts, and signs in to a TLS
# server; curl does so with the same engine. libp11 0.4.12 finds no key at all on a token that holds
# an Ed25519 key, so there is none on this one.
# timeout: 180
. "$(dirname "$0")/lib.sh"
needs openssl curl pkcs11-tool

# configure_engine [ARGUMENTS_OF_THE_MODULE]
configure_engine() {
    printf '%s\n' 'openssl_conf = init' '[init]' 'engines = list' '[list]' 'pkcs11 = libp11' \
        '[libp11]' 'engine_id = pkcs11' "MODULE_PATH = $module" ${1:+"INIT_ARGS = $1"} \
        '[req]' 'distinguished_name = name' '[name]' >"$work/engine.conf"
}

# engine COMMAND...
engine() {
    well env OPENSSL_CONF="$work/engine.conf" "$@"
}

# key LABEL: its URI, with the PIN, which libp11 has no better way to take.
key() {
    echo "pkcs11:token=card;object=$1;type=private?pin-value=$user_pin"
}

requests_are_signed() {
    for label in ec rsa; do
        engine openssl req -new -engine pkcs11 -keyform engine -key "$(key "$label")" \
            -subj "/CN=$label" -out "$work/$label.csr"
        exits 0 openssl req -in "$work/$label.csr" -verify -noout
        says "verify OK"
    done
    engine openssl req -new -engine pkcs11 -keyform engine -key "$(key rsa)" -subj /CN=rsa \
        -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -out "$work/pss.csr"
    exits 0 openssl req -in "$work/pss.csr" -verify -noout
    says "verify OK"
}

# It pads by itself and asks the module for raw RSA: the message is of the key's size.
messages_are_decrypted() {
    for padding in pkcs1 oaep; do
        exits 0 openssl pkeyutl -encrypt -pubin -inkey "$work/rsa.pub" -in "$work/message" \
            -pkeyopt "rsa_padding_mode:$padding" -out "$work/cipher"
        engine openssl pkeyutl -decrypt -engine pkcs11 -keyform engine -inkey "$(key rsa)" \
            -pkeyopt "rsa_padding_mode:$padding" -in "$work/cipher" -out "$work/plain"
        cmp "$work/message" "$work/plain" || fail "it is not what was encrypted"
    done
}

mail_is_signed() {
    for label in ec rsa; do
        engine openssl cms -sign -engine pkcs11 -keyform engine -inkey "$(key "$label")" \
            -signer "$work/$label.pem" -in "$work/message" -out "$work/message.p7m"
        exits 0 openssl cms -verify -in "$work/message.p7m" -CAfile "$work/root.pem"
        shows "what is signed"
    done
}

openssl_signs_in() {
    printf 'GET / HTTP/1.0\r\n\r\n' >"$work/request"
    for label in ec rsa; do
        for version in 1.2 1.3; do
            run foreign env OPENSSL_CONF="$work/engine.conf" timeout 30 openssl s_client \
                -connect "127.0.0.1:$port" -engine pkcs11 -keyform engine -key "$(key "$label")" \
                -cert "$work/$label.pem" -CAfile "$work/root.pem" -verify_return_error -ign_eof \
                "-tls$(echo "$version" | tr . _)" <"$work/request"
            signed_in "$label" "$version"
        done
    done
}

curl_signs_in() {
    for label in ec rsa; do
        for version in 1.2 1.3; do
            engine curl --silent --show-error --include --http1.0 --cacert "$work/root.pem" \
                --engine pkcs11 --key-type ENG --key "$(key "$label")" --cert "$work/$label.pem" \
                --tls-max "$version" "--tlsv$version" "https://127.0.0.1:$port/"
            signed_in "$label" "$version"
        done
    done
}

wrong_pins_do_not_open_it() {
    if softhsm2_cannot; then return 0; fi # it crashes when the program ends
    badly env OPENSSL_CONF="$work/engine.conf" openssl pkey -engine pkcs11 -inform engine \
        -in "pkcs11:token=card;object=ec;type=private?pin-value=9999"
}

arguments_are_taken() {
    if softhsm2_cannot; then return 0; fi
    configure_engine "$reserved"
    (
        export XDG_DATA_HOME="$work/elsewhere"
        requests_are_signed
    )
}

use_card
make_lab
make_identity 01 ec EC:prime256v1
make_identity 02 rsa RSA:2048
configure_engine
echo "what is signed" >"$work/message"
port=$(free_port)
serve_tls "$port"
test_that "openssl signs requests" requests_are_signed
test_that "openssl decrypts" messages_are_decrypted
test_that "openssl signs mail" mail_is_signed
test_that "openssl signs in with TLS 1.2 and 1.3" openssl_signs_in
test_that "curl signs in with TLS 1.2 and 1.3" curl_signs_in
test_that "a wrong PIN opens nothing" wrong_pins_do_not_open_it
test_that "libp11 gives the module its arguments" arguments_are_taken
