#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Wrong usage ends with exit 2, a sentence, and the nearest word; options may stand anywhere; output errors are failures.
# Usage: cli_usage.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

exits 2 "$keyfob"
exits 2 "$keyfob" token
exits 2 "$keyfob" tokn list && says err 'Did you mean `keyfob token`'
exits 2 "$keyfob" token lst && says err 'Did you mean `keyfob token list`'
exits 2 "$keyfob" enroll --subjct CN=x && says err 'Did you mean --subject'
exits 2 "$keyfob" -x token list && says err 'there is no option "-x"'
exits 2 "$keyfob" token list --subject x && says err 'does not belong to "token list"'
exits 2 "$keyfob" token list too many && says err 'one argument too many'
exits 2 "$keyfob" container show && says err 'something is missing: CONTAINER'
exits 2 "$keyfob" --color=blue token list && says err 'auto\|always\|never'
exits 2 "$keyfob" token list --home && says err 'needs a value'
exits 2 "$keyfob" token list --json=1 && says err 'takes no value'
exits 2 "$keyfob" container list --medium usb && says err 'token\|registry\|disk'
exits 2 "$keyfob" module browsers --profile "$work/none"
exits 2 "$keyfob" help nonsense
exits 2 "$keyfob" completion csh
says err '\[usage\]'

# JSON errors on standard output as well, wherever --json stands
exits 2 "$keyfob" --nonsense token list --json
jq -e '.schema == "keyfob.error/1" and .code == "usage" and .exit == 2 and (.next[0].text | length > 0) and (.key | length > 0)' \
    "$work/out" >/dev/null || wrong "the JSON error is not right: $(cat "$work/out")"
exits 2 "$keyfob" container create x --json --pin-source 246810
jq -e '.code == "pin_source"' "$work/out" >/dev/null || wrong "the PIN source error is not JSON"
grep -q 246810 "$work/out" "$work/err" && wrong "what was typed as a PIN source is shown again"

# the same, with options before, between, after, and with = or a blank
for line in "--home $work/h1 profile list" "profile --home=$work/h1 list" "profile list --home $work/h1" \
    "profile list --home=$work/h1 --" "-q profile list --color never"; do
    # shellcheck disable=SC2086
    exits 0 "$keyfob" $line
    says out '^tls-client	'
done
exits 2 "$keyfob" profile show -- --home && says err '.'
exits 0 "$keyfob" --version
says out '^keyfob [0-9]+\.[0-9]+\.[0-9]+$'

# a result that does not arrive is a failure
for command in --version help "completion bash" "profile list" "profile list --json"; do
    # shellcheck disable=SC2086
    "$keyfob" $command >/dev/full 2>"$work/err"
    [ $? -eq 1 ] || wrong "a full disk goes unnoticed by $command"
    says err 'writing the output'
done
{ "$keyfob" profile list 2>"$work/err"; echo $? >"$work/code"; } | true
sleep 0.2
exits 0 "$keyfob" connection list
says err 'No connections'
exit $status
