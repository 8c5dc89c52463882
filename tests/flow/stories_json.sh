#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# --json on everything: one document with a schema, on one line when piped; errors are documents too; connections.
. "$(dirname "$0")/lib.sh"

# a_document WHAT: one line on stdout, a document with a schema.
a_document() {
    same "lines of $*" 1 "$(wc -l <"$work/out")"
    answers '.schema | test("^keyfob\\.[a-z-]+/1$")'
}

connections_are_added_shown_tried_and_removed() {
    exits 0 kf --json connection add post manual "dir=$work/box"
    answers '.schema == "keyfob.connection/1" and .name == "post" and .settings.dir == "'"$work/box"'"'
    exits 0 kf --json connection test post
    answers '.schema == "keyfob.connection-test/1" and (.text | test("box"))'
    exits 0 kf connection show post
    shows "dir=$work/box"
    exits 2 kf connection add post manual
    says 'post'
    exits 2 kf connection add other manual color=red
    says 'the connector "manual" has no option "color"; it has "dir"'
    exits 2 kf connection add other manual dir
    exits 2 kf connection add other manual dir=
    exits 2 kf connection add other carrier-pigeon
    says 'there are "local", "manual"'
    exits 2 kf connection add 'a/b' manual
    exits 2 kf connection add '' manual
    same "connections" lab,post "$(field '[.items[].name] | sort | join(",")' connection list)"
    exits 0 kf --json connection remove post
    answers '.removed'
    exits 2 kf connection remove post
    exits 2 kf connection test post
}

every_list_is_one_document() {
    for list in "token list" "container list" "container list --login" "cert list" "cert needs-renewal --within 900d" \
        "connection list" "connection roots lab" "request list" "request list --open" "request history r-1" \
        "profile list" "store list" "store list --kind root" "ca list" "ca list lab" "module list"; do
        exits 0 kf --json $list
        a_document "$list"
        answers '.schema == "keyfob.list/1" and (.items | type == "array")'
        case $list in
        *--open | "request history"* | "profile list" | "module list" | "connection roots"*) ;;
        *) answers '.items | length > 0 and all(.schema | test("^keyfob\\.[a-z-]+/1$"))' ;;
        esac
    done
}

every_single_thing_is_one_document() {
    for one in "status" "token show" "pin status" "container show anna" "container check anna" "token test" \
        "csr show r-1" "csr lint r-1" "cert show c-2" "cert verify c-2" "connection show lab" \
        "request show r-1" "profile show piv-9c" "profile check piv-9c" "resume" "wait r-1" \
        "enroll --dry-run --subject CN=x" "container create thing" "container delete thing --yes" \
        "csr create anna --subject CN=x" "connection test lab" "ca revoke 1" \
        "profile new thing" "store remove c-1" "ca init second" \
        "enroll --connection lab --subject CN=Bert --container bert"; do
        exits 0 kf --json $one
        a_document "$one"
    done
}

# fails STATUS CODE COMMAND...: the error as a document and as a sentence.
fails() {
    expected=$1 code=$2
    shift 2
    exits "$expected" kf --json "$@"
    a_document "$*"
    answers ".schema == \"keyfob.error/1\" and .code == \"$code\" and .exit == $expected and
        (.message | length > 0) and (.key | length > 0) and (.next[0].text | length > 0)"
    says "keyfob: error: $(jq -r .message "$work/out")  [$code]"
    says "keyfob: hint: $(jq -r '.next[0].text' "$work/out")"
}

errors_are_documents() {
    fails 2 usage token lst --yes
    fails 2 usage enroll --connection lab
    fails 2 not_found request show r-99
    fails 2 exists container create anna
    fails 2 profile profile check "$work/broken.conf"
    fails 2 bad_input cert show "$work/broken.conf"
    fails 2 pin_source container create two --pin-source file:/nonexistent
    fails 5 token_absent token show 0815
    fails 9 untrusted store add "$work/stranger.pem" --fingerprint "$(printf '%064d' 0)"
    fails 10 needs_person container delete anna
    fails 10 pin_needed container create two "--pin-source=prompt"
}

# What a terminal would obey never gets there.
text_in_documents_is_escaped() {
    name=$(printf 'CN=\033[31mred\nline\t"quoted"')
    run kf --json enroll --connection lab --subject "$name" --container red
    a_document "escapes"
    if LC_ALL=C grep -q "$(printf '\033')" "$work/out" "$work/err"; then fail "an escape sequence is printed"; fi
}

use_softhsm soft
exits 0 kf ca init lab
exits 0 enroll --container anna
printf '[profile]\nnonsense\n' >"$work/broken.conf"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/stranger.key" \
    -out "$work/stranger.pem" -subj /CN=stranger 2>"$work/openssl"
test_that "connections are added, shown, tried and removed" connections_are_added_shown_tried_and_removed
test_that "every list is one document" every_list_is_one_document
test_that "errors are documents" errors_are_documents
test_that "every single thing is one document" every_single_thing_is_one_document
test_that "text in documents is escaped" text_in_documents_is_escaped
