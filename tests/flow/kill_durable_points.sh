#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keyfob is killed before and after every sync to disk, and goes on: one key, one order, one certificate.
# labels: slow
# timeout: 300
. "$(dirname "$0")/lib.sh"

# at_every_point PREPARE VICTIM RECOVER CHECK: four functions; the points end when the victim ends by itself.
at_every_point() {
    points=0
    for moment in before after; do
        n=1
        while "$1" && killed_at "$moment $n" kf $($2); do
            case_name="$2 killed $moment sync $n"
            "$3"
            "$4"
            points=$((points + 1))
            n=$((n + 1))
        done
        case $status in
        0 | 3) ;;
        *) fail "$2 without a kill ended with $status" ;;
        esac
        [ "$n" -gt 3 ] || fail "only $((n - 1)) syncs in $2"
    done
    total=$((total + points))
    echo "$now_testing: $points points, $points resumed"
}

request_count() {
    field '.items | length' request list
}

# --- what is killed: the words of a command ---

an_enrollment() {
    echo enroll --connection lab --subject CN=Anna,O=Example --key p256
}

a_resume() {
    echo resume
}

an_approval() {
    echo ca approve 1 --ca lab
}

a_withdrawal() {
    echo request withdraw r-1 --yes
}

# --- where it begins ---

a_pending_request() {
    go_back
    exits 3 enroll
}

an_approved_request() {
    a_pending_request
    exits 0 kf ca approve 1 --ca lab
}

# The token is out when its key would be made.
a_draft() {
    go_back
    script 'token label=FAKE' 'fail C_GenerateKeyPair 1 CKR_DEVICE_REMOVED'
    exits 5 enroll
    script 'token label=FAKE'
    same "state" draft "$(field .state request show r-1)"
}

# Killed when its key is recorded.
a_key() {
    go_back
    sync=1
    until [ "$(field '.items[0].state // "none"' request list)" = key ]; do
        go_back
        killed_at "after $sync" kf $(an_enrollment) || fail "no sync leaves the state key"
        sync=$((sync + 1))
    done
}

# --- how it goes on ---

# Enrolled again only when nothing was recorded; "busy" would be a lock that outlived its holder.
resume_or_enroll() {
    if [ "$(request_count)" = 0 ]; then
        exits "$1" enroll
    else
        exits "$1" kf resume
    fi
}

finish_enrollment() {
    resume_or_enroll 0
}

finish_with_approval() {
    resume_or_enroll "0 3"
    exits 0 kf ca approve 1 --ca lab
    exits 0 kf resume
}

approve_again() {
    same "orders" 1 "$(field '.items | length' ca list lab)"
    if [ "$(field '.items[0].state' ca list lab)" != issued ]; then
        exits 0 kf ca approve 1 --ca lab
    fi
    exits 0 kf resume
}

withdraw_again() {
    if [ "$(field .state request show r-1)" = withdrawn ]; then
        exits 0 kf resume
    else
        exits 0 kf request withdraw r-1 --yes
    fi
}

abandon_again() {
    if [ "$(field .state request show r-1)" = withdrawn ]; then
        exits 0 kf resume
    else
        exits 0 kf request withdraw r-1 --yes --abandon
    fi
}

# --- what must be true ---

one_of_each() {
    promises_kept 1
}

nothing_is_left() {
    token_is_empty
    same "state" withdrawn "$(field .state request show r-1)"
    same "open requests" 0 "$(field '.items | length' request list --open)"
    same "certificates" 0 "$(field '.items | length' cert list)"
}

an_abandonment() {
    echo request withdraw r-1 --yes --abandon
}

# --- the tests ---

total=0
use_fake
make_ca lab
keep
test_that "enrollment" at_every_point go_back an_enrollment finish_enrollment one_of_each
test_that "withdrawal of a draft" at_every_point a_draft a_withdrawal withdraw_again nothing_is_left
a_key
keep
test_that "withdrawal of a key" at_every_point go_back a_withdrawal withdraw_again nothing_is_left

rm -rf "$home" "$state"
use_fake
make_ca lab --approval
keep
test_that "enrollment that waits" at_every_point go_back an_enrollment finish_with_approval one_of_each
test_that "approval" at_every_point a_pending_request an_approval approve_again one_of_each
test_that "resume after approval" at_every_point an_approved_request a_resume finish_enrollment one_of_each
test_that "abandoning" at_every_point a_pending_request an_abandonment abandon_again nothing_is_left

rm -rf "$home" "$state"
use_softhsm soft
make_ca lab
keep
test_that "enrollment on SoftHSM2" at_every_point go_back an_enrollment finish_enrollment one_of_each

echo "$total points, $total resumed"
