#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# At each call to the token the program is killed or the token pulled out; what was begun goes on:
# one key, one order, one certificate.
# labels: slow
# timeout: 300
. "$(dirname "$0")/lib.sh"

token='token label=FAKE'

# Statuses that an enrollment may end with when its token is gone: no module, no token, or not noticed.
GONE="0 1 5"

resume_or_enroll() {
    if [ "$(field '.items | length' request list)" = 0 ]; then
        exits 0 enroll
    else
        exits 0 kf resume
    fi
    promises_kept 1
}

# at_each_call DIRECTIVE STATUSES: "@" in the directive is the call's number.
at_each_call() {
    n=1
    while [ "$n" -le "$all_calls" ]; do
        go_back
        script "$token" "$(echo "$1" | sed "s/@/$n/")"
        exits "$2" enroll
        [ "$status" -lt 128 ] || [ "$2" = 137 ] || fail "crashed"
        script "$token"
        resume_or_enroll
        n=$((n + 1))
    done
    points=$((points + all_calls))
    echo "$1: $all_calls of $all_calls calls"
}

# A removed token is told as such, with what to do next, wherever it was noticed after the login.
removal_is_told() {
    go_back
    script "$token" 'fail C_GenerateKeyPair * CKR_DEVICE_REMOVED'
    exits 5 enroll
    says '[token_removed]'
    says 'keyfob resume'
    says r-1
    script "$token"
    resume_or_enroll
}

points=0
use_fake "$token"
make_ca lab
keep
exits 0 enroll
all_calls=$(wc -l <"$work/trace")
[ "$all_calls" -ge 15 ] || fail "an enrollment makes only $all_calls calls"

test_that "removal is told" removal_is_told
test_that "killed before each call" at_each_call 'crash any @ kill' 137
test_that "killed after each call" at_each_call 'crash any @ kill after' 137
test_that "removed at each call, and in again" at_each_call 'fail any @ CKR_DEVICE_REMOVED' "$GONE"
test_that "removed after the work of each call" at_each_call 'fail any @ CKR_DEVICE_REMOVED after' "$GONE"
test_that "removed from each call on" at_each_call 'fail any @+ CKR_DEVICE_REMOVED' "$GONE"
echo "$points points, $points resumed"
