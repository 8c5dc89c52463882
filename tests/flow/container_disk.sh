#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The disk is full, or fails, at each call that changes a file: the error is reported, the old container is whole, and
# the next write goes well and leaves no litter.
# labels: slow
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"

state_now() {
    exits 0 probe state "$new_pin" "$old_pin"
    cat "$work/out"
}

# how_often NAME: calls of that name in the trace before the data folder is first named, and in all.
how_often() {
    awk -F'(' -v home="$home" -v name="$1" '
        { sub(/^[0-9]+ +/, "", $1) }
        index($0, home) { begun = 1 }
        $1 == name { seen++ }
        !begun { before = seen }
        END { print before + 0, seen + 0 }' "$work/trace"
}

# fails_at_each ERROR NAME...: every occurrence of these calls fails once while a pair is made.
fails_at_each() {
    error=$1
    shift
    go_back_container
    exits 0 traced "$work/trace" "" keygen "$old_pin" 1
    cp "$work/trace" "$work/whole"
    points=0 reported=0
    for name in "$@"; do
        cp "$work/whole" "$work/trace"
        range=$(how_often "$name")
        n=${range% *}
        while [ "$((n += 1))" -le "${range#* }" ]; do
            go_back_container
            run traced "$work/trace" "$name:error=$error:when=$n" keygen "$old_pin" 1
            [ "$status" = 0 ] && wanted=2 || wanted="1 2"
            [ "$status" = 0 ] || reported=$((reported + 1))
            found=$(state_now)
            case " $wanted " in
            *" $(echo "$found" | sed 's/.*pairs=\([0-9]*\) halves=0 broken=0$/\1/') "*) ;;
            *) fail "$error at $name $n (status $status) left \"$found\"" ;;
            esac
            exits 0 probe keygen "$old_pin" 1
            litter=$(find "$home" -name '*.tmp')
            [ -z "$litter" ] || fail "$error at $name $n left $litter after the next write"
            points=$((points + 1))
        done
    done
    [ "$points" -gt 0 ] || fail "there were no such calls"
    echo "$error: $points calls failed, $reported reported, the container whole each time"
}

make_container
exits 0 probe keygen "$old_pin" 1
keep_container
# loses_nothing ERROR NAME...: and is told.
loses_nothing() {
    fails_at_each "$@"
    [ "$reported" -gt 0 ] || fail "$1 was never reported"
}

# does_without ERROR NAME...: none of these calls is needed.
does_without() {
    fails_at_each "$@"
    [ "$reported" = 0 ] || fail "$1 was reported"
}

test_that "a full disk loses nothing" loses_nothing ENOSPC write pwrite64 openat link linkat rename renameat renameat2 fsync fdatasync mkdir
test_that "a failing disk loses nothing" loses_nothing EIO write pwrite64 openat read pread64 link linkat rename renameat renameat2 fsync fdatasync
test_that "a file system that cannot exchange files works" does_without EINVAL renameat2
