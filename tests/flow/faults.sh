#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tokens that are full, alike, read-only, lying, weak or noisy: what the program says and what it leaves.
# timeout: 240
. "$(dirname "$0")/lib.sh"

token='token label=FAKE'

# fresh [LINE...]: a new token and a home with the lab CA.
fresh() {
    rm -rf "$home" "$state"
    use_fake "$@"
    cp -a "$work/home.kept" "$home"
}

# --- full and write-protected ---

full_token_keeps_the_certificate() {
    fresh "$token" 'full after 2 objects'
    exits 12 enroll
    says '[token_full]'
    same "state" verified "$(field .state request show r-1)"
    exits 12 kf resume
    script "$token"
    exits 0 kf request install r-1
    promises_kept 1
}

full_token_takes_no_key() {
    fresh "$token" full
    exits 12 enroll
    script "$token"
    exits 0 kf resume
    promises_kept 1
}

write_protected_token_is_refused() {
    fresh "$token" write-protected
    exits 9 enroll
    says '[token_read_only]'
    script "$token"
    token_is_empty
}

# --- tokens that are alike ---

alike_tokens_are_listed() {
    fresh 'token label=SAME serial=A1' 'token label=SAME serial=A2'
    exits 2 enroll --token SAME
    says '[token_ambiguous]'
    says A1
    says A2
    same "logins" 0 "$(calls C_Login)"
    exits 0 enroll --token A2
    same "token of the key" A2 "$(field .token.serial request show r-1)"
}

unnamed_token_is_ambiguous() {
    fresh 'token label=ONE serial=B1' 'token label=TWO serial=B2'
    exits 2 enroll
    says B1
    says B2
    same "logins" 0 "$(calls C_Login)"
}

other_token_is_refused() {
    fresh "$token" 'fail C_GenerateKeyPair * CKR_DEVICE_REMOVED'
    exits 5 enroll
    script "$token" 'replace serial=9999'
    : >"$work/trace"
    exits 5 kf resume
    says '[token_other]'
    says 9999
    same "logins" 0 "$(calls C_Login)"
    script "$token"
    exits 0 kf resume
    promises_kept 1
}

absent_token_is_named() {
    fresh "$token" 'fail C_GenerateKeyPair * CKR_DEVICE_REMOVED'
    exits 5 enroll
    script "$token" absent
    exits 5 kf resume
    says '[token_absent]'
    says FAKE
}

# --- tokens with habits ---

habits_do_not_matter() {
    for habit in 'read-only-attributes CKA_ID' 'read-only-attributes CKA_ID,CKA_LABEL,CKA_SUBJECT' \
        own-id 'refuse-attribute CKA_ALWAYS_AUTHENTICATE' raw-ec-point rude; do
        fresh "$token" "$habit"
        exits 0 enroll
        script "$token"
        promises_kept 1
    done
}

own_ids_survive_kills() {
    for point in 'crash C_GenerateKeyPair 1 kill' 'crash C_GenerateKeyPair 1 kill after' \
        'crash C_SetAttributeValue 1 kill after' 'crash C_Sign 1 kill'; do
        fresh "$token" own-id "$point"
        exits 137 enroll
        script "$token" own-id
        exits 0 kf resume
        promises_kept 1
    done
}

key_without_public_object_is_made() {
    fresh "$token" no-public-object
    exits 0 enroll
    same "done" "done" "$(field .state request show r-1)"
}

# --- drafts of one name ---

three_drafts() {
    fresh "$token" 'fail C_GenerateKeyPair * CKR_DEVICE_REMOVED'
    for _ in 1 2 3; do
        exits 5 enroll
    done
    script "$token"
}

drafts_get_keys_of_their_own() {
    three_drafts
    names=
    for n in 1 2 3; do
        names="$names $(field .container request show "r-$n")"
    done
    month=$(date -u +%Y-%m)
    same "names of the drafts" " anna-$month anna-$month-2 anna-$month-3" "$names"
    exits 0 kf resume
    promises_kept 3
}

draft_is_withdrawn_alone() {
    three_drafts
    exits 0 kf resume r-3
    exits 0 kf request withdraw r-2 --yes
    exits 0 kf container check "$(field .container request show r-3)"
    exits 0 kf resume r-1
    same "private keys, public keys, certificates on the token" "2 2 2" "$(objects)"
}

# --- lies ---

LIES='lie length CKA_ID 9223372036854775807
lie length CKA_ID unavailable
lie length CKA_ID longer
lie length CKA_ID shorter
lie length CKA_LABEL 100000000
lie length CKA_LABEL unavailable
lie length CKA_LABEL longer
lie length CKA_LABEL shorter
lie length CKA_EC_POINT 70000
lie length CKA_EC_POINT unavailable
lie length CKA_EC_POINT longer
lie length CKA_EC_POINT shorter
lie length CKA_EC_PARAMS shorter
lie length CKA_VALUE 9223372036854775807
lie length CKA_VALUE longer
lie length CKA_VALUE shorter
lie length CKA_CLASS 0
lie length CKA_CLASS 16
lie length CKA_KEY_TYPE unavailable
lie length CKA_SENSITIVE 8
lie slots 0
lie slots 300
lie slots 100000
lie slots grow
lie mechanisms 0
lie mechanisms 100000
lie objects 5000
lie objects forever
lie objects overcount
lie sign-length 0
lie sign-length 1000000
lie sign wrong
lie key-handle
lie label raw 001b5b324a80ff'

# Each lie on every kind of command: an error or none, never a crash, and JSON stays JSON.
lies_end_cleanly() {
    count=0
    echo "$LIES" >"$work/lies"
    while read -r lie; do
        fresh "$token" "$lie"
        for command in "token list" "container list --login" "token show 0001" \
            "enroll --connection lab --subject CN=Anna --key p256 --token 0001" resume; do
            run timeout 60 "$keyfob" --home "$home" --module "$module" --no-input \
                --pin-source "file:$pin" --json $command
            case $status in
            [0-9] | 1[0-2]) ;;
            *) fail "\"$command\" ended with $status under \"$lie\"" ;;
            esac
            [ "$(jq -s length "$work/out")" = 1 ] || fail "\"$command\" under \"$lie\" is no JSON"
        done
        script "$token"
        run kf resume
        [ "$status" -le 12 ] || fail "resume ended with $status after \"$lie\""
        count=$((count + 1))
    done <"$work/lies"
    echo "$count lies"
}

wrong_signature_is_not_sent() {
    fresh "$token" 'lie sign wrong'
    run enroll
    [ "$status" != 0 ] || fail "a wrong signature was accepted"
    same "orders" 0 "$(field '.items | length' ca list lab)"
    script "$token"
    exits 0 kf resume
    promises_kept 1
}

escape_is_not_shown() {
    fresh "$token" 'lie label raw 001b5b324a80ff'
    exits 0 kf token list
    if LC_ALL=C grep -q "$(printf '\033')" "$work/out" "$work/err"; then fail "ESC reaches the terminal"; fi
    same "JSON items" 1 "$(field '.items | length' token list)"
}

# --- weak keys ---

weak_keys_are_destroyed() {
    for weak in "bits rsa2048" "e1 rsa2048" "e3 rsa2048" "roca rsa2048" "bits p256"; do
        fresh "$token" "weak-key ${weak% *}"
        exits 9 kf enroll --connection lab --subject CN=Anna --key "${weak#* }"
        says '[key_weak]'
        script "$token"
        token_is_empty
        same "state" failed "$(field .state request show r-1)"
    done
    fresh "$token" extractable no-sensitive
    exits 9 enroll
    says '[key_exposed]'
    script "$token"
    token_is_empty
}

second_key_is_the_first() {
    fresh "$token" 'weak-key duplicate'
    exits 0 enroll
    exits 9 enroll
    says '[key_weak]'
}

# --- noise ---

noise_is_not_in_json() {
    fresh "$token" noise
    for command in "token list" "token show" "container list --login" \
        "enroll --connection lab --subject CN=Anna --key p256" "request list"; do
        exits 0 kf --json $command
        same "documents of \"$command\"" 1 "$(jq -s length "$work/out")"
    done
    exits 0 kf token list
    same "lines" 1 "$(wc -l <"$work/out")"
}

use_fake
make_ca lab
mv "$home" "$work/home.kept"
test_that "a full token keeps the certificate for later" full_token_keeps_the_certificate
test_that "a full token takes no key" full_token_takes_no_key
test_that "a write-protected token is refused" write_protected_token_is_refused
test_that "tokens that are alike are listed" alike_tokens_are_listed
test_that "an unnamed token among two is ambiguous" unnamed_token_is_ambiguous
test_that "another token of the same name is refused" other_token_is_refused
test_that "an absent token is named" absent_token_is_named
test_that "habits of tokens do not matter" habits_do_not_matter
test_that "tokens that choose ids survive kills" own_ids_survive_kills
test_that "a key without a public object is enrolled" key_without_public_object_is_made
test_that "drafts of one person get names and keys of their own" drafts_get_keys_of_their_own
test_that "a draft is withdrawn without another's key" draft_is_withdrawn_alone
test_that "a wrong signature is not sent" wrong_signature_is_not_sent
test_that "escape sequences of a token are not shown" escape_is_not_shown
test_that "weak and exposed keys are destroyed" weak_keys_are_destroyed
test_that "a key that was made before is refused" second_key_is_the_first
test_that "lies end cleanly" lies_end_cleanly
test_that "noise of a module is not in the output" noise_is_not_in_json
