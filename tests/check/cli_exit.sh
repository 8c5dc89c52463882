#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The exit status says how it ended, and with --json the error document says the same. Usage: cli_exit.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"
make_token Anna
run() { "$keyfob" --module "$module" --token Anna --pin-source "file:$work/pin" "$@"; }
# ends CODE WORD COMMAND...: exit status and error code, as text and as JSON
ends() {
    code=$1 word=$2
    shift 2
    exits "$code" "$@" --json
    says err "^keyfob: error: .+  \[$word\]$"
    says err '^keyfob: hint: .'
    jq -e --arg word "$word" --argjson code "$code" \
        '.schema == "keyfob.error/1" and .code == $word and .exit == $code and (.message | length > 0) and .next[0].text' \
        "$work/out" >/dev/null || wrong "the document of $word: $(cat "$work/out")"
}
ends 2 not_found run enroll --subject CN=x
exits 0 run ca init lab
ends 2 exists run ca init lab
exits 0 run ca init slow --approval
ends 2 usage run enroll --subject CN=x --no-input
ends 2 usage run enroll --connection lab --no-input
ends 2 usage run enroll --connection lab --subject CN=x --csr "$work/pin"
ends 5 token_absent run --token Berta container list Berta
ends 5 token_absent "$keyfob" --module "$module" --token Berta container list
ends 2 not_found run container show none
ends 2 not_found run request show r-99
ends 10 needs_person run container delete none --no-input
exits 0 run container create kept
ends 10 needs_person run container delete kept --no-input
exits 0 run container check kept
ends 2 exists run container create kept
exits 0 run container delete kept --yes

# pending is no error: the request is the document
exits 3 run enroll --connection slow --subject CN=Anna --json
jq -e '.schema == "keyfob.request/1" and .state == "waiting" and .id == "r-1"' "$work/out" >/dev/null || wrong "pending: $(cat "$work/out")"
grep -q 'keyfob: error' "$work/err" && wrong "pending is told as an error"
exits 3 run wait r-1 --wait 1s
exits 0 run ca approve 1 --ca slow
exits 0 run resume
exits 3 run enroll --connection slow --subject CN=Bert
exits 0 run ca reject 2 --ca slow --reason 'no such person'
ends 4 request_rejected run request check r-2
jq -e '.request == "r-2"' "$work/out" >/dev/null || wrong "the error does not name its request"
says err 'no such person'

# Ctrl-C while waiting: the request is kept
exits 3 run enroll --connection slow --subject CN=Carl
exits 130 timeout --foreground --preserve-status -s INT 2 "$keyfob" --module "$module" wait r-3
says err 'interrupted; request r-3 is kept  \[interrupted\]'
exits 0 run request show r-3

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/root.pem" -subj "/CN=Other" 2>/dev/null
exits 9 run cert verify "$work/root.pem" --json
says err '\[untrusted\]'
jq -e '.schema == "keyfob.chain/1" and .trusted == false' "$work/out" >/dev/null || wrong "no report of the chain"
ends 10 needs_person run store add "$work/root.pem" --no-input
exits 0 run store add "$work/root.pem" --fingerprint "$(openssl x509 -in "$work/root.pem" -noout -fingerprint -sha256 | cut -d= -f2)"
exits 0 run cert verify "$work/root.pem"

# CA services: nobody is there to sign in, to name what is wanted, or to say yes
exits 0 run connection add dc digicert url=https://127.0.0.1:1/v2 --no-input
ends 10 needs_person run connection login dc --no-input
exits 10 run connection check dc --json
jq -e '.schema == "keyfob.connection/1" and .standing == "signed_out"' "$work/out" >/dev/null || wrong "check: $(cat "$work/out")"
says err '\[ca_login\]'
ends 2 unsupported run connection login lab --no-input
ends 2 unsupported run connection register lab --no-input
ends 2 usage run connection act dc nonsense --no-input
ends 2 usage run connection add pi privacyidea --no-input
ends 2 usage run connection add pi privacyidea url=https://127.0.0.1:1 --secret-source parrot=prompt --no-input
ends 2 pin_source run connection add pi privacyidea url=https://127.0.0.1:1 --secret-source password=hunter2 --no-input
ends 2 not_found run connection show pi
ends 2 usage run renew --no-input
ends 2 not_found run renew c-99 --no-input
ends 2 usage run revoke c-2 --no-input
ends 2 usage run revoke c-2 --reason nonsense --yes
ends 10 needs_person run revoke c-2 --reason superseded --no-input
ends 2 not_found run batch show b-9
ends 2 not_found run batch run "$work/nothing.csv"

# last: what uses up tries
(umask 077 && echo 135790 >"$work/bad")
ends 6 pin_wrong "$keyfob" --module "$module" --token Anna --pin-source "file:$work/bad" container create other
ends 10 pin_low run container create other
exit $status
