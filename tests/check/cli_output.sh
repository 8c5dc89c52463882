#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Results: JSON documents, TSV when piped, tables that fit the terminal, colours and symbols as the environment allows.
# Usage: cli_output.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"
make_token Anna
run() { "$keyfob" --module "$module" --token Anna --pin-source "file:$work/pin" "$@"; }
# on_terminal COLUMNS COMMAND...: through a terminal of that width; the output without carriage returns in $work/tty
on_terminal() {
    columns=$1
    shift
    script -qec "stty cols $columns; $*" /dev/null </dev/null 2>&1 | tr -d '\r' >"$work/tty"
}
exits 0 run ca init lab
exits 0 run enroll --subject 'CN=王小明 with a name that is rather long for a table,O=Example' --container '鑰匙' --email a@example.org
says out '^Serial	[0-9a-f]+$'
says out '^Key at	pkcs11:'
says err 'See it: +keyfob request show r-1'

# every list is one document, and every single thing its own
for list in "token list" "container list" "connection list" "request list" "request history r-1" "cert list" \
    "store list" "ca list" "profile list" "module list" "cert needs-renewal" "connection roots lab" "connection records lab" "connection act lab" "batch list"; do
    # shellcheck disable=SC2086
    exits 0 run $list --json
    jq -e '.schema == "keyfob.list/1" and (.items | type == "array")' "$work/out" >/dev/null || wrong "$list is no list"
    [ "$(wc -l <"$work/out")" -eq 1 ] || wrong "$list --json is more than one line when piped"
done
for one in "token show=token" "container show 鑰匙=container" "connection show lab=connection" "request show r-1=request" \
    "cert show c-2=certificate" "profile show tls-client=profile" "csr show r-1=csr" "status=status" "pin status=pin" \
    "cert verify c-2=chain" "container check 鑰匙=container-check" "token test=token-test" "csr lint r-1=lint" \
    "enroll --dry-run --subject CN=x=plan" "connection check lab=connection" "csr explain r-1 --connection lab=lint" \
    "renew c-2 --dry-run=renewal-plan" "renew --within 1d=renewals"; do
    # shellcheck disable=SC2086
    exits 0 run ${one%=*} --json
    jq -e --arg schema "keyfob.${one##*=}/1" '.schema == $schema' "$work/out" >/dev/null || wrong "${one%=*}: $(cut -c1-99 "$work/out")"
done
before=$(run container list 2>/dev/null | wc -l)
exits 0 run enroll --dry-run --subject CN=dry
[ "$(run container list 2>/dev/null | wc -l)" -eq "$before" ] || wrong "a dry run makes a key"
exits 0 run request list
[ "$(wc -l <"$work/out")" -eq 1 ] || wrong "a dry run makes a request"

# piped: TSV without a header, no colour, full values, no count
exits 0 run cert list
says out '^c-[0-9]+	valid	.*	[0-9]{4}-[0-9]{2}-[0-9]{2}T'
[ -s "$work/err" ] && wrong "a piped list talks: $(cat "$work/err")"
grep -q "$(printf '\033')" "$work/out" && wrong "colours in a pipe"
exits 0 run cert list --color always
exits 0 run container show 鑰匙 --color never

# on a terminal: a header, a count, nothing wider than the terminal
export TERM=xterm
for columns in 50 80; do
    on_terminal $columns "$keyfob" --module "$module" cert list
    grep -q 'SUBJECT' "$work/tty" || wrong "no header"
    tail -1 "$work/tty" | grep -q '^1 certificate$' || wrong "no count: $(tail -1 "$work/tty")"
    sed "s/$(printf '\033')\[[0-9]*m//g" "$work/tty" | python3 -c '
import sys, unicodedata
for line in sys.stdin.read().splitlines():
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    if width > int(sys.argv[1]): print(width, line)' $columns >"$work/wide"
    [ -s "$work/wide" ] && wrong "wider than $columns columns: $(cat "$work/wide")"
done
grep -q "$(printf '\033')\[2m" "$work/tty" || wrong "the header is not dim"
NO_COLOR=1 on_terminal 80 "$keyfob" --module "$module" cert list
grep -q "$(printf '\033')" "$work/tty" && wrong "NO_COLOR is not heard"
CLICOLOR_FORCE=1 "$keyfob" --module "$module" container show 鑰匙 | grep -q "$(printf '\033')" || wrong "CLICOLOR_FORCE is not heard"
on_terminal 80 "$keyfob" --module "$module" request list
grep -q '✔ installed' "$work/tty" || wrong "no mark: $(cat "$work/tty")"
LC_ALL=C on_terminal 80 "$keyfob" --module "$module" request list
grep -q '\[ok\] installed' "$work/tty" || wrong "no ASCII mark without UTF-8: $(cat "$work/tty")"
export TERM=dumb

# files
exits 0 run cert export c-2 --out "$work/c.pem"
openssl x509 -in "$work/c.pem" -noout || wrong "no PEM"
exits 2 run cert export c-2 --out "$work/c.pem" && says err 'already a file'
exits 0 run cert export c-2 --out "$work/c.pem" --yes --format der
openssl x509 -inform DER -in "$work/c.pem" -noout || wrong "no DER"
exits 0 run cert export c-2 --format p7b-pem --chain
openssl pkcs7 -in "$work/out" -noout || wrong "no PKCS#7"
exits 0 run csr export r-1 --format new && says out 'BEGIN NEW CERTIFICATE REQUEST'
exits 0 run csr export r-1 --format der --out "$work/r.der"
openssl req -inform DER -in "$work/r.der" -noout -verify 2>/dev/null || wrong "no DER request"
on_terminal 80 "$keyfob" cert export c-2 --format der
grep -q 'not sent to a terminal' "$work/tty" || wrong "DER goes to a terminal"
exits 0 run ca crl
openssl crl -in "$work/out" -noout || wrong "no CRL"
exits 0 run -q enroll --subject CN=quiet
[ -s "$work/err" ] && grep -v 'See it' "$work/err" && wrong "-q talks"
exit $status
