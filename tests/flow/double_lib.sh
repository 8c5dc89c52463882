# SPDX-License-Identifier: Apache-2.0
# A CA service's double over TLS, for stories: started beside the script, ended with it.
# Sourced after lib.sh.
export KEYFOB_KEYRING=files

# start_double SERVICE [KNOB=VALUE...]: sets $url, $tls_root, $ca_root.
start_double() {
    service=$1
    shift
    rm -f "$work/double.in" "$work/double.out"
    mkfifo "$work/double.in"
    "$build/bin/ca-double" "$service" --tls ok "$@" <"$work/double.in" >"$work/double.out" 2>"$work/double.err" 9>&- &
    exec 9>"$work/double.in"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -qs '^url=' "$work/double.out" && break
        sleep 0.1
    done
    read -r url tls_root ca_root <"$work/double.out" || fail "the double did not start: $(cat "$work/double.err")"
    url=${url#url=} tls_root=${tls_root#tls-root=} ca_root=${ca_root#ca-root=}
}

# double METHOD PATH [BODY]: its control, outside of the service.
double() {
    curl -sS --fail --cacert "$tls_root" -X "$1" ${3:+--data-binary "$3"} "$url/_double/$2" ||
        fail "the double's control: $*"
}

# knob NAME VALUE
knob() {
    double POST knobs "$(jq -cn --arg name "$1" --arg value "$2" '{($name): $value}')" >"$work/double.answer"
}

# counted NAME: a counter of the double.
counted() {
    double GET counters | jq -r --arg name "$1" '.[$name] // 0'
}

# arrived REQUEST HEADER: of the last request that matched, its header, "body" or "path".
arrived() {
    curl -sS --fail --cacert "$tls_root" -G --data-urlencode "request=$1" --data-urlencode "header=$2" \
        "$url/_double/seen"
}

fingerprint() {
    openssl x509 -in "$1" -noout -fingerprint -sha256 | cut -d= -f2
}

# trust NAME: the connection accepts the double's CA, and its issuing one.
trust() {
    double GET chain >"$work/chain.pem"
    exits 0 kf connection roots "$1" --file "$work/chain.pem" --accept "$(fingerprint "$ca_root")"
    exits 0 kf connection roots "$1" --file "$work/chain.pem" --accept "$(fingerprint "$work/chain.pem")"
}

# secret NAME TEXT: a file for --secret-source.
secret() {
    printf '%s\n' "$2" >"$work/secret.$1"
}

# own_profile NAME USAGES: a profile of this home's person.
own_profile() {
    mkdir -p "$home/profiles"
    printf '[profile]\ntitle = %s\nkeys = p256 rsa2048\n[usage]\nkey_usage = digitalSignature\nextended = %s\n' "$1" "$2" \
        >"$home/profiles/$1.conf"
    printf '[names]\nemail = optional\ndns = optional\nip = no\nuri = no\nupn = optional\n[subject]\nCN = optional\n' \
        >>"$home/profiles/$1.conf"
}

# nowhere TEXT...: what is secret stands in no file but those that the person wrote and the closed ones of keyfob, and
# in none of the outputs of $work/said.
nowhere() {
    for text in "$@"; do
        if grep -raFl -- "$text" "$home" "$work/said" 2>/dev/null | grep -v "^$home/secrets/"; then
            fail "\"$text\" is in these files"
        fi
    done
}

# recorded COMMAND...: as exits, and what was printed is kept for nowhere().
recorded() {
    exits "$@"
    mkdir -p "$work/said"
    said=$((${said:-0} + 1))
    cat "$work/out" "$work/err" >"$work/said/$said"
}
