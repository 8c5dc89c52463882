#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What needs no library loads none, so that it starts at once: --version within 1.5 times a hello world.
# Usage: cli_start.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

sanitized=$(nm -D "$keyfob" | grep -c __asan_init)
for command in --version help "help enroll" "help pin" "completion bash" "token list --nonsense" "token --help"; do
    # shellcheck disable=SC2086
    strace -f -e trace=open,openat -o "$work/trace" "$keyfob" $command >/dev/null 2>&1
    grep -oE '"[^"]+\.so[^"]*", [A-Z_|]+\) = [0-9]' "$work/trace" | grep -vE 'ld\.so\.cache|/libc\.so\.6"|lib(asan|ubsan|m|gcc_s|stdc\+\+|pthread|dl)\.so' >"$work/loaded"
    [ -s "$work/loaded" ] && wrong "keyfob $command loads: $(cat "$work/loaded")"
done
grep -q 'libc\.so' "$work/trace" || wrong "nothing was traced"

if [ "$sanitized" -eq 0 ]; then
    printf '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' >"$work/hello.c"
    cc -O2 -o "$work/hello" "$work/hello.c" || wrong "no compiler"
    instructions() {
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -n 's/.*Collected : //p'
    }
    hello=$(instructions "$work/hello")
    version=$(instructions "$keyfob" --version)
    [ $((version * 2)) -le $((hello * 3)) ] || wrong "--version takes $version instructions, hello world $hello"
fi
exit $status
