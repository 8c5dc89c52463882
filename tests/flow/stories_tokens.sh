#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several tokens, a CA whose key is on one, dry runs, silence, and output that does not arrive.
. "$(dirname "$0")/lib.sh"

# Two cards with one label, as a helpdesk has them.
two_tokens_with_one_label_are_told_apart() {
    use_fake 'token label=Anna serial=0001' 'token label=Anna serial=0002'
    exits 0 kf ca init lab
    for command in "enroll --subject CN=Anna" "container list --token Anna" "pin status Anna" "token test"; do
        exits 2 kf $command
        says '2 tokens'
        says '"Anna" (0001)'
        says '"Anna" (0002)'
        says 'No PIN was tried.'
        says '--token 0001'
    done
    same "logins" 0 "$(calls C_Login)"
    exits 0 enroll --token 0002
    exits 0 enroll --token 'pkcs11:serial=0001;token=Anna'
    same "the tokens" "0001 0002" "$(field '[.items[].token.serial] | join(" ")' request list)"
    same "containers on 0001" 1 "$(field '.items | length' container list 0001)"
    exits 2 kf container list 0001 --token 0002
    says 'two tokens are named'
}

# Its request does not go to the other card.
a_request_stays_with_its_token() {
    exits 0 kf ca init slow --approval
    exits 3 kf enroll --connection slow --subject CN=Bob --token 0001
    exits 0 kf ca approve 1 --ca slow
    script 'token label=Anna serial=0001' 'token label=Anna serial=0002' 'absent slot=1'
    exits 5 kf resume r-3
    says 'has serial 0002, but request r-3 belongs to serial 0001'
    script 'token label=Anna serial=0001' 'token label=Anna serial=0002'
    exits 0 kf resume r-3
    exits 5 kf token show 0003
    says 'token "0003" is not inserted'
}

a_dry_run_touches_nothing() {
    use_fake
    before=$(find "$home" -type f ! -name '*-shm' ! -name '*-wal' | sort | xargs sha256sum)
    : >"$work/trace"
    exits 0 kf enroll --connection lab --subject CN=Dry --email dry@example.org --dry-run
    for text in 'CN=Dry' 'tls-client' 'P-256' 'serial=0001' 'a request signed on the token'; do shows "$text"; done
    for call in C_Login C_GenerateKeyPair C_CreateObject C_SetAttributeValue C_DestroyObject C_SignInit; do
        same "calls of $call" 0 "$(calls "$call")"
    done
    same "requests" 3 "$(field '.items | length' request list)"
    same "files" "$before" "$(find "$home" -type f ! -name '*-shm' ! -name '*-wal' | sort | xargs sha256sum)"
    exits 0 kf --json enroll --connection lab --from r-1 --dry-run
    answers '.schema == "keyfob.plan/1" and .subject_text == "CN=Anna,O=Example"'
    exits 2 kf enroll --connection lab --subject CN=Dry --profile smime-sign --dry-run
    exits 2 kf enroll --connection none --subject CN=Dry --dry-run
}

# -q: the result and errors, nothing else.
quiet_is_silent() {
    exits 0 kf -q enroll --connection lab --subject CN=Quiet
    same "on stderr" "" "$(cat "$work/err")"
    for command in "container create quiet" "container delete quiet --yes" "ca crl lab" "profile new quiet" \
        "connection test lab" "request list" "ca init quiet" "connection roots lab"; do
        run kf -q $command
        case $status in
        0) same "on stderr after $command" "" "$(cat "$work/err")" ;;
        2) says 'keyfob: error:' ;;
        *) fail "$command ended with $status" ;;
        esac
    done
    exits 2 kf -q container show none
    says 'keyfob: error:'
}

# A full disk where the result goes is a failure, for each kind of output.
lost_output_is_a_failure() {
    for command in "cert list" "cert list --json" "request show r-1" "cert export c-2" "csr export r-1 --format der" \
        "ca crl lab" "token list" "profile show ssh" "enroll --connection lab --subject CN=Full" "status" "help enroll"; do
        status=0
        kf $command >/dev/full 2>"$work/err" || status=$?
        same "status of $command" 1 "$status"
        says 'writing the output'
    done
    exits 0 kf cert list
}

a_ca_keeps_its_key_on_a_token() {
    use_softhsm soft
    exits 2 kf ca init hard --key-uri 'pkcs11:token=soft;object=none'
    exits 0 kf container create ca-key --key p384
    exits 0 kf ca init hard --key-uri 'pkcs11:token=soft;object=ca-key' --subject 'CN=Hard CA,O=Example' --days 100
    shows 'CN=Hard CA,O=Example'
    exits 0 kf enroll --connection hard --subject CN=Hardy
    exits 0 kf cert export Hardy --out "$work/hardy.pem"
    exits 0 kf store export "Hard CA" --out "$work/hard.pem"
    openssl verify -CAfile "$work/hard.pem" "$work/hardy.pem" >"$work/openssl" 2>&1 || fail "$(cat "$work/openssl")"
    exits 0 kf ca revoke 1 --ca hard
    exits 0 kf ca crl hard --out "$work/hard.crl"
    openssl crl -in "$work/hard.crl" -CAfile "$work/hard.pem" -noout 2>&1 | grep -q 'verify OK' || fail "no CRL"
    if grep -rl 'PRIVATE KEY' "$home/ca/hard" >"$work/out"; then fail "the CA has a key in a file"; fi
    exits 10 kf container delete ca-key
}

test_that "two tokens with one label are told apart" two_tokens_with_one_label_are_told_apart
test_that "a request stays with its token" a_request_stays_with_its_token
test_that "a dry run touches nothing" a_dry_run_touches_nothing
test_that "quiet is silent" quiet_is_silent
test_that "lost output is a failure" lost_output_is_a_failure
test_that "a CA keeps its key on a token" a_ca_keeps_its_key_on_a_token
