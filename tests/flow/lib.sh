# SPDX-License-Identifier: Apache-2.0
# What the flow tests share: a private folder, tokens in it, running keyfob, comparing what came.
# A test begins with: . "$(dirname "$0")/lib.sh" and is called with the build folder.
set -eu
umask 077

build=${1:?usage: $0 BUILD_FOLDER}
root=$(cd "$(dirname "$0")/../.." && pwd)
keyfob=$build/bin/keyfob
fake=$build/lib/fake-token.so
killer=$build/lib/killer.so
softhsm=${SOFTHSM_MODULE:-/usr/lib/softhsm/libsofthsm2.so}
# A build with sanitizers wants their library before any other that is preloaded, and in foreign programs.
sanitizer=$(ldd "$fake" | awk '/libasan/ { print $3 }')
now_testing=start

work=$(mktemp -d "${TMPDIR:-/tmp}/keyfob-flow-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
unset KEYFOB_HOME KEYFOB_PIN_SOURCE KEYFOB_NO_INPUT KILLER KILLER_COUNT
export HOME="$work/user" XDG_DATA_HOME="$work/user/data" XDG_CONFIG_HOME="$work/user/config"
export NO_COLOR=1 LC_ALL=C.UTF-8 KEYFOB_KEYRING=files
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:abort_on_error=1:detect_leaks=0"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:halt_on_error=1:abort_on_error=1"
mkdir -p "$HOME"
home=$work/home
state=$work/token
pin=$work/pin
so_pin=$work/so-pin
module=$fake

# --- comparing ---

# fail WORDS: the last command's output goes with it.
fail() {
    echo "FAILED in \"$now_testing\": $*" >&2
    [ ! -s "$work/out" ] || sed 's/^/  stdout: /' "$work/out" >&2
    [ ! -s "$work/err" ] || sed 's/^/  stderr: /' "$work/err" >&2
    exit 1
}

# same WHAT WANTED GOT
same() {
    [ "$2" = "$3" ] || fail "$1: wanted \"$2\", got \"$3\""
}

# test_that SENTENCE FUNCTION...: one test, with a line when it passed.
test_that() {
    now_testing=$1
    shift
    "$@"
    echo "ok: $now_testing"
}

# --- running ---

# kf ARGUMENTS: keyfob with this test's home, module and stored PIN; nobody is asked.
kf() {
    "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" \
        --so-pin-source "file:$so_pin" "$@"
}

# run COMMAND...: its output is kept in $work/out and $work/err, its status in $status.
run() {
    status=0
    "$@" >"$work/out" 2>"$work/err" || status=$?
}

# exits STATUS COMMAND...: runs it; the status must be one of "3" or "0 3".
exits() {
    wanted=$1
    shift
    run "$@"
    case " $wanted " in
    *" $status "*) ;;
    *) fail "\"$*\" ended with $status instead of $wanted" ;;
    esac
}

# says TEXT: it stands on stderr.
says() {
    grep -qF -- "$1" "$work/err" || fail "stderr does not say \"$1\""
}

# shows TEXT: it stands on stdout.
shows() {
    grep -qF -- "$1" "$work/out" || fail "stdout does not show \"$1\""
}

# answers FILTER: the JSON on stdout is so.
answers() {
    jq -e "$1" "$work/out" >/dev/null || fail "the JSON is not so: $1"
}

# silent_about TEXT: it stands neither on stdout nor on stderr.
silent_about() {
    if grep -qF -- "$1" "$work/out" "$work/err"; then fail "the output says \"$1\""; fi
}

# field FILTER COMMAND...: what jq reads from a command's JSON.
field() {
    filter=$1
    shift
    kf --json "$@" 2>"$work/err" >"$work/json" || true
    jq -r "$filter" "$work/json" || fail "no JSON from \"$*\": $(cat "$work/json")"
}

# preloading LIBRARY COMMAND...: also in a build with sanitizers.
preloading() {
    LD_PRELOAD="${sanitizer:+$sanitizer }$1"
    shift
    env LD_PRELOAD="$LD_PRELOAD" "$@"
}

# killed_at "before 3" kf ARGUMENTS: SIGKILL at that sync to disk; the status is 137 then.
killed_at() {
    point=$1
    shift 2
    run preloading "$killer" env KILLER="$point" "$keyfob" --home "$home" --module "$module" \
        --no-input --pin-source "file:$pin" --so-pin-source "file:$so_pin" "$@"
    case $status in
    137) return 0 ;;
    *) return 1 ;;
    esac
}

# dialog: an expect script on stdin; what was on the screen is in $work/screen. `keyfob` starts the command,
# `see TEXT` waits for a text, `ended STATUS` for the end.
dialog() {
    {
        cat <<'END'
set timeout 20
set stty_init "cols 100 echo"
proc keyfob {args} {
    global env spawn_id
    eval spawn -noecho $env(KEYFOB) --home $env(KF_HOME) --module $env(MODULE) $args
}
proc see {text} {
    expect -ex $text { } timeout { puts "WRONG: no \"$text\""; exit 1 } eof { puts "WRONG: it ended before \"$text\""; exit 1 }
}
proc say {text} { sleep 0.1; send -- "$text\r" }
proc ended {status} {
    expect eof
    set got [lindex [wait] 3]
    if {$got != $status} { puts "WRONG: it ended with $got instead of $status"; exit 1 }
}
END
        cat
    } >"$work/dialog.exp"
    env TERM="${terminal:-xterm}" KEYFOB="$keyfob" KF_HOME="$home" MODULE="$module" WORK="$work" \
        expect "$work/dialog.exp" >"$work/out" 2>&1 || fail "the dialog"
    : >"$work/err"
    tr -d '\r' <"$work/out" >"$work/screen"
}

# --- tokens ---

# script LINE...: the fake token's script, replaced at once.
script() {
    printf '%s\n' "$@" >"$work/script.new"
    mv "$work/script.new" "$work/script"
}

# use_fake [LINE...]: a fake token in this test's folder; its PIN is 1234.
use_fake() {
    module=$fake
    export FAKE_TOKEN="$work/script" FAKE_TOKEN_STATE="$state" FAKE_TOKEN_TRACE="$work/trace"
    [ $# -gt 0 ] || set -- 'token label=FAKE'
    script "$@"
    mkdir -p "$state"
    : >"$work/trace"
    store_pins 1234 12345678
}

# use_softhsm LABEL: a SoftHSM2 token in this test's folder; its PIN is 123456.
use_softhsm() {
    module=$softhsm
    "$root/softhsm-config/make-token" "$state" "$1" >"$work/out"
    export SOFTHSM2_CONF="$state/softhsm2.conf"
    store_pins 123456 12345678
}

# use_software: software containers in this test's home, with a quick key derivation and no waiting after wrong ones.
use_software() {
    module=keyfob
    mkdir -p "$home"
    printf '[module keyfob]\nreserved = %s\n' "scrypt='14' wait='no'" >"$home/keyfob.conf"
    store_pins Stout-Harbour-7 Second-Anchor-8
}

# make_container NAME [OPTIONS]: with a key and the password in $pin; --medium registry unless the options say another.
make_container() {
    name=$1
    shift
    exits 0 kf container create "$name" --medium registry "$@"
}

store_pins() {
    printf '%s\n' "$1" >"$pin"
    printf '%s\n' "$2" >"$so_pin"
}

# calls NAME: how often a function of the token was called since the trace was emptied.
calls() {
    grep -c "^$1 " "$work/trace" || true
}

# --- a start to come back to ---

# make_ca NAME [OPTIONS]: a lab CA in this test's home.
make_ca() {
    exits 0 kf ca init "$@"
}

keep() {
    rm -rf "$work/kept"
    mkdir "$work/kept"
    cp -a "$home" "$work/kept/home"
    cp -a "$state" "$work/kept/token"
}

go_back() {
    rm -rf "$home" "$state"
    cp -a "$work/kept/home" "$home"
    cp -a "$work/kept/token" "$state"
    : >"$work/trace"
}

# enroll [OPTIONS]: with the CA "lab".
enroll() {
    kf enroll --connection lab --subject CN=Anna,O=Example --key p256 "$@"
}

# --- what is there ---

# objects: private keys, public keys and certificates, as an independent program sees them.
objects() {
    env ${sanitizer:+LD_PRELOAD="$sanitizer"} pkcs11-tool --module "$module" --login \
        --pin "$(head -n 1 "$pin")" --list-objects 2>"$work/tool" |
        awk '/^Private Key Object/ { private++ } /^Public Key Object/ { public++ }
             /^Certificate Object/ { certificates++ }
             END { print private + 0, public + 0, certificates + 0 }'
}

token_is_empty() {
    same "private keys, public keys, certificates on the token" "0 0 0" "$(objects)"
}

# Requests, orders and certificates must be so many, and the same ones everywhere.
compare_lists='
    def count(f): "\([.items[] | select(f)] | length) of \(.items | length)";
    def words(f): [.items[] | f] | sort | join(" ");
    . as [$requests, $containers, $orders, $certificates] |
    "done requests: \($requests | count(.state == "done"))",
    "whole containers: \($containers | count(.private and .public and .certificates == 1))",
    "issued orders: \($orders | count(.state == "issued"))",
    "certificates for a container: \($certificates |
        count(.key_uri as $uri | any($containers.items[]; .uri == $uri)))",
    "certificates of a request: \($certificates |
        count(.request as $id | any($requests.items[]; .id == $id)))",
    "serials: \(if ($orders | words(.serial)) == ($certificates | words(.serial))
        then "the same" else "different" end)"'

# promises_kept N [CA]: N requests, all done, each with one key, one order, one certificate everywhere.
promises_kept() {
    same "private keys, public keys, certificates on the token" "$1 $1 $1" "$(objects)"
    lists_agree "$@"
}

# lists_agree N [CA]: the same of keyfob's own lists.
lists_agree() {
    for list in "request list" "container list --login" "ca list ${2:-lab}" "cert list"; do
        kf --json $list || fail "cannot list: $list"
    done >"$work/lists" 2>"$work/err"
    same "what is there" "done requests: $1 of $1
whole containers: $1 of $1
issued orders: $1 of $1
certificates for a container: $1 of $1
certificates of a request: $1 of $1
serials: the same" "$(jq -rs "$compare_lists" "$work/lists")"
}
