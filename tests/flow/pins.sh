#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PINs on the command line: one try a PIN, what is said at which counter, and who is asked how often.
. "$(dirname "$0")/lib.sh"

THREE_TRIES='token label=FAKE
pin-tries 3
so-pin-tries 3'

# A fresh token with this script and no key.
token_with() {
    rm -rf "$state"
    use_fake "$@"
}

# typed PIN COMMAND...: as if a person typed it; what was asked is added to $work/asked.
typed() {
    printf '#!/bin/sh\necho "$1" >>"%s"\necho "%s"\n' "$work/asked" "$1" >"$work/askpass"
    chmod 700 "$work/askpass"
    : >"$work/asked"
    : >"$work/trace"
    shift
    "$@" --pin-source "askpass:$work/askpass"
}

# stored PIN COMMAND...: from a file.
stored() {
    : >"$work/trace"
    printf '%s\n' "$1" >"$pin"
    shift
    "$@"
}

# used LOGINS QUESTIONS, since typed or stored began.
used() {
    same "calls of C_Login" "$1" "$(calls C_Login)"
    [ $# -lt 2 ] || same "questions" "$2" "$(wc -l <"$work/asked")"
}

tries() {
    field .user_pin.tries pin status
}

wrong_pins_count_down() {
    token_with "$THREE_TRIES"
    exits 6 typed 9999 enroll
    used 1 1
    says '[pin_wrong]'
    says 'few tries'
    exits 6 typed 9999 enroll
    used 1 1
    says 'one last try'
    exits 7 typed 9999 enroll
    used 1 1
    says '[pin_locked]'
    says 'keyfob pin unblock'
    token_is_untouched
}

token_is_untouched() {
    same "recorded requests" 0 "$(field '.items | length' request list)"
    if grep -q C_GenerateKeyPair "$work/trace"; then fail "a key was made"; fi
}

blocked_is_said_before_asking() {
    exits 7 typed 1234 enroll
    used 0 0
    says 'is blocked'
}

officer_unblocks() {
    printf '5678\n' >"$work/new"
    chmod 600 "$work/new"
    exits 0 kf pin unblock --new-pin-source "file:$work/new"
    exits 6 typed 1234 enroll
    exits 0 typed 5678 enroll
    used 1 1
}

wrong_so_pin_uses_one_try() {
    token_with "$THREE_TRIES"
    printf '87654321\n' >"$so_pin"
    : >"$work/trace"
    exits 6 kf pin unblock --new-pin-source "file:$work/new"
    used 1
    : >"$work/trace"
    exits 10 kf pin unblock --new-pin-source "file:$work/new"
    used 0
    says '[pin_low]'
}

stored_pin_stops_at_low() {
    token_with "$THREE_TRIES"
    exits 6 stored 9999 enroll
    used 1
    for right_or_wrong in 1234 9999; do
        exits 10 stored "$right_or_wrong" enroll
        used 0
        says '[pin_low]'
    done
    exits 6 typed 9999 enroll
    exits 10 stored 1234 enroll
    used 0
    exits 0 typed 1234 enroll
    exits 0 stored 1234 enroll
    used 1
}

# One stored PIN for many requests: the first refusal ends it.
wrong_pin_ends_resume() {
    token_with 'token label=FAKE' 'fail C_GenerateKeyPair 1+ CKR_DEVICE_REMOVED'
    for _ in 1 2 3; do
        exits 5 enroll
    done
    script "$THREE_TRIES"
    exits 6 stored 9999 kf resume
    used 1
    exits 0 typed 1234 kf resume
    used 1 1
    same "open requests" 0 "$(field '.items | length' request list --open)"
}

odd_pins_are_refused_here() {
    token_with "$THREE_TRIES"
    long=$(printf '%0255d' 0)
    for odd in 1 123 "$long$long" "$long"; do
        exits 2 stored "$odd" enroll
        used 0
    done
    : >"$work/trace"
    : >"$pin"
    exits 2 enroll
    used 0
    printf '12\00034\n' >"$pin"
    exits 2 enroll
    used 0
    says 'NUL'
}

pin_is_no_argument() {
    exits 2 kf token test --pin-source 1234-is-my-pin
    silent_about 1234-is-my-pin
    exits 2 kf token test --pin 1234
}

others_can_read_the_file() {
    store_pins 1234 12345678
    chmod 644 "$pin"
    : >"$work/trace"
    exits "1 2 9" enroll
    used 0
    chmod 600 "$pin"
}

nobody_can_be_asked() {
    token_with
    exits 10 "$keyfob" --home "$home" --module "$module" --no-input token test </dev/null
    says '[pin_needed]'
    used 0
}

sources_work() {
    token_with
    exits 0 kf token test --pin-source fd:5 5<"$pin"
    exits 0 env FLOW_PIN=1234 "$keyfob" --home "$home" --module "$module" --no-input \
        token test --pin-source env:FLOW_PIN
    exits 0 env KEYFOB_PIN_SOURCE="file:$pin" "$keyfob" --home "$home" --module "$module" token test
}

pin_pad_is_used() {
    token_with 'token label=FAKE' pinpad
    exits 0 enroll --pin-source pinpad
    says 'on the reader'
    used 1
    : >"$work/trace"
    script 'token label=FAKE' 'pinpad wrong' 'pin-tries 3'
    exits 6 enroll --pin-source pinpad
    used 1
    : >"$work/trace"
    script 'token label=FAKE' 'pinpad cancel'
    exits "1 10 130" enroll --pin-source pinpad
    used 1
}

expired_pin_is_changed_first() {
    token_with 'token label=FAKE' pin-expired
    exits 10 enroll
    says '[pin_expired]'
    says 'keyfob pin change'
    exits 0 kf pin change --new-pin-source "file:$work/new"
    exits 0 typed 5678 enroll
}

# A key for signatures that count wants its PIN for each.
key_asks_each_time() {
    token_with 'token label=FAKE' always-authenticate
    exits 0 typed 1234 enroll --container each --profile piv-9c --connection sign
    before=$(calls C_Login)
    [ "$before" -gt "$(calls C_Sign)" ] || fail "$before logins for $(calls C_Sign) signatures"
    exits 0 typed 1234 kf container check each
    same "logins" "$(($(calls C_Sign) + 1))" "$(calls C_Login)"
    same "questions" "$(calls C_Login)" "$(wc -l <"$work/asked")"
}

use_fake
make_ca lab
make_ca sign --profiles piv-9c
test_that "wrong PINs count down: 6, 6, 7" wrong_pins_count_down
test_that "a blocked PIN is said before anybody is asked" blocked_is_said_before_asking
test_that "the security officer unblocks" officer_unblocks
test_that "a wrong SO PIN uses one try" wrong_so_pin_uses_one_try
test_that "a stored PIN is not used when few tries are left" stored_pin_stops_at_low
test_that "a wrong PIN ends resume after one try" wrong_pin_ends_resume
test_that "odd PINs are refused without a try" odd_pins_are_refused_here
test_that "a PIN is no argument" pin_is_no_argument
test_that "a PIN file that others can read is refused" others_can_read_the_file
test_that "nobody can be asked" nobody_can_be_asked
test_that "every source works" sources_work
test_that "a pin pad is used" pin_pad_is_used
test_that "an expired PIN is changed first" expired_pin_is_changed_first
test_that "a key asks for its PIN each time" key_asks_each_time
