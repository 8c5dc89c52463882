#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# counts.sh BUILD_DIR: the token calls that a command of keyfob makes, to the last one. Counts need
# no quiet machine, and each call is a round trip to a card: a table that changes is a decision.
set -eu

build=$(cd "$1" && pwd)
helpers=$build/tests/bench
keyfob=$build/bin/keyfob
softhsm=${SOFTHSM_MODULE:-/usr/lib/softhsm/libsofthsm2.so}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077
unset KEYFOB_PIN_SOURCE
export HOME="$work" KEYFOB_HOME="$work/home" KEYFOB_NO_INPUT=1 LC_ALL=C.UTF-8
export SOFTHSM2_CONF="$work/conf" CALLCOUNT_MODULE="$softhsm" CALLCOUNT_LOG="$work/log"
status=0

# calls COMMAND TOTAL FUNCTION=COUNT...; SoftHSM2 always shows one slot more, with a blank token in
# it: the second C_GetTokenInfo. C_GetAttributeValue in an enrollment: the public key, the key's
# protection, and the certificate that was written.
table() {
    cat <<'END'
enroll 20 C_Initialize=1 C_GetSlotList=1 C_GetTokenInfo=2 C_GetMechanismInfo=1 C_OpenSession=1 C_Login=1 C_FindObjectsInit=1 C_FindObjects=1 C_FindObjectsFinal=1 C_GenerateKeyPair=1 C_GetAttributeValue=3 C_SetAttributeValue=2 C_SignInit=1 C_Sign=1 C_CreateObject=1 C_Finalize=1
enroll_keep 18 C_Initialize=1 C_GetSlotList=1 C_GetTokenInfo=2 C_GetMechanismInfo=1 C_OpenSession=1 C_Login=1 C_FindObjectsInit=1 C_FindObjects=1 C_FindObjectsFinal=1 C_GenerateKeyPair=1 C_GetAttributeValue=3 C_SignInit=1 C_Sign=1 C_CreateObject=1 C_Finalize=1
list_10 20 C_Initialize=1 C_GetSlotList=1 C_GetTokenInfo=2 C_OpenSession=1 C_Login=1 C_FindObjectsInit=1 C_FindObjects=1 C_FindObjectsFinal=1 C_GetAttributeValue=10 C_Finalize=1
list_100 110 C_Initialize=1 C_GetSlotList=1 C_GetTokenInfo=2 C_OpenSession=1 C_Login=1 C_FindObjectsInit=1 C_FindObjects=1 C_FindObjectsFinal=1 C_GetAttributeValue=100 C_Finalize=1
token_list 5 C_Initialize=1 C_GetSlotList=1 C_GetTokenInfo=2 C_Finalize=1
request_list 0
version 0
END
}

wrong() {
    echo "wrong: $*" >&2
    status=1
}

# on_token COMMAND...
on_token() {
    "$keyfob" --module "$build/lib/callcount.so" "$@" --pin-source "file:$work/pin" \
        >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
}

run_enroll() { on_token enroll --token bench --connection lab --subject CN=bench --key p256 "$@"; }
run_enroll_keep() { run_enroll --id-style keep; }
run_list_10() { on_token container list --token bench --login; }
run_list_100() { run_list_10; }
run_token_list() { on_token token list; }
run_request_list() { on_token request list; }
run_version() { "$keyfob" --version >"$work/out"; }

# make_token OBJECTS
make_token() {
    rm -rf "$work/tokens"
    mkdir "$work/tokens"
    printf '%s\n' "directories.tokendir = $work/tokens" "log.level = ERROR" >"$SOFTHSM2_CONF"
    softhsm2-util --init-token --free --label bench --pin 1234 --so-pin 12345678 >"$work/out"
    [ "$1" -eq 0 ] ||
        "$helpers/fill" "$softhsm" 1234 "$work/ca.pem" "$work/ca.key" "$1"
}

# counted: the log as "TOTAL FUNCTION=COUNT..." in the order of the first calls
counted() {
    awk '{ total++; if (!seen[$1]++) order[++n] = $1 }
        END { printf "%d", total; for (i = 1; i <= n; i++) printf " %s=%d", order[i], seen[order[i]] }
    ' "$work/log"
}

# loads_nothing NAME COMMAND LIBRARY...: what the loader never opens for this command
loads_nothing() {
    name=$1 command=$2
    shift 2
    LD_DEBUG=files LD_DEBUG_OUTPUT="$work/loader" "run_$command"
    cat "$work"/loader.* >"$work/loaded"
    rm -f "$work"/loader.*
    grep -q 'libc\.so' "$work/loaded" || wrong "$name: the loader said nothing"
    for library in "$@"; do
        ! grep -q "file=[^ ]*$library" "$work/loaded" || wrong "$name loads $library"
    done
}

echo 1234 >"$work/pin"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=lab \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>"$work/out"
"$keyfob" ca init lab >"$work/out" 2>&1

table >"$work/table"
while read -r command wanted; do
    case $command in list_*) make_token "${command#list_}" ;; *) make_token 0 ;; esac
    : >"$work/log"
    "run_$command"
    got=$(counted)
    [ "$got" = "$wanted" ] || wrong "$command: the table says
  $wanted
and it was
  $got"
done <"$work/table"

loads_nothing "--version" version libcrypto keyfob-cli libkeyfob libsqlite3 callcount softhsm
loads_nothing "request list" request_list callcount softhsm
exit $status
