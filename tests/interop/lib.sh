# SPDX-License-Identifier: Apache-2.0
# What the tests of other people's programs share: the module under test with a token "card" in a
# private folder, certificates for its keys, servers. On top of what the flow tests share.
# A test begins with: . "$(dirname "$0")/lib.sh" and is called with the build folder; "softhsm2"
# after it runs it on SoftHSM2, to see whose fault a failure is.
. "$(dirname "$0")/../flow/lib.sh"

under_test=${2:-keyfob}
user_pin=1234
so_secret=12345678
servers=
# A browser's children write for a moment after it has ended.
trap 'stop_servers; rm -rf "$work" 2>/dev/null || { sleep 2; rm -rf "$work"; }' EXIT
unset OPENSSL_CONF P11_KIT_DEBUG GNUTLS_PIN SSH_AUTH_SOCK

# needs PROGRAM...: a test without its program has failed.
needs() {
    for program in "$@"; do
        command -v "$program" >/dev/null || fail "\"$program\" is missing: tools/packages test"
    done
}

# foreign COMMAND...: a program that loads our module, also when that was built with sanitizers.
foreign() {
    env ${sanitizer:+LD_PRELOAD="$sanitizer"} "$@"
}

# begin COMMAND...: in the background until the test ends.
begin() {
    env ${sanitizer:+LD_PRELOAD="$sanitizer"} "$@" &
    servers="$servers $!"
}

# well COMMAND...: it has to succeed.
well() {
    exits 0 foreign "$@"
}

# badly COMMAND...: it has to fail, and not by a signal.
badly() {
    run foreign "$@"
    case $status in
    0 | 12[4-9] | 1[3-9]?) fail "\"$*\" ended with $status" ;;
    esac
}

# --- the module and its token ---

# use_module: sets $module; "$reserved" are its arguments for those who can pass them.
use_module() {
    case $under_test in
    keyfob)
        module=$build/lib/pkcs11/keyfob-pkcs11.so
        state=$XDG_DATA_HOME/keyfob # where everybody has it: no program needs to be told
        reserved="home='$state' scrypt='14' wait='no'"
        ;;
    softhsm2)
        module=$softhsm
        reserved=
        mkdir -p "$state/tokens"
        sed "s|@DIR@|$state|" "$root/softhsm-config/softhsm2.conf.in" >"$state/softhsm2.conf"
        export SOFTHSM2_CONF="$state/softhsm2.conf"
        ;;
    *) fail "no module \"$under_test\"" ;;
    esac
    [ -r "$module" ] || fail "there is no \"$module\""
    store_pins "$user_pin" "$so_secret"
}

# softhsm2_cannot: true when a test that ours has to pass is run on SoftHSM2, which would fail it.
softhsm2_cannot() {
    [ "$under_test" = softhsm2 ]
}

# make_token LABEL: in the module's first blank slot. By a program of our own, since no other can
# ask for the cheap key derivation that tests want.
make_token() {
    well "$build/tests/interop/make_token" "$module" "$reserved" "$1" "$user_pin" "$so_secret"
}

# use_card: the module with a token "card".
use_card() {
    use_module
    make_token card
}

# tool ARGUMENTS: pkcs11-tool as the token's owner.
tool() {
    well pkcs11-tool --module "$module" --token-label card --login --pin "$user_pin" "$@"
}

# --- the module registered with p11-kit ---

# register_module: for a user with a home of its own. p11-kit reads no user's configuration for root,
# so root becomes nobody, to whom $work then belongs.
register_module() {
    export RIG="$work"
    mkdir -p "$work/home/.config/pkcs11/modules"
    cp "$module" "$work/module.so"
    printf '%s\n' "module: $work/module.so" "${reserved:+x-init-reserved: $reserved}" \
        >"$work/home/.config/pkcs11/modules/tested.module"
}

# as_user COMMAND...: it has to succeed.
as_user() {
    well "$root/tests/module/as-user" "$@"
}

# --- keys and their certificates ---

# make_key ID LABEL TYPE [OPTIONS]: a key pair on the token, its public half in $work/LABEL.pub.
make_key() {
    id=$1 label=$2 type=$3
    shift 3
    tool --keypairgen --key-type "$type" --id "$id" --label "$label" "$@"
    case $type in
    RSA*) tool --read-object --type pubkey --id "$id" --output-file "$work/$label.der" ;;
    *) write_point "$id" "$type" >"$work/$label.der" ;;
    esac
    exits 0 openssl pkey -pubin -inform DER -in "$work/$label.der" -out "$work/$label.pub"
}

# write_point ID TYPE: pkcs11-tool 0.23 frees the curve's name before it writes such a public key, so
# that is put together from the point that it shows, behind what comes before it in a
# SubjectPublicKeyInfo (RFC 5480, RFC 8410).
write_point() {
    case $2 in
    *prime256v1) before=3059301306072a8648ce3d020106082a8648ce3d030107034200 tag=0441 ;;
    *secp384r1) before=3076301006072a8648ce3d020106052b81040022036200 tag=0461 ;;
    *secp521r1) before=30819b301006072a8648ce3d020106052b8104002303818600 tag=048185 ;;
    *) before=302a300506032b6570032100 tag=0420 ;; # Ed25519
    esac
    tool --list-objects --type pubkey --id "$1"
    point=$(sed -n "s/^ *EC_POINT: *$tag//p" "$work/out")
    [ -n "$point" ] || fail "no point"
    bytes "$before$point"
}

# make_lab: a root, and a server's certificate for localhost.
make_lab() {
    exits 0 openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=Lab -keyout "$work/root.key" -out "$work/root.pem"
    exits 0 openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out "$work/server.key"
    exits 0 openssl pkey -in "$work/server.key" -pubout -out "$work/server.pub"
    certify server /CN=localhost serverAuth "subjectAltName=DNS:localhost,IP:127.0.0.1"
}

# certify NAME SUBJECT USAGE [EXTENSION]: $work/NAME.pem for the public key $work/NAME.pub.
certify() {
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=digitalSignature${key_usage:-}" \
        "extendedKeyUsage=$3" "${4:-nsComment=none}" >"$work/$1.ext"
    exits 0 openssl x509 -new -force_pubkey "$work/$1.pub" -subj "$2" -days 2 \
        -CA "$work/root.pem" -CAkey "$work/root.key" -extfile "$work/$1.ext" -out "$work/$1.pem"
    exits 0 openssl x509 -in "$work/$1.pem" -outform DER -out "$work/$1.crt"
}

# make_identity ID LABEL TYPE: a key and its certificate on the token, to sign in and to sign mail.
make_identity() {
    make_key "$@"
    case $3 in
    RSA*) key_usage=,keyEncipherment ;;
    *) key_usage= ;;
    esac
    certify "$2" "/CN=$2" clientAuth,emailProtection
    tool --write-object "$work/$2.crt" --type cert --id "$1" --label "$2"
}

# bytes HEX
bytes() {
    python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$1"
}

# --- servers ---

stop_servers() {
    for server in $servers; do
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    done
    servers=
}

# free_port: one that nobody listens on now.
free_port() {
    python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# listens PORT: waits up to 10 s until somebody does.
listens() {
    python3 -c 'import socket, sys, time
for i in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.05)
sys.exit(1)' "$1"
}

# serve PORT COMMAND...: in the background until the test ends; it says things in $work/server.log.
serve() {
    listening=$1
    shift
    begin "$@" >"$work/server.log" 2>&1 </dev/null
    listens "$listening" || { cp "$work/server.log" "$work/err"; fail "\"$1\" does not listen"; }
}

# serve_tls PORT [OPTIONS]: a page for those who show a certificate of the lab.
serve_tls() {
    tls_port=$1
    shift
    serve "$tls_port" openssl s_server -accept "127.0.0.1:$tls_port" -cert "$work/server.pem" \
        -key "$work/server.key" -CAfile "$work/root.pem" -Verify 2 -verify_return_error "${@:--www}"
}

# signed_in NAME VERSION: the page in $work/out is for the one with that certificate.
signed_in() {
    shows "HTTP/1.0 200"
    shows "Protocol  : TLSv$2"
    shows "Subject: CN=$1"
}
