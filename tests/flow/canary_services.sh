#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Passwords, answers and API keys that stand out are looked for wherever they must not be: arguments, output, files but
# the closed ones, /proc, system calls that are not the terminal, the keyring or TLS.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

API_KEY=Canary4ApiKeyTz
PASSWORD=alicepw
OTP=123456

# no_canary WHAT TEXT FILE...: as text, in hexadecimal, or in base64.
no_canary() {
    what=$1 canary=$2
    shift 2
    hex=$(printf '%s' "$canary" | od -An -tx1 | tr -d ' \n')
    base64=$(printf '%s' "$canary" | base64 | cut -c 1-8)
    if grep -arilE "$canary|$hex|$base64" "$@" >"$work/hits"; then
        fail "\"$canary\" is in $what: $(grep -v '/secrets/' "$work/hits" | head -n 3)"
    fi
    looked=$((looked + 1))
}

# traced SECRET ARGUMENTS: what keyfob executed, connected to, and wrote to files of other names.
traced() {
    secret=$1
    shift
    exits 0 strace -f -qq -s 65536 -o "$work/strace" -e trace=execve,open,openat,connect,rename,mkdir,unlink \
        "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" -v "$@"
    no_canary "the output of \"$*\"" "$secret" "$work/out" "$work/err"
    no_canary "the system calls of \"$*\"" "$secret" "$work/strace"
    grep -q execve "$work/strace" || fail "strace saw nothing"
}

no_canary_outside_the_keyring() {
    find "$home" -type f ! -path "$home/secrets/*" -print0 | xargs -0 grep -alE "$1" && fail "\"$1\" lies in the home"
    looked=$((looked + 1))
}

# What other users see while a question to the CA is under way.
proc_shows() {
    knob fault slow
    "$@" >"$work/out" 2>"$work/err" &
    process=$!
    for _ in 1 2 3 4 5 6; do
        sleep 0.2
        for what in cmdline environ; do
            cat "/proc/$process/$what" >>"$work/proc" 2>"$work/closed" || :
        done
    done
    kill "$process" 2>"$work/closed" || :
    wait "$process" || :
    knob fault ''
    tr '\0' '\n' <"$work/proc" >"$work/proc.lines"
    [ -s "$work/proc.lines" ] || fail "nothing was seen in /proc"
}

an_api_key_stays_hidden() {
    start_double digicert "key=$API_KEY"
    secret key "$API_KEY"
    cp "$tls_root" "$work/tls-root.pem"
    traced "$API_KEY" connection add dc digicert "url=$url/services/v2" "ca-file=$work/tls-root.pem" \
        --secret-source "api-key=file:$work/secret.key"
    for command in "connection check" "connection test" "connection templates" "connection records" "--json connection show"; do
        # shellcheck disable=SC2086
        traced "$API_KEY" $command dc
    done
    same "the key arrived" "$API_KEY" "$(arrived 'GET /user/me' X-DC-DEVKEY)"
    rm "$work/secret.key"
    no_canary_outside_the_keyring "$API_KEY"
    export KEY_OF_THE_CA="$API_KEY"
    proc_shows "$keyfob" --home "$home" --module "$module" connection login dc --secret-source api-key=env:KEY_OF_THE_CA
    unset KEY_OF_THE_CA
    grep -q 'api-key=env:KEY_OF_THE_CA' "$work/proc.lines" || fail "/proc was looked at too late"
    no_canary "/proc" "$API_KEY" "$work/proc.lines"
}

# A key that is refused, an unreachable CA: errors show none either.
errors_show_no_key() {
    knob key other
    run kf -v --json connection check dc
    no_canary "an error" "$API_KEY" "$work/out" "$work/err"
    knob errors_as_object yes
    run kf -v --json connection templates dc
    no_canary "an error" "$API_KEY" "$work/out" "$work/err"
    exec 9>&-
    sleep 0.3
    run kf -v --json connection check dc
    same "the status of what is not there" 8 "$status"
    no_canary "an error" "$API_KEY" "$work/out" "$work/err"
}

passwords_are_kept_nowhere() {
    start_double privacyidea second-factor=challenge
    secret password "$PASSWORD"
    secret otp "$OTP"
    exits 0 kf connection add corp privacyidea "url=$url" "ca-file=$tls_root" user=alice
    traced "$PASSWORD" connection login corp --secret-source "password=file:$work/secret.password" \
        --secret-source "answer=file:$work/secret.otp"
    rm "$work/secret.password" "$work/secret.otp"
    no_canary "the home" "$PASSWORD" "$home"
    [ -n "$(find "$home/secrets" -name '*session*')" ] || fail "no session is kept"
    jwt=$(grep -raohE 'eyJ[A-Za-z0-9_.-]{20,}' "$home/secrets" | head -n 1)
    [ -n "$jwt" ] || fail "there is no session to look for"
    for command in "connection check" "connection templates" "connection records" "--json connection show"; do
        # shellcheck disable=SC2086
        traced "$jwt" $command corp
    done
    find "$home" -type f ! -path "$home/secrets/*" -print0 | xargs -0 grep -alF "$jwt" && fail "the session lies in the home"
    exits 0 kf connection logout corp --all
    no_canary "the home" "$jwt" "$home"
}

looked=0
use_softhsm soft
test_that "an API key stays hidden" an_api_key_stays_hidden
test_that "errors show no key" errors_show_no_key
test_that "passwords are kept nowhere" passwords_are_kept_nowhere
echo "0 hits in $looked places"
