#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A full disk, a broken database, signals, and other processes: a clear end, and going on afterwards.
# timeout: 240
. "$(dirname "$0")/lib.sh"

token='token label=FAKE'

fresh() {
    go_back
    script "$token" "$@"
}

go_on() {
    script "$token"
    if [ "$(field '.items | length' request list)" = 0 ]; then
        exits 0 enroll
    else
        exits 0 kf resume
    fi
    promises_kept 1
}

# --- files ---

home_cannot_be_made() {
    : >"$work/file"
    exits 1 "$keyfob" --home "$work/file/home" request list
    says "$work/file"
    exits "1 2" "$keyfob" --home /proc/keyfob request list
    says '/proc/keyfob'
}

home_is_a_link() {
    fresh
    rm -f "$home/keyfob.db"
    ln -s "$work/elsewhere" "$home/keyfob.db"
    run kf request list
    [ "$status" != 0 ] || fail "a database behind a link was used"
    [ ! -e "$work/elsewhere" ] || fail "a file was made through a link"
}

# No file may grow beyond so many blocks of 512 bytes: each write that would fails.
files_are_limited() {
    limits=0
    size=$(($(wc -c <"$work/kept/home/keyfob.db") / 512))
    for blocks in 0 8 "$size" $((size + 8)) $((size + 24)) $((size + 40)) $((size + 80)) $((size + 120)); do
        fresh
        run sh -c 'trap "" XFSZ; ulimit -f "$1"; shift; exec "$@" >&- 2>&-' sh "$blocks" "$keyfob" \
            --home "$home" --module "$module" --no-input --pin-source "file:$pin" \
            enroll --connection lab --subject CN=Anna --key p256
        [ "$status" -le 12 ] || fail "ended with $status at $blocks blocks"
        go_on
        limits=$((limits + 1))
    done
    echo "$limits limits"
}

# full_disk KILOBYTES: a home with so much left.
full_disk() {
    fresh
    rm -rf "$home"
    mkdir "$home"
    mount -t tmpfs -o size=1m,mode=700 tmpfs "$home"
    cp -a "$work/kept/home/." "$home"
    dd if=/dev/zero of="$home/filler" bs=1k 2>"$work/dd" || true
    truncate -s "-$(($1 * 1024))" "$home/filler"
}

disk_is_full() {
    sizes=0
    for left in 0 4 16 24 32 48 64 96 128 160; do
        full_disk "$left"
        run enroll
        [ "$status" -le 12 ] || fail "ended with $status with $left KiB left"
        [ "$status" = 0 ] || grep -qF '[disk_full]' "$work/err" || fail "does not say that the disk is full"
        rm "$home/filler"
        go_on
        umount "$home"
        sizes=$((sizes + 1))
    done
    echo "$sizes sizes"
}

# break_at OFFSET: 600 bytes of the database become garbage.
break_at() {
    head -c 600 /dev/urandom | dd of="$home/keyfob.db" bs=1 seek="$1" conv=notrunc 2>"$work/dd"
}

broken_database_is_told() {
    fresh
    exits 0 enroll
    keep_broken=$work/broken
    size=$(wc -c <"$home/keyfob.db")
    cp -a "$home" "$keep_broken"
    for offset in 0 100 4096 8192 16384 $((size / 2)) $((size - 4096)); do
        rm -rf "$home"
        cp -a "$keep_broken" "$home"
        break_at "$offset"
        for command in "request list" "cert list" status resume; do
            run kf $command
            [ "$status" -le 2 ] || fail "\"$command\" ended with $status, garbage at $offset"
        done
    done
    break_at 0
    cp "$home/keyfob.db" "$work/before"
    exits 1 enroll
    says '[database]'
    says keyfob.db
    cmp "$work/before" "$home/keyfob.db" || fail "a broken database was written to"
}

truncated_database_is_told() {
    rm -rf "$home"
    cp -a "$keep_broken" "$home"
    truncate -s 5000 "$home/keyfob.db"
    exits 1 kf request list
    says '[database]'
}

# --- processes ---

two_enroll_at_once() {
    fresh 'slow C_GenerateKeyPair 200'
    enroll >"$work/out.1" 2>"$work/err.1" &
    first=$!
    exits 0 enroll
    wait "$first" || fail "the first failed: $(cat "$work/err.1")"
    script "$token"
    promises_kept 2
}

two_resume_one_request() {
    fresh 'fail C_GenerateKeyPair * CKR_DEVICE_REMOVED'
    exits 5 enroll
    script "$token" 'slow C_GenerateKeyPair 1500'
    kf resume r-1 >"$work/out.1" 2>"$work/err.1" &
    first=$!
    sleep 0.5
    exits 1 kf resume r-1
    says '[busy]'
    wait "$first" || fail "the first failed: $(cat "$work/err.1")"
    script "$token"
    promises_kept 1
}

# signalled SIGNAL SECONDS ARGUMENTS: keyfob gets it after so long, and once (to a group timeout sends it twice).
signalled() {
    signal=$1
    seconds=$2
    shift 2
    run timeout --foreground --preserve-status --kill-after 10 -s "$signal" "$seconds" "$keyfob" --home "$home" \
        --module "$module" --no-input --pin-source "file:$pin" "$@"
}

waiting_is_interrupted() {
    for signal in INT TERM HUP; do
        fresh
        exits 0 kf ca init slow --approval
        signalled "$signal" 0.7 enroll --connection slow --subject CN=Anna --key p256 --wait 60s
        same "status after $signal" 130 "$status"
        says r-1
        same "state" waiting "$(field .state request show r-1)"
        exits 0 kf ca approve 1 --ca slow
        exits 0 kf resume
        promises_kept_at_slow
    done
}

promises_kept_at_slow() {
    same "private keys, public keys, certificates on the token" "1 1 1" "$(objects)"
    same "state" "done" "$(field .state request show r-1)"
}

# The key is finished; then the request is kept.
key_generation_is_interrupted() {
    for signal in INT TERM; do
        fresh 'slow C_GenerateKeyPair 1000'
        signalled "$signal" 0.4 enroll --connection lab --subject CN=Anna --key p256
        same "status after $signal" 130 "$status"
        says r-1
        go_on
    done
}

use_fake "$token"
make_ca lab
keep
test_that "a home that cannot be made is named" home_cannot_be_made
test_that "a database behind a link is refused" home_is_a_link
test_that "files that may not grow end cleanly" files_are_limited
if [ "$(id -u)" = 0 ] && mkdir "$work/mount" && mount -t tmpfs tmpfs "$work/mount" 2>"$work/err"; then
    umount "$work/mount"
    trap 'umount "$home" 2>"$work/gone"; rm -rf "$work"' EXIT
    test_that "a full disk is told, and what was begun goes on" disk_is_full
    trap 'rm -rf "$work"' EXIT
else
    echo "note: no file system can be mounted here; a full disk was tested with limits only"
fi
test_that "a broken database is told and left alone" broken_database_is_told
test_that "a truncated database is told" truncated_database_is_told
test_that "two enroll on one token at once" two_enroll_at_once
test_that "two resume one request: one works, one is told" two_resume_one_request
test_that "waiting is interrupted: 130, and the request is kept" waiting_is_interrupted
test_that "key generation is interrupted: 130, and the request is kept" key_generation_is_interrupted
