#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The completion scripts are right for their shells, and the words come from the tables and from what is there.
# Usage: cli_completion.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

for shell in bash zsh fish; do
    "$keyfob" completion $shell >"$work/keyfob.$shell" || wrong "completion $shell fails"
    command -v $shell >/dev/null || { wrong "$shell is not installed"; continue; }
    $shell -n "$work/keyfob.$shell" || wrong "$shell does not read its script"
done

# offers WORD... -- EXPECTED...: completing the last word gives all of these
offers() {
    "$keyfob" __complete "$@" 2>"$work/err" | cut -f1 >"$work/words"
    [ -s "$work/err" ] && { wrong "completion talks: $*"; cat "$work/err" >&2; }
}
has() {
    for word; do
        grep -qxF -- "$word" "$work/words" || wrong "completion does not offer \"$word\""
    done
}
offers '' && has enroll token pin container csr cert connection request profile store ca module help
offers to && has token
grep -qx enroll "$work/words" && wrong "completion offers what does not begin with the word"
offers token '' && has list show init test
offers cert export --f && has --format
offers token list --color '' && has auto always never
offers token list --color = a && has auto always
offers enroll --key '' && has p256 rsa3072 ed25519
offers help p && has pin profile
offers csr show '' && has :files
offers --home '' && has :dirs
offers container '' && has copy move rename import export
offers module '' && has list register browsers
offers enroll --medium '' && has token registry disk
offers module browsers --profile '' && has :dirs

make_token Anna
exits 0 "$keyfob" ca init lab
exits 0 "$keyfob" --module "$module" enroll -q --no-input --token Anna --subject CN=Anna --container vpn --pin-source "file:$work/pin"
offers --module "$module" token show '' && has Anna
offers --module "$module" --token Anna container show '' && has vpn
offers enroll --connection l && has lab
offers request show '' && has r-1
offers enroll --profile tls && has tls-client
offers ca list '' && has lab
offers connection add x '' && has local manual privacyidea digicert cryptopro
offers connection add x privacyidea '' && has url= realm= ca-file=
offers connection add x privacyidea url=https://pi.example.org re && has realm=
exits 0 "$keyfob" connection add dc digicert --no-input
offers connection edit dc '' && has product= api-key
offers connection records dc '' && has organizations domains
offers connection act dc '' && has domain-check
offers connection act dc domain-validate '' && has domain= method=
offers connection login d && has dc
offers revoke '' && has c-1 r-1
offers help con && has container connection connections

# bash itself, through its programmable completion
bash -c '. "$1"; keyfob() { :; }; COMP_WORDS=("$2" pro); COMP_CWORD=1; _keyfob; printf "%s\n" "${COMPREPLY[@]}"' \
    bash "$work/keyfob.bash" "$keyfob" >"$work/words"
has profile
exit $status
