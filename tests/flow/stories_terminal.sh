#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A person at a terminal: questions without echo, wrong PINs in words, Ctrl-C, colours, marks, fingerprints typed.
. "$(dirname "$0")/lib.sh"

a_person_is_asked_for_what_is_missing() {
    dialog <<'END'
keyfob enroll
see "Connection  lab"
see "the only one"
see "Token       soft"
see "Common name: "
say "Анна, the First"
see "PIN for soft"
see ": "
say "123456"
see "Logged in to \"soft\""
see "In your personal store"
see "See it:  keyfob request show r-1"
ended 0
END
    silent_about 123456
    same "the subject" 'Анна, the First' "$(field '.items[0].subject[0].value' cert list)"
    dialog <<'END'
keyfob ca list lab
see "✔ issued"
ended 0
END
}

# One try for one typed PIN, and the words say what to do.
a_wrong_pin_is_said_and_not_tried_again() {
    before=$(objects)
    dialog <<'END'
keyfob enroll --subject CN=Bert
see "PIN for soft"
see ": "
say "999999"
see "wrong PIN for \"soft\""
see "few tries are left"
see "keyfob never retries a PIN by itself"
ended 6
END
    silent_about 999999
    same "private keys, public keys, certificates" "$before" "$(objects)"
}

ctrl_c_at_the_question_gives_the_terminal_back() {
    dialog <<'END'
spawn -noecho env PS1=READY> TERM=dumb sh -i
see "READY>"
send "stty -a >$env(WORK)/before\r"
see "READY>"
send "$env(KEYFOB) --home $env(KF_HOME) --module $env(MODULE) container create never; echo CODE:\$?\r"
see "PIN for soft"
see ": "
sleep 0.2
send "12\003"
see "CODE:130"
see "READY>"
send "stty -a >$env(WORK)/after\r"
see "READY>"
send "exit\r"
expect eof
END
    cmp -s "$work/before" "$work/after" || fail "the terminal is not as it was: $(cat "$work/after")"
    exits 2 kf container show never
}

destroying_wants_the_name_typed() {
    exits 0 kf container create vpn
    dialog <<'END'
keyfob container delete vpn --pin-source file:$env(WORK)/pin
see "Type its name to go on: "
say "vpm"
expect eof
END
    exits 0 kf container show vpn
    dialog <<'END'
keyfob container delete vpn --pin-source file:$env(WORK)/pin
see "Type its name to go on: "
say "vpn"
see "Deleted: vpn"
ended 0
END
    exits 2 kf container show vpn
}

a_root_wants_its_fingerprint_compared() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/root.key" \
        -out "$work/root.pem" -subj /CN=Typed 2>"$work/openssl"
    print=$(openssl x509 -in "$work/root.pem" -noout -fingerprint -sha256 | cut -d= -f2 | tr A-F a-f)
    printf 'keyfob store add %s\nsee "%s"\nsee "Type its first 4 digits"\nsay zzzz\nended 9\n' \
        "$work/root.pem" "$print" | dialog
    same "roots" 1 "$(field '.items | length' store list --kind root)"
    printf 'keyfob store add %s\nsee "Type its first 4 digits"\nsay "%s"\nended 0\n' \
        "$work/root.pem" "$(echo "$print" | tr -d : | cut -c1-4)" | dialog
    same "roots" 2 "$(field '.items | length' store list --kind root)"
}

escape=$(printf '\033')

colours_and_marks_follow_the_environment() {
    printf 'keyfob request list\nsee "1 request"\nended 0\n' | dialog
    shows '✔ installed'
    silent_about "$escape["
    (
        unset NO_COLOR
        printf 'keyfob request list\nsee "1 request"\nended 0\n' | dialog
        shows "$escape[2mREQUEST"
        terminal=dumb
        printf 'keyfob request list\nsee "1 request"\nended 0\n' | dialog
        silent_about "$escape["
    )
    (
        export LC_ALL=C
        printf 'keyfob request list\nsee "1 request"\nended 0\n' | dialog
        shows '[ok] installed'
        silent_about '✔'
        exits 2 kf container show none
        exits 0 kf connection test lab
        shows '[ok]'
    )
}

nobody_is_asked_with_no_input() {
    printf 'keyfob enroll --no-input\nsee "whose certificate is it"\nended 2\n' | dialog
    printf 'keyfob enroll --no-input --subject CN=x\nsee "pin_needed"\nended 10\n' | dialog
}

use_softhsm soft
make_ca lab
test_that "a person is asked for what is missing" a_person_is_asked_for_what_is_missing
test_that "a wrong PIN is said, and not tried again" a_wrong_pin_is_said_and_not_tried_again
test_that "Ctrl-C at the question gives the terminal back" ctrl_c_at_the_question_gives_the_terminal_back
test_that "destroying wants the name typed" destroying_wants_the_name_typed
test_that "a root wants its fingerprint compared" a_root_wants_its_fingerprint_compared
test_that "colours and marks follow the environment" colours_and_marks_follow_the_environment
test_that "nobody is asked with --no-input" nobody_is_asked_with_no_input
