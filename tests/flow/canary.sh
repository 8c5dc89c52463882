#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PINs that stand out are looked for wherever they must not be: files, output, system calls, /proc.
. "$(dirname "$0")/lib.sh"

PIN=Canary7PinQx
NEW_PIN=Canary9NewWz
SO_PIN=Canary8SoPinVy

# no_canary WHAT FILE...: no PIN in them, as text, in hexadecimal, or in base64.
no_canary() {
    what=$1
    shift
    for canary in "$PIN" "$NEW_PIN" "$SO_PIN"; do
        hex=$(printf '%s' "$canary" | od -An -tx1 | tr -d ' \n')
        base64=$(printf '%s' "$canary" | base64 | cut -c 1-12)
        if grep -arilE "$canary|$hex|$base64" "$@" >"$work/hits"; then
            fail "$canary is in $what: $(cat "$work/hits")"
        fi
    done
    looked=$((looked + 1))
}

# seen COMMAND...: its output and what it wrote, sent and executed hold no PIN.
seen() {
    exits 0 strace -f -qq -s 65536 -o "$work/strace" \
        -e trace=write,pwrite64,writev,pwritev,sendto,sendmsg,execve,open,openat,rename,mkdir,connect "$@"
    no_canary "what \"$*\" printed" "$work/out" "$work/err"
    no_canary "the system calls of \"$*\"" "$work/strace"
    grep -q 'execve' "$work/strace" || fail "strace saw nothing"
}

# strace follows no shell function.
traced_kf() {
    seen "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pins/pin" \
        --so-pin-source "file:$pins/so" "$@"
}

# The instrument must be able to find what is looked for.
canary_would_be_found() {
    mkdir "$work/bait"
    echo "x${PIN}x" >"$work/bait/file"
    if (no_canary bait "$work/bait") 2>"$work/expected"; then fail "a canary in a file is not found"; fi
    strace -qq -s 65536 -e trace=write -o "$work/strace" printf '%s' "$PIN" >"$work/expected"
    grep -q "$PIN" "$work/strace" || fail "a canary in a system call is not found"
    rm -rf "$work/bait" "$work/strace" "$work/expected"
}

every_command_is_clean() {
    traced_kf token init --label CANARY
    for how in -q -v --json "-v --json"; do
        traced_kf $how enroll --connection lab --subject CN=Anna --key p256
    done
    traced_kf -v container list --login
    traced_kf -v token test
    traced_kf -v pin change --new-pin-source "file:$pins/new"
    cp "$pins/new" "$pins/pin"
    traced_kf -v enroll --connection lab --subject CN=Anna --key rsa2048
    traced_kf -v pin unblock --new-pin-source "file:$pins/new"
}

files_are_clean() {
    no_canary "the home" "$home"
    no_canary "the user's folders" "$HOME"
    no_canary "the token's trace" "$work/trace"
    no_canary "the folder for temporary files" "$TMPDIR"
}

# A wrong PIN is not shown either, nor one that the token refuses.
errors_are_clean() {
    printf '%s\n' "$SO_PIN" >"$pins/pin"
    run "$keyfob" --home "$home" --module "$module" --no-input -v --json \
        --pin-source "file:$pins/pin" token test
    same "status" 6 "$status"
    no_canary "an error" "$work/out" "$work/err"
    run "$keyfob" --home "$home" --module "$module" --no-input --pin-source "$PIN" token test
    same "status" 2 "$status"
    no_canary "an error" "$work/out" "$work/err"
}

# Sampled while the token works slowly: /proc shows neither the file's PIN nor the variable's.
proc_is_clean() {
    script 'token label=CANARY' 'slow C_GenerateKeyPair 700'
    for source in "file:$pins/pin" env:FLOW_PIN; do
        rm -f "$work"/sample.*
        [ "$source" != env:FLOW_PIN ] || export FLOW_PIN="$NEW_PIN"
        "$keyfob" --home "$home" --module "$module" --no-input \
            --pin-source "$source" enroll --connection lab --subject CN=Anna --key p256 \
            >"$work/out" 2>"$work/err" &
        process=$!
        sleep 0.2
        samples=0
        while [ "$samples" -lt 5 ] && kill -0 "$process" 2>"$work/gone"; do
            samples=$((samples + 1))
            cat "/proc/$process/cmdline" >"$work/sample.$samples"
            # keyfob cannot be dumped, so only root may read its environment
            cat "/proc/$process/environ" >>"$work/sample.$samples" 2>"$work/closed" ||
                [ "$(id -u)" -ne 0 ] || ! kill -0 "$process" 2>"$work/gone" || fail "root cannot read environ"
            sleep 0.05
        done
        wait "$process" || fail "the enrollment failed"
        [ "$samples" -ge 3 ] || fail "only $samples samples of /proc"
        no_canary "/proc with $source" "$work"/sample.*
    done
    unset FLOW_PIN
}

looked=0
use_fake 'token uninitialized'
pins=$work/secret
mkdir "$pins"
rm -f "$pin" "$so_pin"
printf '%s\n' "$PIN" >"$pins/pin"
printf '%s\n' "$SO_PIN" >"$pins/so"
printf '%s\n' "$NEW_PIN" >"$pins/new"
export TMPDIR="$work/tmp"
mkdir "$TMPDIR"
exits 0 "$keyfob" --home "$home" --module "$module" --no-input ca init lab
test_that "a canary would be found" canary_would_be_found
test_that "output and system calls are clean" every_command_is_clean
test_that "files are clean" files_are_clean
test_that "/proc is clean" proc_is_clean
test_that "errors are clean" errors_are_clean
test_that "files are clean afterwards" files_are_clean
echo "0 hits in $looked places"
