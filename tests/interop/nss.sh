#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# NSS, the library of Firefox, Thunderbird and Chromium: it pairs certificates with keys, signs in to
# a TLS server, takes its arguments, and sees a token come and go.
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs modutil certutil tstclnt cmsutil pkcs11-tool openssl

db=sql:$work/db

make_database() {
    rm -rf "$work/db"
    mkdir "$work/db"
    exits 0 certutil -N -d "$db" --empty-password
    exits 0 certutil -A -d "$db" -n root -t CT,C,C -i "$work/root.pem"
}

add_module() {
    make_database
    well modutil -force -dbdir "$db" -add tested -libfile "$module" "$@"
}

# --- tests ---

# modutil ends badly when a slot is empty, as with every reader without a card.
module_is_added_and_listed() {
    add_module
    run foreign modutil -dbdir "$db" -list tested
    shows "Token Name: card"
}

certificates_are_paired_with_their_keys() {
    well certutil -K -d "$db" -h card -f "$pin"
    same "keys" 2 "$(grep -cE "^< [01]> (ec|rsa) " "$work/out")"
    well certutil -L -d "$db" -h card -f "$pin"
    for key in ec rsa; do
        grep -qE "^card:$key +u,u,u" "$work/out" || fail "no u,u,u for \"$key\""
    done
}

# signs_in LABEL VERSION
signs_in() {
    printf 'GET / HTTP/1.0\r\n\r\n' >"$work/request"
    run foreign tstclnt -4 -h 127.0.0.1 -p "$port" -d "$db" -n "card:$1" -w "$user_pin" \
        -V "tls$2:tls$2" -A "$work/request"
    signed_in "$1" "$2"
}

# NSS 3.87 has no Ed25519.
tls_clients_sign_in() {
    for key in ec rsa; do
        signs_in "$key" 1.2
        signs_in "$key" 1.3
    done
}

messages_are_signed() {
    echo "what is signed" >"$work/message"
    well cmsutil -S -G -d "$db" -f "$pin" -N card:rsa -i "$work/message" -o "$work/message.p7s"
    exits 0 openssl cms -verify -inform DER -in "$work/message.p7s" -CAfile "$work/root.pem" \
        -purpose any
    shows "what is signed"
}

keys_are_made_and_requests_signed() {
    well certutil -R -d "$db" -h card -f "$pin" -k ec -q nistp256 -s CN=Eva -a \
        -z "$work/root.pem" -o "$work/eva.csr"
    exits 0 openssl req -in "$work/eva.csr" -verify -noout
    says "verify OK"
    well certutil -R -d "$db" -h card -f "$pin" -k rsa -g 2048 -s CN=Rosa -a \
        -z "$work/root.pem" -o "$work/rosa.csr"
    exits 0 openssl req -in "$work/rosa.csr" -verify -noout
    says "verify OK"
}

wrong_pins_do_not_open_it() {
    echo 9999 >"$work/wrong"
    badly certutil -K -d "$db" -h card -f "$work/wrong"
}

# --- others' ways to it ---

# NSS gives the arguments of -string in the place where the standard has its reserved one.
arguments_are_taken() {
    if softhsm2_cannot; then return 0; fi
    (
        export XDG_DATA_HOME="$work/elsewhere"
        add_module -string "$reserved"
        well certutil -K -d "$db" -h card -f "$pin"
        shows "< 0> ec"
    )
}

module_is_found_through_p11_kit() {
    register_module
    make_database
    as_user modutil -force -dbdir "$db" -add p11-kit -libfile p11-kit-proxy.so
    as_user certutil -K -d "$db" -h card -f "$pin"
    shows "< 0> ec"
    as_user certutil -L -d "$db" -h card -f "$pin"
    grep -qE "^card:ec +u,u,u" "$work/out" || fail "no u,u,u"
}

# --- tokens that come and go ---

# last_said WORD: within ten seconds.
last_said() {
    for _ in $(seq 100); do
        [ "$(tail -n 1 "$work/watched")" != "$1" ] || return 0
        sleep 0.1
    done
    cp "$work/watched" "$work/out"
    fail "NSS did not say \"$1\""
}

tokens_come_and_go() {
    if softhsm2_cannot; then return 0; fi
    make_token stick
    mv "$state/containers/stick.kfc" "$work/stick.kfc"
    add_module
    begin "$build/tests/interop/nss_watch" "$db" stick >"$work/watched" 2>&1
    last_said gone
    for _ in 1 2; do
        cp "$work/stick.kfc" "$state/containers/stick.kfc"
        last_said there
        rm "$state/containers/stick.kfc"
        last_said gone
    done
}

use_card
make_lab
make_identity 01 ec EC:prime256v1
make_identity 02 rsa RSA:2048
port=$(free_port)
serve_tls "$port"
test_that "modutil adds the module" module_is_added_and_listed
test_that "certutil pairs certificates with their keys" certificates_are_paired_with_their_keys
test_that "tstclnt signs in with TLS 1.2 and 1.3" tls_clients_sign_in
test_that "cmsutil signs a message" messages_are_signed
test_that "certutil makes keys and signs requests" keys_are_made_and_requests_signed
test_that "a wrong PIN opens nothing" wrong_pins_do_not_open_it
test_that "NSS gives the module its arguments" arguments_are_taken
test_that "tokens come and go while NSS runs" tokens_come_and_go
test_that "NSS finds the module through p11-kit" module_is_found_through_p11_kit
