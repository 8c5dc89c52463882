#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's first command, with the build that is tested: it proves its certificate, and runs again.
. "$(dirname "$0")/lib.sh"

quickstart() {
    KEYFOB_BUILD=$build "$root/tools/quickstart" "$work/quick" >"$work/out" 2>"$work/err" || fail "tools/quickstart ended with $?"
    grep -q 'the server says: New, TLSv1.3' "$work/out" || fail "no handshake"
    grep -q 'the server says: Subject: .*Quick Start' "$work/out" || fail "the server saw another certificate"
    grep -q '^== It works' "$work/out" || fail "it did not say that it works"
}

it_proves_a_certificate() {
    quickstart
}

it_runs_again() {
    quickstart
    grep -q 'is there from an earlier run' "$work/out" || fail "it began anew"
    same "personal certificates" 3 "$(KEYFOB_HOME=$work/quick/home "$keyfob" cert list --json | jq '.items | length')"
}

it_touches_nothing_else() {
    same "files in the user's folder" "" "$(find "$HOME" -type f)"
    find "$work/quick" -perm /077 -type f >"$work/open"
    [ ! -s "$work/open" ] || fail "others can read: $(cat "$work/open")"
}

test_that "the quickstart proves a certificate" it_proves_a_certificate
test_that "the quickstart runs again" it_runs_again
test_that "the quickstart touches nothing outside of its folder" it_touches_nothing_else
