#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# keyfob-pkcs11.so is a polite guest: it exports C_* only, runs nothing when it is loaded, brings no libraries that the
# host may not want, and prints nothing. Usage: module_exports.sh BUILD_DIR
set -u
build=${1:?build directory}
cd "$(dirname "$0")/../.." || exit 2
module=$build/lib/pkcs11/keyfob-pkcs11.so
status=0

# complain MESSAGE, with what was found on standard input
complain() {
    found=$(cat)
    [ -z "$found" ] && return
    printf '%s:\n%s\n' "$1" "$found" >&2
    status=1
}

[ -s "$module" ] || { echo "there is no $module" >&2; exit 1; }
sanitized=$(nm -D "$module" | grep -c '__asan_\|__ubsan_')

nm -D --defined-only "$module" | awk '{print $3}' | sed 's/@.*//' | grep -v '^C_' | complain "exported, but no C_*"
# PKCS#11 2.40 has 68 functions, 3.0 adds C_GetInterfaceList and C_GetInterface.
exported=$(nm -D --defined-only "$module" | grep -c ' T C_')
[ "$exported" = 70 ] || echo "$exported functions" | complain "there should be 70 functions"

if [ "$sanitized" = 0 ]; then
    readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' |
        grep -vE '^(libcrypto\.so\.[0-9]+|libsqlite3\.so\.0|libc\.so\.6|ld-linux.*|libpthread\.so\.0)$' |
        complain "libraries that a host would not expect"
    # One entry each, of the compiler's own start and end files.
    for section in INIT_ARRAYSZ FINI_ARRAYSZ; do
        readelf -d "$module" | grep "($section)" | grep -v ' 8 (bytes)' | complain "constructors or destructors"
    done
fi
readelf -d "$module" | grep -E 'TEXTREL|RPATH|RUNPATH' | complain "in the dynamic section"
readelf -lW "$module" | grep 'GNU_STACK.*E' | grep -v 'RW ' | complain "the stack could be executed"

git ls-files 'pkcs11/*.c' | xargs grep -nE '\b(printf|puts|perror|putchar|syslog) *\(|fprintf *\(|\b(stdout|stderr)\b' |
    complain "a module prints nothing"
git ls-files 'pkcs11/*.c' 'pkcs11/*.h' | xargs grep -nE '\b(signal|sigaction|atexit|pthread_atfork|setenv|umask|setrlimit|exit) *\(|__attribute__\(\((con|de)structor' |
    complain "a guest leaves its host as it is"
exit $status
