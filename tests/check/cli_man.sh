#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual page is right for man and groff, and holds every command.
# Usage: cli_man.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

page=$build/man/keyfob.1
"$keyfob" __man | cmp -s - "$page" || wrong "the page is not what the program writes"
cmp -s "$page" "$root/docs/keyfob.1" || wrong "docs/keyfob.1 is old; renew it: cp $page $root/docs/keyfob.1"
groff -man -Tutf8 -ww -z "$page" >"$work/groff" 2>&1
[ -s "$work/groff" ] && wrong "groff: $(cat "$work/groff")"
MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>"$work/man" >/dev/null
[ -s "$work/man" ] && wrong "man: $(cat "$work/man")"

groff -man -Tascii -P-c -P-b -P-u "$page" >"$work/text" 2>/dev/null
for section in NAME SYNOPSIS EXAMPLES COMMANDS OPTIONS 'EXIT STATUS' ENVIRONMENT 'PIN SOURCES' 'CONTAINERS AND MEDIA' 'CONNECTIONS TO CA SERVICES' 'SECRETS FOR CA SERVICES' 'THE AGENT' BATCHES KEYFOB.CONF ERRORS; do
    grep -qx "$section" "$work/text" || wrong "no section $section"
done
commands | while read -r command; do
    grep -qE "^       $command( |\$)" "$work/text" || echo "$command"
done >"$work/missing"
[ -s "$work/missing" ] && wrong "not in the page: $(cat "$work/missing")"
exit $status
