#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libkeyfob.so exports what its headers declare and nothing else, every function of a public header is there, and what only
# some commands need is not linked.
# Usage: exports.sh BUILD_DIR
set -u
build=${1:?build directory}
cd "$(dirname "$0")/../.." || exit 2
status=0
library=$build/lib/libkeyfob.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

declared() { # names of functions that the given headers declare
    cat "$@" | tr '\n' ' ' | grep -oE '\bkf_[a-z0-9_]+\(' | tr -d '(' | sort -u
}
nm -D --defined-only "$library" | awk '{sub(/@.*/, "", $3); print $3}' | grep -v '^KEYFOB_' | sort -u >"$work/exported"
declared include/keyfob/*.h src/base/*.h | comm -13 - "$work/exported" >"$work/extra"
[ -s "$work/extra" ] && { echo "exported but declared neither in a public header nor in src/base:" >&2; cat "$work/extra" >&2; status=1; }
declared include/keyfob/*.h >"$work/public"
# inline helpers, macros and types that look like calls
grep -hoE '(static inline [a-z ]*|define |typedef [a-z_ ]*\(\*)kf_[a-z0-9_]+' include/keyfob/*.h | grep -oE 'kf_[a-z0-9_]+' | sort -u >"$work/inline"
sort -u "$work/public" | comm -23 - "$work/inline" | comm -23 - "$work/exported" >"$work/missing"
[ -s "$work/missing" ] && { echo "declared in a public header but not exported:" >&2; cat "$work/missing" >&2; status=1; }
readelf -d "$library" | grep -E 'NEEDED.*lib(curl|ssl|microhttpd|secret)' && { echo "linked, but to be loaded when needed" >&2; status=1; }
exit $status
