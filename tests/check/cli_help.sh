#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command has help with an example, every option is explained, and every command that an error names exists.
# Usage: cli_help.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

count=0
commands >"$work/commands"
while read -r command; do
    count=$((count + 1))
    # shellcheck disable=SC2086
    exits 0 "$keyfob" help $command
    says out "^Usage: keyfob $command"
    says out "^Examples:"
    says out "^  (eval .*)?keyfob $command"
    # shellcheck disable=SC2086
    "$keyfob" $command --help >"$work/other" 2>&1 || wrong "$command --help fails"
    cmp -s "$work/out" "$work/other" || wrong "help $command and $command --help differ"
done <"$work/commands"
[ "$count" -ge 60 ] || wrong "only $count commands were found"

for option in $(grep -oE '^    \[OPT_[A-Z_]+\] = \{"[a-z-]+"' "$root/tools/cli/options.c" | grep -oE '"[a-z-]+"' | tr -d '"'); do
    grep -qE -- "--?$option" "$build/man/keyfob.1" || grep -q -- "$(echo "$option" | sed 's/-/\\\\-/g')" "$build/man/keyfob.1" ||
        wrong "--$option is not in the manual page"
    for command in token; do
        "$keyfob" help 2>&1 | grep -q -- "--$option" && continue 2
    done
    while read -r command; do
        # shellcheck disable=SC2086
        "$keyfob" help $command | grep -q -- "--$option" && continue 2
    done <"$work/commands"
    wrong "no command explains --$option"
done

# Commands in back quotes, in the table of errors and in the sources, must be there.
grep -rhoE '`keyfob [a-z]+( [a-z-]+)?' "$root/include/keyfob/errors.def" "$root/src" "$root/tools/cli" "$root/tools/web" --include='*.c' --include='*.def' |
    sed 's/^`keyfob //; s/ --*$//' | sort -u >"$work/named"
while read -r first second; do
    exits 0 "$keyfob" help "$first"
    case $first in help | enroll | status | wait | resume | renew | revoke | agent | serve | open | completion) continue ;; esac
    [ -n "$second" ] && [ "${second#-}" = "$second" ] && exits 0 "$keyfob" help "$first" "$second"
done <"$work/named"

for topic in exit-codes environment pin containers connections secrets agent batch keyfob.conf; do
    exits 0 "$keyfob" help $topic
    says out .
done
grep -oE '^KF_ERROR\([A-Z_]+, "[a-z_]+", [0-9]+' "$root/include/keyfob/errors.def" | sed 's/.*"\(.*\)", /\1 /' |
    while read -r code exit; do
        "$keyfob" help exit-codes | grep -qE "^  $code +$exit " || echo "$code is not in help exit-codes"
        "$keyfob" help exit-codes | grep -qE "^  $exit +[A-Za-z]" || echo "exit $exit is not explained"
    done >"$work/missing"
[ -s "$work/missing" ] && wrong "$(cat "$work/missing")"
exit $status
