#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keyfob is killed at each call that changes a file while it moves, copies, renames, imports or deletes a container, or
# sets its password: what was there is as before or as after, no key is lost, and the same command finishes it.
# labels: slow
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"
. "$(dirname "$0")/container_fault_lib.sh"

told() {
    echo "$1: killed at $points calls, 0 torn, 0 lost"
}

# media_of NAME: where containers with the one key are.
media_of() {
    kf --json container list 2>"$work/err" >"$work/json" || fail "the containers cannot be listed"
    jq -r --arg name "$1" --arg key "$key" \
        '[.items[] | select(.token_label == $name and .id == $key) | .medium] | sort | join(" ")' "$work/json"
}

# again STATUS SENTENCE COMMAND...: it is finished, or was done already and says so.
again() {
    done_status=$1 sentence_when_done=$2
    shift 2
    run kf "$@"
    [ "$status" = 0 ] || { [ "$status" = "$done_status" ] && says "$sentence_when_done"; } || fail "\"$*\" again"
}

# --- move and copy ---

moves_whole() {
    for where in $(media_of vault); do
        pair_is "$where" "$password" 1
    done
    [ -n "$(media_of vault)" ] || fail "the key is nowhere"
    again 2 'There is nothing to move' container move vault --medium "$to"
    same "media" "$to" "$(media_of vault)"
    pair_is "$to" "$password" 1
}

# move_is_killed FROM TO
move_is_killed() {
    to=$2
    killed_everywhere 2 moves_whole container move vault --medium "$2"
    told "move from $1 to $2"
    go_back_home
    exits 0 kf container move vault --medium "$2"
    keep_home
}

# Both folders are of the medium disk.
moves_to_the_stick() {
    pair_is disk "$password" 1
    again 2 'There is nothing to move' container move vault --medium disk --dir "$stick"
    same "files" "vault.kfc" "$(find "$home" "$stick" -name 'vault.kfc' -exec basename {} \;)"
    [ -e "$stick/vault.kfc" ] || fail "it is not on the stick"
    pair_is disk "$password" 1
}

move_to_a_stick_is_killed() {
    killed_everywhere 2 moves_to_the_stick container move vault --medium disk --dir "$stick"
    told "move to a stick"
}

copies_whole() {
    pair_is disk "$password" 1
    again 2 'there is a' container copy vault --medium registry --name twin
    same "media" "disk registry" "$(media_of vault) $(media_of twin)"
    pair_is registry "$password" 1
}

copy_is_killed() {
    killed_everywhere 2 copies_whole container copy vault --medium registry --name twin
    told "copy"
}

# --- rename ---

renames_whole() {
    pair_is "$where" "$password" 1
    again 5 'but there is "other"' container rename vault other
    same "media" " $where" "$(media_of vault) $(media_of other)"
    same "files" "" "$(find "$home" -name 'vault.kfc')"
    pair_is "$where" "$password" 1
}

rename_is_killed() {
    where=$1
    killed_everywhere 2 renames_whole container rename vault other
    told "rename in $1"
}

# --- import ---

# Its source may go only when the container has the key.
imports_whole() {
    PROBE_MEDIUM=$to run probe state "$password"
    case $(cat "$work/out") in
    "pin=$password pairs=1 halves=0 broken=0") ;;
    "pin=$password pairs=0 halves=0 broken=0" | "") [ -e "$stick/key.pem" ] || fail "the key is nowhere" ;;
    *) fail "the container is wrong" ;;
    esac
    [ ! -e "$stick/key.pem" ] ||
        again 2 already container import "$stick/key.pem" --medium "$to" --container new --remove-source
    pair_is "$to" "$password" 1
}

import_is_killed() {
    to=$1
    killed_everywhere 2 imports_whole container import "$stick/key.pem" --medium "$1" --container new --remove-source
    told "import into $1"
}

# --- delete ---

is_whole_or_gone() {
    [ -z "$(media_of vault)" ] || pair_is "$where" "$password" 1
    again 2 'vault' container delete vault --medium "$where" --yes
    same "media" "" "$(media_of vault)"
    same "files" "" "$(find "$home" -name 'vault*' -o -name '.vault*')"
}

delete_is_killed() {
    where=$1
    killed_everywhere 2 is_whole_or_gone container delete vault --medium "$1" --yes
    told "delete in $1"
}

# --- password ---

# is_one_of PASSWORD...: opens it, and the key signs; tells which.
opens_with() {
    PROBE_MEDIUM=$where exits 0 probe state "$@"
    found=$(cat "$work/out")
    case $found in
    "pin=none" | *" pairs=1 halves=0 broken=0") found=${found#pin=} found=${found%% *} ;;
    *) fail "the container is wrong" ;;
    esac
}

has_old_or_new_password() {
    opens_with "$new" "$password"
    [ "$found" != none ] || fail "neither password opens it"
    [ "$found" = "$new" ] || exits 0 kf pin change vault --new-pin-source "file:$work/new"
    pair_is "$where" "$new" 1
}

pin_change_is_killed() {
    where=$1
    killed_everywhere 2 has_old_or_new_password pin change vault --new-pin-source "file:$work/new"
    told "pin change in $1"
}

# Killed between the count and the check the unblock secret counts as a wrong one: then only a person may give it.
is_blocked_or_new() {
    opens_with "$new"
    run kf pin unblock vault --new-pin-source "file:$work/new"
    if [ "$status" = 10 ]; then
        says '--so-pin-source prompt'
        PROBE_MEDIUM=$where exits 0 probe unblock "$(cat "$so_pin")" "$new"
    else
        same "status" 0 "$status"
    fi
    pair_is "$where" "$new" 1
}

pin_unblock_is_killed() {
    where=$1
    for wrong in 1 2 3 4 5 6 7 8 9 10; do PROBE_MEDIUM=$1 exits 0 probe try "wrong-$wrong"; done
    keep_home
    killed_everywhere 2 is_blocked_or_new pin unblock vault --new-pin-source "file:$work/new"
    told "pin unblock in $1"
}

use_software
mkdir "$stick"
password=$(cat "$pin") new=Changed-Harbour-9
echo "$new" >"$work/new"
exits 0 kf --json container create vault --medium disk --unblock
key=$(field '.items[0].id' container list)
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$stick/key.pem" 2>"$work/openssl"
keep_home
test_that "a killed copy leaves the whole original" copy_is_killed
test_that "a killed move to a stick keeps the key" move_to_a_stick_is_killed
test_that "a killed rename on the disk keeps the key" rename_is_killed disk
test_that "a killed delete on the disk leaves all or nothing" delete_is_killed disk
test_that "a killed change of the password on the disk leaves the old or the new one" pin_change_is_killed disk
test_that "a killed move into the registry keeps the key" move_is_killed disk registry
test_that "a killed rename in the registry keeps the key" rename_is_killed registry
test_that "a killed delete in the registry leaves all or nothing" delete_is_killed registry
test_that "a killed change of the password in the registry leaves the old or the new one" pin_change_is_killed registry
test_that "a killed move onto the disk keeps the key" move_is_killed registry disk
test_that "a killed unblocking keeps the key" pin_unblock_is_killed disk
exits 0 kf container delete vault --yes
keep_home
test_that "a killed import onto the disk loses no key" import_is_killed disk
test_that "a killed import into the registry loses no key" import_is_killed registry
