#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails when a room knows one that it may not (docs/ARCHITECTURE.md). Usage: layers.sh [BUILD_DIR]
set -u
cd "$(dirname "$0")/../.." || exit 2
status=0

# complain MESSAGE, with what was found on standard input
complain() {
    found=$(cat)
    [ -z "$found" ] && return
    printf '%s:\n%s\n' "$1" "$found" >&2
    status=1
}

# may_include FOLDER ROOM...: quoted includes of FOLDER go to these rooms only
may_include() {
    folder=$1
    shift
    allowed=$(printf '|%s' "$@" | cut -c2-)
    grep -rnE '^#include "[a-z0-9]+/' "$folder" --include='*.[ch]' | grep -vE "#include \"($allowed)/" |
        complain "$folder may include only $*"
}

may_include src/base base
may_include src/x509 x509 base
may_include src/token token x509 base
may_include src/ca ca x509 base
may_include src/store store x509 base
may_include src/enroll enroll token ca store x509 base
may_include tools/common common base
may_include tools/cli base cli common
may_include tools/web base web common
grep -rnE '#include "web/(front|calls)/' tools/web/worker | complain "the worker knows nothing of HTTP"
grep -rnE '#include "web/worker/|<keyfob/(token|container|medium|connection|request|store)' tools/web/front tools/web/calls |
    complain "the front knows no tokens and no CAs: workers do"
may_include pkcs11/media media base
may_include pkcs11/keys keys base
may_include pkcs11/kfc kfc keys media base
may_include pkcs11/module module kfc keys media x509 base
grep -rnE '^#include "' include --include='*.h' | complain "public headers include only <keyfob/...>"

# without FOLDER...: every C file of ours outside of these folders
without() {
    git ls-files 'src/*.[ch]' 'tools/*.[ch]' 'pkcs11/*.[ch]' | grep -vE "^($(printf '|%s' "$@" | cut -c2-))/"
}
# A call is a name with its arguments; comments may speak of it.
calls() {
    xargs -r grep -nE "$1" 2>/dev/null | grep -vE '^[^:]+:[0-9]+: *(//|/?\*)|/\*[^"]*('"$1"')'
}

without src/token pkcs11 | calls '(->|\b)C_[A-Z][A-Za-z]+ *\(' | complain "only src/token and pkcs11 call C_*"
without src/token pkcs11 | calls 'p11-kit/|p11_kit_' | complain "only src/token knows p11-kit"
without src/x509 pkcs11 | calls '\bX509_[A-Za-z0-9]+ *\(|<openssl/x509' | complain "only src/x509 says X509_"
without src/base | calls '\bsqlite3_|<sqlite3' | complain "only src/base knows SQLite"
without src/ca/http | calls '\bcurl_|<curl/' | complain "only src/ca/http knows libcurl"
without tools/web/front | calls '\bMHD_|<microhttpd' | complain "only tools/web/front knows libmicrohttpd"
git ls-files 'src/*.[ch]' 'tools/*.[ch]' | grep -vE '^src/ca/labca_key\.c$' |
    calls 'PEM_read[a-z_]*PrivateKey|d2i_(Auto)?PrivateKey|d2i_PKCS8|PKCS12_parse|OSSL_DECODER' |
    complain "no private-key reader outside pkcs11 and the lab CA's own key file"
git ls-files 'src/*.c' | xargs grep -nE '\b(printf|puts|perror) *\(|fprintf *\(std' | complain "libraries return, tools print"
git ls-files '*.c' '*.h' '*.def' | while read -r file; do
    head -2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
done | complain "files without an SPDX line"
exit $status
