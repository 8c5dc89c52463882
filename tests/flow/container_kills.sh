#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A host of our module is killed at every system call of key generation and of a PIN change: the
# container is as before or as afterwards, never a third, and what was there signs.
# labels: slow
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"

# What changes files; a build with sanitizers is killed at these only, as it takes so long.
changing='write|pwrite64|fsync|fdatasync|rename|renameat|renameat2|link|linkat|unlink|unlinkat|ftruncate|mkdir|mkdirat|openat'

# calls_of VERB WORDS...: "NAME OCCURRENCE" for each call from the first one in the data folder on.
calls_of() {
    go_back_container
    run traced "$work/trace" "" "$@"
    [ "$status" = 0 ] || fail "\"$*\" ended with $status"
    awk -F'(' -v home="$home" -v only="${sanitizer:+$changing}" '
        { sub(/^[0-9]+ +/, "", $1) }
        $1 !~ /^[a-z0-9_]+$/ { next }
        { seen[$1]++ }
        index($0, home) { begun = 1 }
        begun && $1 != "exit_group" && (only == "" || $1 ~ "^(" only ")$") { print $1, seen[$1] }' "$work/trace"
}

# killed_at_each STATES VERB WORDS...: STATES are the sound states, with | between.
killed_at_each() {
    sound=$1
    shift
    calls_of "$@" >"$work/points"
    points=0 before=0 after=0
    while read -r name occurrence; do
        case_name="$1 killed at $name $occurrence"
        go_back_container
        run traced "$work/trace" "$name:signal=KILL:when=$occurrence" "$@"
        if cmp -s "$container" "$work/kept/containers/vault.kfc"; then
            before=$((before + 1)) points=$((points + 1))
            continue
        fi
        exits 0 probe state "$new_pin" "$old_pin"
        found=$(cat "$work/out")
        case "|$sound|" in
        *"|$found|"*) ;;
        *) fail "$case_name: the container is \"$found\"" ;;
        esac
        case "$sound" in "$found|"*) before=$((before + 1)) ;; *) after=$((after + 1)) ;; esac
        points=$((points + 1))
    done <"$work/points"
    [ "$before" -gt 0 ] && [ "$after" -gt 0 ] || fail "$before kills left the old state and $after the new one"
    [ "$points" -gt 20 ] || fail "only $points calls in $1"
    echo "$1: killed at $points calls, $before old, $after new, 0 torn"
}

keygen_is_whole() {
    killed_at_each "pin=$old_pin pairs=1 halves=0 broken=0|pin=$old_pin pairs=2 halves=0 broken=0" keygen "$old_pin" 1
}

pin_is_old_or_new() {
    killed_at_each "pin=$old_pin pairs=1 halves=0 broken=0|pin=$new_pin pairs=1 halves=0 broken=0" pin "$old_pin" "$new_pin"
}

unblock_keeps_the_key() {
    killed_at_each "pin=$old_pin pairs=1 halves=0 broken=0|pin=$new_pin pairs=1 halves=0 broken=0" unblock "$so" "$new_pin"
}

make_container
exits 0 probe keygen "$old_pin" 1
keep_container
test_that "a killed key generation leaves the old container or a whole new pair" keygen_is_whole
test_that "a killed PIN change leaves the old PIN or the new one" pin_is_old_or_new
test_that "a killed unblocking keeps the key" unblock_keeps_the_key
