#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the linker's version script: what the public headers declare is the ABI; what src/base declares is for
# keyfob's own tools, and ours to change. Everything else stays inside. Usage: make-map.sh ROOT
set -eu
cd "$1"

functions() { # names of the functions that these headers declare
    cat "$@" | grep -v '^#define' | grep -oE '\bkf_[a-z0-9_]+\(' | tr -d '(' | sort -u | sed 's/.*/    &;/'
}
echo "KEYFOB_0 {"
echo "  global:"
functions include/keyfob/*.h
echo "  local: *;"
echo "};"
echo "KEYFOB_PRIVATE {"
echo "  global:"
functions src/base/*.h
echo "} KEYFOB_0;"
