#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# module_counts.sh BUILD_DIR: how often keyfob-pkcs11.so waits for the disk, to the last time. Counts
# need no quiet machine; a table that changes is a decision.
set -eu

build=$(cd "$1" && pwd)
pace=$build/tests/bench/pace
module=$build/lib/pkcs11/keyfob-pkcs11.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
unset KEYFOB_HOME
export HOME="$work"
status=0
sanitizer=$(ldd "$module" | awk '/libasan/ { print $3 }')
arguments="home='$work/home' scrypt='14' wait='no'"

# pace TASK...: the number of waits is in $waits.
counted() {
    strace -f -qq -e trace=fsync,fdatasync,sync,syncfs,msync -e signal=none -o "$work/trace" \
        ${sanitizer:+-E LD_PRELOAD="$sanitizer"} -E ASAN_OPTIONS=detect_leaks=0 \
        "$pace" "$module" "$arguments" card 1234 "$@" >"$work/out"
    waits=$(grep -cE '(sync|fsync|fdatasync|syncfs|msync)\(' "$work/trace" || true)
}

# expect WHAT WANTED GOT
expect() {
    [ "$2" -eq "$3" ] || { echo "wrong: $1: wanted $2, got $3" >&2; status=1; }
}

env ${sanitizer:+LD_PRELOAD="$sanitizer"} ASAN_OPTIONS=detect_leaks=0 \
    "$build/tests/interop/make_token" "$module" "$arguments" card 1234 12345678
counted keys
counted rss
login=$waits
counted first p256
expect "a signature" 0 "$((waits - login))"
counted find 10
expect "a search" 0 "$((waits - login))"
counted create 1 10
expect "ten certificate objects" 20 "$((waits - login))"
counted generate 9
expect "ten key pairs" 20 "$((waits - login))"
expect "a login, its try counted before and forgiven after" 3 "$login"
exit $status
