#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Certificates afterwards: the personal store, trusted roots, renewal warnings, requests as files, revocation.
. "$(dirname "$0")/lib.sh"

# foreign NAME DAYS IS-CA ISSUER: a certificate in $work/NAME.pem.
foreign() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" \
        -out "$work/$1.csr" -subj "/CN=$1" 2>"$work/openssl"
    printf 'basicConstraints=critical,CA:%s\n' "$3" >"$work/extensions"
    openssl x509 -req -in "$work/$1.csr" -CA "$work/$4.pem" -CAkey "$work/$4.key" -days "$2" \
        -extfile "$work/extensions" -out "$work/$1.pem" 2>"$work/openssl"
}

make_foreign_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/root.key" \
        -out "$work/root.pem" -days 900 -subj "/CN=root" 2>"$work/openssl"
    foreign sub 800 TRUE root
    foreign Bob 5 FALSE sub
    foreign Eve 700 FALSE sub
}

fingerprint() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2
}

a_foreign_certificate_is_kept() {
    exits 0 kf --json cert import "$work/Bob.pem"
    answers '.schema == "keyfob.certificate/1" and .store == "personal" and .status == "expires_soon"'
    exits 0 kf cert import "$work/Eve.pem" --key-uri 'pkcs11:token=soft;object=eve'
    same "again, the same id" "$(field .id cert show Eve)" "$(field .id cert import "$work/Eve.pem")"
    same "its key" 'pkcs11:token=soft;object=eve' "$(field .key_uri cert show Eve)"
    exits 2 kf cert import "$work/root.pem"
    says 'keyfob store add'
    exits 2 kf cert import "$work/Bob.key"
    says 'this is a private key, not a certificate'
    exits 2 kf cert import "$work/Bob.csr"
    says 'this is a certificate request'
}

names_find_it() {
    serial=$(openssl x509 -in "$work/Bob.pem" -noout -serial | cut -d= -f2 | tr A-F a-f)
    print=$(fingerprint "$work/Bob.pem" | tr -d : | tr A-F a-f)
    for name in Bob "$serial" "$print" "$(echo "$print" | cut -c1-8)" "$work/Bob.pem"; do
        exits 0 kf cert show "$name"
        shows 'CN=Bob'
    done
    exits 2 kf cert show Nobody
    says 'Nobody'
}

# By its whole fingerprint, and not before.
a_root_is_trusted_by_its_fingerprint() {
    exits 9 kf cert verify Bob
    says 'untrusted'
    exits 10 kf store add "$work/root.pem"
    says 'needs its fingerprint'
    exits 2 kf store add "$work/root.pem" --fingerprint 0011
    exits 9 kf store add "$work/root.pem" --fingerprint "$(fingerprint "$work/sub.pem")"
    says 'not the certificate with the fingerprint that was compared'
    same "roots" 1 "$(field '.items | length' store list --kind root)"
    exits 0 kf store add "$work/root.pem" --fingerprint "$(fingerprint "$work/root.pem")"
    same "roots" 2 "$(field '.items | length' store list --kind root)"
}

a_chain_needs_its_intermediate() {
    exits 9 kf cert verify Bob
    exits 0 kf store add "$work/sub.pem"
    exits 0 kf --json cert verify Bob
    answers '.schema == "keyfob.chain/1" and .trusted and ([.chain[].subject_text] == ["CN=Bob","CN=sub","CN=root"])'
    exits 0 kf cert export Bob --chain --out "$work/bob-chain.pem"
    same "certificates in the file, without the root" 2 "$(grep -c 'BEGIN CERT' "$work/bob-chain.pem")"
    openssl verify -CAfile "$work/root.pem" -untrusted "$work/bob-chain.pem" "$work/bob-chain.pem" \
        >"$work/openssl" 2>&1 || fail "openssl: $(cat "$work/openssl")"
    exits 2 kf cert export Bob --chain --format der
}

other_peoples_certificates_are_kept_apart() {
    exits 0 kf store add "$work/Eve.pem"
    shows 'CN=Eve'
    same "others" CN=Eve "$(field '.items[].subject_text' store list --kind other)"
    exits 2 kf cert show Eve
    says 'more than one certificate'
    exits 0 kf store remove "$(field '.items[0].id' store list --kind other)"
    says '✔ Removed: CN=Eve'
    exits 0 kf cert show Eve
}

what_is_removed_is_gone() {
    exits 0 kf store remove root
    exits 9 kf cert verify Bob
    exits 0 kf store remove Eve
    exits 2 kf cert show Eve
    exits 2 kf store remove Eve
    same "left" "CN=Bob" "$(field '.items[].subject_text' cert list)"
}

what_ends_soon_is_said() {
    exits 0 kf --json cert needs-renewal
    answers '[.items[].subject_text] == ["CN=Bob"] and .items[0].days_left <= 5'
    exits 0 kf cert needs-renewal --within 2d
    says 'No certificates.'
    exits 0 enroll
    exits 0 kf --json cert needs-renewal --within 400d
    answers '[.items[].subject_text] == ["CN=Bob", "CN=Anna,O=Example"]'
    exits 0 kf status
    shows 'CN=Bob'
    silent_about 'CN=Anna'
    exits 2 kf cert needs-renewal --within soon
    says 'soon'
}

# --- requests as files ---

a_request_is_made_for_a_key_that_is_there() {
    exits 0 kf container create vpn --key p384
    exits 0 kf csr create vpn --subject CN=vpn --dns vpn.example.org --profile server-tls --out "$work/vpn.csr"
    openssl req -in "$work/vpn.csr" -noout -verify -text >"$work/openssl" 2>&1 || fail "$(cat "$work/openssl")"
    for text in 'CN = vpn' 'DNS:vpn.example.org' 'TLS Web Server Authentication' 'NIST CURVE: P-384'; do
        grep -qF "$text" "$work/openssl" || fail "openssl does not see \"$text\""
    done
    exits 2 kf csr create vpn --subject CN=vpn --out "$work/vpn.csr"
    says 'already a file'
    exits 2 kf csr create nothing --subject CN=vpn
    says 'nothing'
    exits 2 kf csr create vpn
    says 'neither a subject nor an alternative name'
}

it_is_shown_judged_and_written() {
    exits 0 kf --json csr show "$work/vpn.csr"
    answers '.schema == "keyfob.csr/1" and .subject_text == "CN=vpn" and .key.type == "p384"'
    exits 0 kf csr lint "$work/vpn.csr" --profile server-tls
    for format in pem new der; do
        exits 0 kf csr export "$work/vpn.csr" --format "$format" --out "$work/vpn.$format"
        exits 0 kf csr show "$work/vpn.$format"
        shows 'CN=vpn'
    done
    grep -qx -e '-----BEGIN CERTIFICATE REQUEST-----' "$work/vpn.pem" || fail "not the usual label"
    grep -qx -e '-----BEGIN NEW CERTIFICATE REQUEST-----' "$work/vpn.new" || fail "not the other label"
    openssl req -inform DER -in "$work/vpn.der" -noout -verify 2>"$work/openssl" || fail "no DER"
    exits 2 kf csr export "$work/vpn.csr" --format p7b
}

a_weak_request_is_told_so() {
    openssl req -new -newkey rsa:1024 -nodes -keyout "$work/weak.key" -out "$work/weak.csr" -subj /CN=weak \
        -sha1 2>"$work/openssl"
    exits 9 kf --json csr lint "$work/weak.csr"
    answers '.schema == "keyfob.lint/1" and ([.items[] | select(.level == "error")] | length == 2)'
    exits 9 kf csr lint "$work/weak.csr"
    shows 'the RSA key has 1024 bits'
    shows 'SHA1'
}

# --- revoked ---

a_revoked_certificate_is_on_the_list() {
    exits 0 kf store export "$(field '.items[] | select(.subject_text | test("CN=lab")) | .id' store list)" \
        --out "$work/lab.pem"
    exits 0 kf cert export Anna --out "$work/anna.pem"
    exits 0 kf ca crl --out "$work/empty.crl"
    openssl verify -crl_check -CAfile "$work/lab.pem" -CRLfile "$work/empty.crl" "$work/anna.pem" \
        >"$work/openssl" 2>&1 || fail "openssl: $(cat "$work/openssl")"
    exits 2 kf ca revoke 1 --reason curiosity
    says 'keyCompromise'
    exits 0 kf ca revoke "$(field .serial cert show Anna)" --reason keyCompromise
    same "at the CA" "revoked keyCompromise" "$(field '.items[0] | "\(.state) \(.revoked_reason)"' ca list)"
    exits 0 kf ca crl --format der --out "$work/lab.der"
    openssl crl -inform DER -in "$work/lab.der" -CAfile "$work/lab.pem" -text -out "$work/lab.crl" 2>"$work/openssl"
    grep -q 'verify OK' "$work/openssl" || fail "openssl does not verify the list"
    grep -q 'Key Compromise' "$work/lab.crl" || fail "no reason in the list"
    if openssl verify -crl_check -CAfile "$work/lab.pem" -CRLfile "$work/lab.crl" "$work/anna.pem" \
        >"$work/openssl" 2>&1; then fail "openssl takes a revoked certificate"; fi
    grep -q 'certificate revoked' "$work/openssl" || fail "openssl: $(cat "$work/openssl")"
    exits 2 kf ca revoke 77
    exits 0 kf ca revoke 1 --reason superseded
    same "the first reason stays" keyCompromise "$(field '.items[0].revoked_reason' ca list)"
}

use_softhsm soft
make_ca lab
make_foreign_certificates
test_that "a foreign certificate is kept" a_foreign_certificate_is_kept
test_that "names find it" names_find_it
test_that "a root is trusted by its fingerprint" a_root_is_trusted_by_its_fingerprint
test_that "a chain needs its intermediate" a_chain_needs_its_intermediate
test_that "other people's certificates are kept apart" other_peoples_certificates_are_kept_apart
test_that "what is removed is gone" what_is_removed_is_gone
test_that "what ends soon is said" what_ends_soon_is_said
test_that "a request is made for a key that is there" a_request_is_made_for_a_key_that_is_there
test_that "it is shown, judged and written" it_is_shown_judged_and_written
test_that "a weak request is told so" a_weak_request_is_told_so
test_that "a revoked certificate is on the list" a_revoked_certificate_is_on_the_list
