#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The disk is full, or fails, at each call that changes a file while keyfob enrolls in a software container or moves
# one: it is told with the place, the key is safe, and going on ends well.
# labels: slow
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"
. "$(dirname "$0")/container_fault_lib.sh"

# What was reported as done is done.
is_told_or_done() {
    if [ "$status" = 0 ]; then
        pair_is "$medium" "$password" 1
        lists_agree 1
    fi
    goes_on_to_one_of_each
}

# enrollment_fails ERROR MEDIUM STEP
enrollment_fails() {
    medium=$2 resumed=0 between=0
    fails_everywhere "$1" "$3" is_told_or_done $(enrollment)
    echo "$1, enrollment in $medium: $points calls failed, $told told ($unseen as an empty medium), $resumed resumed"
}

media_of_vault() {
    kf --json container list 2>"$work/err" >"$work/json" || fail "the containers cannot be listed"
    jq -r '[.items[] | select(.token_label == "vault") | .medium] | sort | join(" ")' "$work/json"
}

moves_all_the_same() {
    move_status=$status
    for where in $(media_of_vault); do
        pair_is "$where" "$password" 1
    done
    [ "$move_status" != 0 ] || same "media" "$to" "$(media_of_vault)"
    if [ "$(media_of_vault)" != "$to" ]; then exits 0 kf container move vault --medium "$to"; fi
    same "media" "$to" "$(media_of_vault)"
    pair_is "$to" "$password" 1
    litter=$(find "$home" -name '.*.tmp')
    [ -z "$litter" ] || fail "there is $litter"
}

# move_fails ERROR TO STEP
move_fails() {
    to=$2
    fails_everywhere "$1" "$3" moves_all_the_same container move vault --medium "$2"
    echo "$1, move to $2: $points calls failed, $told told ($unseen as an empty medium)"
}

use_software
password=$(cat "$pin") made_before=yes
exits 0 kf container create vault --medium disk
keep_home
test_that "a full disk stops no move into the registry for good" move_fails ENOSPC registry 1
test_that "nor does a failing one" move_fails EIO registry 2
go_back_home
exits 0 kf container move vault --medium registry
keep_home
test_that "a full disk stops no move onto the disk for good" move_fails ENOSPC disk 1
test_that "nor does a failing one, there" move_fails EIO disk 2
go_back_home
exits 0 kf container delete vault --yes
make_ca lab
make_empty_container disk
keep_home
test_that "a full disk stops no enrollment on the disk for good" enrollment_fails ENOSPC disk 4
test_that "nor does a failing one, on the disk" enrollment_fails EIO disk 5
go_back_home
exits 0 kf container move anna --medium registry
keep_home
test_that "a full disk stops no enrollment in the registry for good" enrollment_fails ENOSPC registry 7
test_that "nor does a failing one, in the registry" enrollment_fails EIO registry 9
