# SPDX-License-Identifier: Apache-2.0
# What the checks of the command share: the program, a private home, a SoftHSM2 token, and saying what is wrong.
# Sourced as: . cli_lib.sh BUILD_DIR
set -u
build=${1:?build directory}
root=$(cd "$(dirname "$0")/../.." && pwd)
keyfob=$build/bin/keyfob
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset KEYFOB_PIN_SOURCE KEYFOB_NO_INPUT NO_COLOR CLICOLOR_FORCE
export KEYFOB_HOME="$work/home" LC_ALL=C.UTF-8 TERM=dumb KEYFOB_KEYRING=files
status=0

wrong() {
    echo "wrong: $*" >&2
    status=1
}
# exits CODE COMMAND...: the command ends with this exit status; its output is in $work/out and $work/err
exits() {
    wanted=$1
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ "$got" -eq "$wanted" ] || { wrong "exit $got, not $wanted: $*"; cat "$work/err" >&2; }
}
says() { # says FILE PATTERN: the last output holds it
    grep -qE -- "$2" "$work/$1" || { wrong "no \"$2\" in $1:"; cat "$work/$1" >&2; }
}
make_token() { # make_token LABEL: PIN 246810, SO PIN 12345678
    "$root/softhsm-config/make-token" "$work/softhsm" "$1" 246810 12345678 >/dev/null || exit 1
    export SOFTHSM2_CONF="$work/softhsm/softhsm2.conf"
    module=$(find /usr/lib /usr/local/lib -name libsofthsm2.so 2>/dev/null | head -1)
    (umask 077 && echo 246810 >"$work/pin")
}
# every command as "noun verb" or "noun", from the overview
commands() {
    "$keyfob" help | awk '/^Options of every/ {exit} /^  [a-z]/ && !/^ {10}/ {
        print $2 ~ /^[a-z][a-z-]*$/ && $1 !~ /^(enroll|status|wait|resume|renew|revoke|agent|serve|open|help|completion)$/ ? $1 " " $2 : $1}'
}
