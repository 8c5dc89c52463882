#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Java's own PKCS#11 provider: keytool makes keys, lists them, signs requests, and keeps the
# certificates that come back; jarsigner or any other program then finds them in the same way.
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs keytool openssl pkcs11-tool

# Java asks C_GetSlotList for the slots and takes the one with this number in the list.
configure_java() {
    well pkcs11-tool --module "$module" --list-slots
    index=$(awk '/^Slot / { slot = $2 } /token label *: card *$/ { print slot }' "$work/out")
    [ -n "$index" ] || fail "no slot with the token"
    printf '%s\n' "name = card" "library = $module" "slotListIndex = $index" >"$work/java.conf"
}

# key_tool COMMAND OPTIONS: small, as it starts many times.
key_tool() {
    well keytool -J-Xmx64m -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 "$@" \
        -providerClass sun.security.pkcs11.SunPKCS11 -providerArg "$work/java.conf" \
        -keystore NONE -storetype PKCS11 -storepass:file "$pin"
}

keys_are_made() {
    key_tool -genkeypair -alias ec -keyalg EC -groupname secp256r1 -dname CN=ec
    key_tool -genkeypair -alias rsa -keyalg RSA -keysize 2048 -dname CN=rsa
    key_tool -list
    for alias in ec rsa; do shows "$alias, PrivateKeyEntry"; done
}

requests_are_signed() {
    for alias in ec rsa; do
        key_tool -certreq -alias "$alias" -file "$work/$alias.csr"
        exits 0 openssl req -in "$work/$alias.csr" -verify -noout
        says "verify OK"
        exits 0 openssl req -in "$work/$alias.csr" -noout -pubkey -out "$work/$alias.pub"
    done
    key_tool -certreq -alias rsa -sigalg RSASSA-PSS -file "$work/pss.csr"
    exits 0 openssl req -in "$work/pss.csr" -verify -noout
    says "verify OK"
}

certificates_are_taken() {
    for alias in ec rsa; do
        certify "$alias" "/CN=$alias" clientAuth
        cat "$work/$alias.pem" "$work/root.pem" >"$work/chain.pem"
        key_tool -importcert -noprompt -alias "$alias" -file "$work/chain.pem"
        key_tool -list -v -alias "$alias"
        shows "Issuer: CN=Lab"
    done
}

# What Java wrote is what others look for.
others_find_them() {
    tool --list-objects --type privkey
    same "private keys" 2 "$(grep -c '^Private Key Object' "$work/out")"
    tool --read-object --type cert --label ec --output-file "$work/read"
    cmp "$work/ec.crt" "$work/read" || fail "another certificate is read"
}

# Keys that others made, with a certificate.
keys_of_others_are_found() {
    make_identity 33 theirs EC:prime256v1
    key_tool -list
    shows "theirs, PrivateKeyEntry"
    key_tool -certreq -alias theirs -file "$work/theirs.csr"
    exits 0 openssl req -in "$work/theirs.csr" -verify -noout
    says "verify OK"
}

entries_are_deleted() {
    key_tool -delete -alias rsa
    key_tool -list
    silent_about "rsa, PrivateKeyEntry"
}

use_card
make_lab
configure_java
test_that "keytool makes keys and lists them" keys_are_made
test_that "keytool signs requests" requests_are_signed
test_that "keytool takes certificates" certificates_are_taken
test_that "others find what keytool wrote" others_find_them
test_that "keytool finds what others wrote" keys_of_others_are_found
test_that "keytool deletes entries" entries_are_deleted
