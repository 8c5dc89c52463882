#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# p11-kit: a registered module is everybody's, through p11-kit-proxy and through a server.
# timeout: 180
. "$(dirname "$0")/lib.sh"
needs p11-kit p11tool pkcs11-tool openssl

client=/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so

# signs MODULE: through it, as nobody in particular.
signs() {
    as_user pkcs11-tool --module "$1" --token-label card --login --pin "$user_pin" --sign --id 01 \
        --mechanism ECDSA --signature-format openssl --input-file "$work/digest" \
        --output-file "$work/signature"
    exits 0 openssl dgst -sha256 -verify "$work/ec.pub" -signature "$work/signature" "$work/message"
    shows "Verified OK"
}

module_is_listed() {
    as_user p11-kit list-modules
    shows "tested: $work/module.so"
    shows "token: card"
}

p11tool_finds_the_module() {
    as_user p11tool --list-token-urls
    shows "token=card"
    as_user env GNUTLS_PIN="$user_pin" p11tool --batch --login --test-sign \
        "pkcs11:token=card;object=ec;type=private"
}

proxy_signs() {
    signs p11-kit-proxy.so
}

# -f, or it would outlive the test.
server_signs() {
    as_user true
    export P11_KIT_SERVER_ADDRESS="unix:path=$work/server"
    begin "$root/tests/module/as-user" p11-kit server -f -n "$work/server" \
        --provider "$work/module.so" "pkcs11:token=card" >"$work/server.log" 2>&1
    for _ in $(seq 100); do [ -S "$work/server" ] || sleep 0.1; done
    signs "$client"
}

use_card
make_key 01 ec EC:prime256v1 --usage-sign
echo "what is signed" >"$work/message"
openssl dgst -sha256 -binary -out "$work/digest" "$work/message"
register_module
test_that "p11-kit lists the registered module" module_is_listed
test_that "p11tool finds the registered module" p11tool_finds_the_module
test_that "p11-kit-proxy signs" proxy_signs
test_that "p11-kit server signs" server_signs
