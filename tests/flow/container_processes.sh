#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several processes on one container: no key is lost, and wrong PINs add up.
# labels: slow
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"

# at_once COUNT COMMAND...: as many processes; their outputs are in $work/at-once-N. All must end with 0.
at_once() {
    count=$1
    shift
    jobs=
    for n in $(seq "$count"); do
        "$@" >"$work/at-once-$n" 2>"$work/at-once-$n.err" &
        jobs="$jobs $!"
    done
    for job in $jobs; do
        wait "$job" || fail "a process ended with $?: $(cat "$work"/at-once-*.err)"
    done
}

eight_hundred_keys() {
    at_once 8 probe keygen "$old_pin" 100
    exits 0 probe state "$old_pin"
    same "the container" "pin=$old_pin pairs=800 halves=0 broken=0" "$(cat "$work/out")"
}

wrong_pins_add_up() {
    go_back_container
    at_once 3 probe try wrong-one
    at_once 3 probe try wrong-two
    at_once 3 probe try wrong-three
    same "the ninth" "0xa0 low final" "$(grep -h final "$work"/at-once-? | sort -u)"
    exits 0 probe try wrong-four
    same "the tenth" "0xa0 locked" "$(cat "$work/out")"
}

locked_for_all() {
    at_once 2 probe try "$old_pin"
    for n in 1 2; do same "the right PIN" "0xa4 locked" "$(cat "$work/at-once-$n")"; done
}

unblocked_by_the_so() {
    exits 0 probe unblock "$so" "$new_pin"
    exits 0 probe state "$old_pin" "$new_pin"
    same "the container" "pin=$new_pin pairs=1 halves=0 broken=0" "$(cat "$work/out")"
}

right_ones_do_not_lock() {
    at_once 16 probe try "$old_pin"
    same "the answers" 0x0 "$(cut -d ' ' -f 1 "$work"/at-once-* | grep -v '^$' | sort -u)"
}

make_container
exits 0 probe keygen "$old_pin" 1
keep_container
test_that "sixteen processes log in at once" right_ones_do_not_lock
rm -f "$work"/at-once-*
test_that "wrong PINs of several processes add up and lock at ten" wrong_pins_add_up
test_that "the right PIN does not open a locked container" locked_for_all
test_that "the unblock secret opens it again and keeps the key" unblocked_by_the_so
rm -rf "$home"
make_container
test_that "eight processes make a hundred pairs each and none is lost" eight_hundred_keys
