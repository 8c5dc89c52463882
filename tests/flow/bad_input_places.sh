#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Broken surroundings: configuration, home, database, modules, tokens; one sentence, one hint, nothing made.
. "$(dirname "$0")/lib.sh"

# refused STATUS ARGUMENTS...: with this home; one error, one hint, and no call that changes a token.
refused() {
    wanted=$1
    shift
    : >"$work/trace"
    exits "$wanted" timeout 20 "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" "$@"
    same "errors" 1 "$(grep -c '^keyfob: error: .*\[[a-z_]*\]$' "$work/err")"
    same "hints" 1 "$(grep -c '^keyfob: hint: .' "$work/err")"
    same "calls that change a token" 0 \
        "$(grep -cE '^C_(GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue|InitToken|InitPIN|SetPIN) ' "$work/trace" || true)"
}

# Each of these commands opens what is broken.
need_database='connection list:request list:cert list:status:resume:store list:enroll --subject CN=x --connection lab'

refused_by_all() {
    what=$1 text=$2
    echo "$need_database" | tr : '\n' >"$work/commands"
    while read -r line; do
        # shellcheck disable=SC2086
        refused "$what" $line
        says "$text"
    done <"$work/commands"
}

# configured TEXT WORDS: without --module, keyfob.conf is read.
configured() {
    printf "$1" >"$home/keyfob.conf"
    exits 2 "$keyfob" --home "$home" token list
    says '[config]'
    says 'keyfob: hint:'
    says "$2"
}

configuration_errors_name_file_and_line() {
    go_back
    configured '# mine\n\n[nonsense\n' 'keyfob.conf:3'
    configured '[module soft]\npath = /x\nenabledd = no\n' 'keyfob.conf:3: there is no "enabledd" in [module soft]'
    configured '[quirk Card]\nwings = 2\n' 'keyfob.conf:2'
    configured '[wings]\nspan = 2\n' 'keyfob.conf:2'
    configured '[module soft]\npath\n' 'keyfob.conf:2'
    configured '[module soft]\npath = /x\n\033[31m\n' 'keyfob.conf:3'
    configured '[module soft]\npath = \377\n' 'keyfob.conf:2'
    head -c 2097152 /dev/zero | tr '\0' '#' >"$home/keyfob.conf"
    exits 2 "$keyfob" --home "$home" token list
    rm "$home/keyfob.conf"
    mkdir "$home/keyfob.conf"
    exits 2 "$keyfob" --home "$home" token list
    says 'is a folder, not a file'
}

a_home_that_cannot_be_made_is_said_so() {
    go_back
    echo text >"$work/file"
    for home in "$work/file" "$work/file/below" /proc/keyfob /dev/null; do
        refused_by_all "1 2" "$home"
    done
    home=$work/home
}

a_home_of_somebody_else_is_not_used() {
    go_back
    if [ "$(id -u)" = 0 ]; then chown 65534 "$home"; else home=/; fi
    refused_by_all 1 'belongs to another user'
    home=$work/home
    [ "$(id -u)" != 0 ] || chown 0 "$home"
}

a_home_open_to_others_is_refused() {
    go_back
    chmod 777 "$home"
    refused_by_all 1 "$home"
    says 'chmod'
    chmod 700 "$home"
    exits 0 kf request list
}

a_home_that_cannot_be_written_is_said_so() {
    go_back
    mkdir "$work/read-only"
    chmod 500 "$work/read-only"
    if [ "$(id -u)" = 0 ]; then home=/sys/keyfob; else home=$work/read-only/home; fi
    refused_by_all 1 "$home"
    home=$work/home
}

# sql STATEMENT: on the database, by another program.
sql() {
    python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()' \
        "$home/keyfob.db" "$1"
}

a_broken_database_is_left_alone() {
    go_back
    head -c 8192 /dev/urandom >"$home/keyfob.db"
    rm -f "$home/keyfob.db-wal" "$home/keyfob.db-shm"
    sum=$(sha256sum "$home/keyfob.db")
    refused_by_all 1 'keyfob.db'
    same "the file" "$sum" "$(sha256sum "$home/keyfob.db")"
    rm "$home/keyfob.db"
    mkdir "$home/keyfob.db"
    refused_by_all "1 2" 'keyfob.db'
    rmdir "$home/keyfob.db"
    ln -s "$work/file" "$home/keyfob.db"
    refused_by_all "1 2" 'keyfob.db'
}

a_newer_database_is_left_alone() {
    go_back
    sql 'UPDATE kf_rooms SET version = 9999'
    refused_by_all 1 '[database_newer]'
    says 'Use the newer keyfob'
}

modules_that_are_none_are_said_so() {
    go_back
    for module in /nonexistent.so "$work/file" "$work" /dev/null "$killer" "$keyfob"; do
        refused 5 token show
        says "$module"
        refused 5 enroll --subject CN=x --connection lab
    done
    module=$fake
}

without_a_token_commands_say_so() {
    go_back
    script 'token label=FAKE' absent
    exits 0 kf token list
    for line in "token show" "token test" "pin status" "container show anna" "container create x" \
        "container list FAKE" "csr create anna --subject CN=x" "enroll --subject CN=x --connection lab" \
        "token init --label x --new-pin-source file:$pin"; do
        # shellcheck disable=SC2086
        refused 5 $line
        says '[token_absent]'
    done
    script 'token serial=0007 uninitialized'
    for line in "container create x" "enroll --subject CN=x --connection lab" "token test"; do
        # shellcheck disable=SC2086
        refused 2 $line
        says 'keyfob token init'
    done
    script 'token label=FAKE'
    exits 0 kf token show
}

# Neither HOME nor anything else says where.
without_any_home_it_says_so() {
    : >"$work/trace"
    exits 2 env -u HOME -u XDG_DATA_HOME -u XDG_CONFIG_HOME "$keyfob" request list
    says 'neither HOME nor'
    says '--home'
    exits 0 env XDG_DATA_HOME=relative XDG_CONFIG_HOME=relative "$keyfob" connection list
    [ ! -e relative ] || fail "a relative folder of XDG is used"
}

a_profile_that_is_broken_is_named_with_its_line() {
    go_back
    mkdir -p "$home/profiles"
    printf '[profile]\ntitle = Mine\nkeys = p256\n\n[usage]\nkey_usage = flying\n' >"$home/profiles/mine.conf"
    refused 2 enroll --subject CN=x --connection lab --profile mine
    says 'mine.conf:6'
    refused 2 profile check mine
    refused 2 profile show mine
    exits 0 kf --json profile list
    answers '[.items[] | select(.error)] | length == 1'
    printf '[profile]\ntitle = Mine\nkeys = p256\n[usage]\nkey_usage = digitalSignature\n' >"$work/mine.conf"
    exits 0 kf profile check "$work/mine.conf"
    says '✔ The profile is right: Mine'
}

use_fake
make_ca lab
exits 0 enroll --container anna
keep
echo text >"$work/file"
test_that "configuration errors name file and line" configuration_errors_name_file_and_line
test_that "a home that cannot be made is said so" a_home_that_cannot_be_made_is_said_so
test_that "a home of somebody else is not used" a_home_of_somebody_else_is_not_used
test_that "a home open to others is refused" a_home_open_to_others_is_refused
test_that "a home that cannot be written is said so" a_home_that_cannot_be_written_is_said_so
test_that "a broken database is left alone" a_broken_database_is_left_alone
test_that "a newer database is left alone" a_newer_database_is_left_alone
test_that "modules that are none are said so" modules_that_are_none_are_said_so
test_that "without a token, commands say so" without_a_token_commands_say_so
test_that "without any home it says so" without_any_home_it_says_so
test_that "a broken profile is named with its line" a_profile_that_is_broken_is_named_with_its_line
