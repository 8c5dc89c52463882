#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first certificate: from a blank token to files that openssl reads; every kind of key, id and name.
. "$(dirname "$0")/lib.sh"

# openssl_reads WHAT TEXT COMMAND...: openssl's words about a file hold the text.
openssl_reads() {
    what=$1 text=$2
    shift 2
    openssl "$@" >"$work/openssl" 2>&1 || fail "openssl does not read $what: $(cat "$work/openssl")"
    grep -qF -- "$text" "$work/openssl" || fail "openssl does not see \"$text\" in $what"
}

a_blank_token_is_prepared() {
    store_pins 123456 12345678
    mkdir -p "$state/tokens"
    sed "s|@DIR@|$state|" "$root/softhsm-config/softhsm2.conf.in" >"$state/softhsm2.conf"
    export SOFTHSM2_CONF="$state/softhsm2.conf"
    module=$softhsm
    exits 0 kf ca init lab
    says 'Enroll:  keyfob enroll --connection lab'
    exits 2 enroll
    says 'keyfob token init'
    exits 0 kf token init --label Анна --new-pin-source "file:$pin"
    says '✔ The token is ready: Анна'
    same "tokens that are ready" Анна "$(field '.items[] | select(.initialized) | .label' token list)"
}

the_first_certificate_takes_one_command() {
    exits 0 kf enroll --subject CN=Anna,O=Example --email anna@example.org
    for step in 'Made a P-256 key on "Анна"' 'Request signed on the token' 'Request sent to "lab"' \
        'Certificate checked: same key, issued by CN=lab' 'written to "Анна" and read back' \
        'In your personal store: c-2' 'See it:  keyfob request show r-1'; do
        says "$step"
    done
    shows 'CN=Anna,O=Example'
    promises_kept 1
    exits 0 kf cert verify c-2
    shows 'CN=lab,O=keyfob lab'
    same "the chain" '["CN=Anna,O=Example","CN=lab,O=keyfob lab"] true' \
        "$(field '"\([.chain[].subject_text] | tojson) \(.trusted)"' cert verify c-2)"
}

every_format_is_read_back() {
    for format in pem der p7b p7b-pem; do
        exits 0 kf cert export c-2 --format "$format" --out "$work/anna.$format"
        says "✔ Written: $work/anna.$format"
    done
    openssl_reads PEM 'CN = Anna' x509 -in "$work/anna.pem" -noout -subject
    openssl_reads DER 'email:anna@example.org' x509 -inform DER -in "$work/anna.der" -noout -text
    openssl_reads PKCS#7 'CN = Anna' pkcs7 -inform DER -in "$work/anna.p7b" -noout -print_certs
    openssl_reads "PEM PKCS#7" 'CN = Anna' pkcs7 -in "$work/anna.p7b-pem" -noout -print_certs
    exits 0 kf store export c-1 --out "$work/root.pem"
    openssl_reads "the chain" "anna.pem: OK" verify -purpose sslclient -CAfile "$work/root.pem" "$work/anna.pem"
    exits 2 kf cert export c-2 --out "$work/anna.pem"
    says 'overwrite it with --yes'
    exits 0 kf cert export c-2 --out "$work/anna.pem" --yes
}

# a_key TYPE WHAT-OPENSSL-SAYS [OPTIONS]
a_key() {
    type=$1 words=$2
    shift 2
    exits 0 kf --json enroll --subject "CN=$type" --key "$type" "$@"
    answers ".schema == \"keyfob.request/1\" and .state == \"done\" and .key.type == \"$type\""
    exits 0 kf cert export "$(jq -r .certificate.id "$work/out")"
    openssl_reads "$type" "$words" x509 -in "$work/out" -noout -text
    exits 0 kf container check "$(field '.items[0].container' request list)"
}

every_type_of_key_is_certified() {
    a_key rsa2048 'Public-Key: (2048 bit)'
    a_key rsa3072 'Public-Key: (3072 bit)'
    a_key p256 'NIST CURVE: P-256'
    a_key p384 'NIST CURVE: P-384'
    a_key p521 'NIST CURVE: P-521'
    a_key ed25519 'ED25519 Public-Key'
}

the_request_is_signed_as_asked() {
    a_key rsa2048 'rsaEncryption' --pss
    exits 0 kf csr export "$(field '.items[0].id' request list)" --out "$work/pss.csr"
    openssl_reads "the request" 'rsassaPss' req -in "$work/pss.csr" -noout -text -verify
    a_key p256 'id-ecPublicKey' --hash sha512
    exits 0 kf csr show "$(field '.items[0].id' request list)"
    shows 'ecdsa-with-SHA512'
}

# nss_id CERTIFICATE: SHA-1 of the modulus; ski_id: of the RSAPublicKey (RFC 5280 4.2.1.2).
nss_id() {
    openssl x509 -in "$1" -noout -modulus | cut -d= -f2 |
        python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' | openssl sha1 -r
}

ski_id() {
    openssl x509 -in "$1" -noout -pubkey | openssl rsa -pubin -RSAPublicKey_out -outform DER 2>/dev/null |
        openssl sha1 -r
}

# The id is the key identifier, what NSS makes of the key, or what it was first.
the_id_follows_the_style() {
    for style in ski nss keep; do
        exits 0 kf --json enroll --subject CN=id --key rsa2048 --container "id-$style" --id-style "$style"
        id=$(jq -r .key.first_id "$work/out")
        exits 0 kf cert export "$(jq -r .certificate.id "$work/out")" --out "$work/$style.pem"
        [ "$style" = keep ] || id=$("${style}_id" "$work/$style.pem")
        same "CKA_ID with $style" "${id%% *}" "$(field .id container show "id-$style")"
    done
}

# a_name TEXT: what openssl reads is what was typed, and the person sees it again.
a_name() {
    exits 0 kf --json enroll --subject "CN=$1"
    answers ".certificate.subject[0].value == \"$1\""
    cert=$(jq -r .certificate.id "$work/out")
    exits 0 kf cert export "$cert" --out "$work/name.pem" --yes
    openssl_reads "the name" "CN=$1" x509 -in "$work/name.pem" -noout -subject -nameopt RFC2253,-esc_msb,utf8
    exits 0 kf cert show "$cert"
    shows "CN=$1"
}

names_of_every_script_survive() {
    a_name Фёдоров
    a_name 王小明
    a_name 𠮷野
    a_name O’Neill
    a_name 'שלום עולם'
    a_name "$(printf '%064d' 0)"
    a_name "$(printf '%064d' 0 | sed 's/0/界/g')"
    exits 2 kf enroll --subject "CN=$(printf '%065d' 0 | sed 's/0/界/g')"
    says 'at most 64 characters'
    says 'has 65'
}

test_that "a blank token is prepared" a_blank_token_is_prepared
test_that "the first certificate takes one command" the_first_certificate_takes_one_command
test_that "every format is read back by openssl" every_format_is_read_back
test_that "every type of key is certified" every_type_of_key_is_certified
test_that "the request is signed as asked" the_request_is_signed_as_asked
test_that "the id follows the style" the_id_follows_the_style
test_that "names of every script survive" names_of_every_script_survive
