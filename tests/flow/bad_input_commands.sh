#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command with wrong words: a documented exit status, one error, one hint, and nothing is changed.
# timeout: 300
. "$(dirname "$0")/lib.sh"

# Commands as "noun verb", with what stands in the usage line behind them.
commands() {
    kf help | awk '/^Options of every/ { exit } /^  [a-z]/ && !/^ {10}/ {
        print $2 ~ /^[a-z][a-z-]*$/ && $1 !~ /^(enroll|status|wait|resume|help|completion)$/ ? $1 " " $2 : $1 }'
}

usage_of() {
    kf help $1 | sed -n "1s/^Usage: keyfob $1 *//; 1s/ *\[OPTIONS\]//p"
}

# A right word for each kind of argument.
right_word() {
    case $1 in
    TOKEN) echo FAKE ;;
    CONTAINER) echo anna ;;
    LABEL | NAME) echo fresh ;;
    CONNECTION | CA) echo lab ;;
    CONNECTOR) echo manual ;;
    SETTING=VALUE) echo dir=box ;;
    REQUEST) echo r-1 ;;
    CERT) echo c-2 ;;
    PROFILE) echo ssh ;;
    FILE) echo "$work/anna.pem" ;;
    NUMBER | SERIAL) echo 1 ;;
    *) echo "$1" ;;
    esac
}

# refused WHAT COMMAND...: checks one run that must fail.
refused() {
    what=$1
    shift
    count=$((count + 1))
    run timeout 20 "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" "$@"
    case $status in
    1 | 2 | 4 | 5 | 9 | 10) ;;
    *) wrong "ended with $status" ;;
    esac
    [ "$(LC_ALL=C grep -c '^keyfob: error: .*\[[a-z_]*\]$' "$work/err")" = 1 ] || wrong "not one error"
    [ "$(LC_ALL=C grep -c '^keyfob: hint: .' "$work/err")" = 1 ] || wrong "not one hint"
    [ "$(wc -c <"$work/err")" -lt 3000 ] || wrong "too many words"
    if LC_ALL=C grep -q "$escape" "$work/out" "$work/err"; then wrong "a control character is printed"; fi
    iconv -f UTF-8 -t UTF-8 "$work/err" >"$work/utf8" 2>&1 || wrong "not UTF-8"
}

wrong() {
    now_testing="$command: $what"
    fail "$*"
}

# The home's files, and what would change a token.
fingerprint() {
    find "$home" -type f ! -name '*-shm' ! -name '*-wal' ! -path '*/locks/*' -exec sha256sum {} + | sort
    grep -cE '^C_(GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue|InitToken|InitPIN|SetPIN) ' "$work/trace" || true
}

escape=$(printf '\033')
long=$(printf '%010240d' 0 | tr 0 x)
bad_words="empty long invalid lines unknown"

bad_word() {
    case $1 in
    empty) word= ;;
    long) word=$long ;;
    invalid) word=$(printf 'a\377\376b') ;;
    lines) word=$(printf 'a\nkeyfob: error: b\033[31m') ;;
    unknown) word=no-such-thing ;;
    esac
}

# Each argument in turn is replaced by each bad word.
bad_arguments() {
    at=0
    for place in $usage; do
        for bad in $bad_words; do
            case $bad:$command:$place in
            unknown:container\ create:* | unknown:connection\ add:CONNECTION | unknown:profile\ new:* | unknown:ca\ init:*)
                continue ;; # a new name
            esac
            bad_word "$bad"
            set --
            n=0
            for kind in $usage; do
                kind=${kind#[} kind=${kind%]} kind=${kind%...}
                right=$(right_word "${kind%%|*}")
                [ "$n" != "$at" ] || right=$word
                set -- "$@" "$right"
                n=$((n + 1))
            done
            refused "$bad as $place" $command "$@"
        done
        at=$((at + 1))
    done
}

try_command() {
    usage=$(usage_of "$command")
    set --
    for kind in $usage; do
        kind=${kind#[} kind=${kind%]}
        set -- "$@" "$(right_word "${kind%%|*}")"
    done
    refused "unknown option" $command "$@" --no-such-option
    refused "a letter that is none" $command "$@" -Z
    case $usage in
    *...*) ;;
    *) refused "too many" $command "$@" extra ;;
    esac
    case $usage in
    [A-Zb]*) refused "missing" $command ;;
    esac
    bad_arguments
}

use_fake
make_ca lab
exits 0 enroll --container anna
exits 0 kf cert export c-2 --out "$work/anna.pem"
count=0
before=$(fingerprint)
commands >"$work/commands"
while read -r command; do
    try_command
    same "what is there after $command" "$before" "$(fingerprint)"
done <"$work/commands"
[ "$(wc -l <"$work/commands")" -gt 55 ] || fail "only $(wc -l <"$work/commands") commands in the help"
echo "ok: $count command lines are refused and change nothing"
