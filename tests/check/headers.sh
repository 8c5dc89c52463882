#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone; public ones also as C++-free C11 without our private include path. Usage: headers.sh [BUILD_DIR]
set -u
cd "$(dirname "$0")/../.." || exit 2
status=0
flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags p11-kit-1 libcrypto jansson)"

compiles() { # compiles HEADER INCLUDE_FLAG...
    header=$1
    shift
    # shellcheck disable=SC2086
    printf '#include "%s"\n' "$header" | ${CC:-cc} $flags "$@" -x c - || { echo "$header does not compile alone" >&2; status=1; }
}
for header in include/keyfob/*.h; do
    compiles "keyfob/${header##*/}" -Iinclude
done
for header in src/*/*.h; do
    compiles "${header#src/}" -Iinclude -Isrc
done
for header in include/keyfob/*.h; do
    [ "$header" = include/keyfob/keyfob.h ] && continue
    grep -q "<keyfob/${header##*/}>" include/keyfob/keyfob.h || { echo "keyfob.h does not include ${header##*/}" >&2; status=1; }
done
exit $status
