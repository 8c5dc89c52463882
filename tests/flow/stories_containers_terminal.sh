#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A person makes a software container at a terminal: the password twice, no third time, and words that are plain.
. "$(dirname "$0")/lib.sh"

# Weak, then not the same, then right; the login of the same command does not ask again.
the_password_is_typed_twice_and_no_third_time() {
    dialog <<'END'
keyfob enroll --medium registry --container anna --unblock
see "Connection  lab"
see "Common name: "
say "Anna"
see "Anyone who copies the container can try passwords"
see "New password for anna"
see ": "
say "123456"
see "It can be guessed by whoever copies the file"
see "New password for anna"
see ": "
say "Stout-Harbour-7"
see "Once more: "
say "Stout-Harbour-8"
see "They are not the same."
see "New password for anna"
see ": "
say "Stout-Harbour-7"
see "Once more: "
say "Stout-Harbour-7"
see "New unblock secret for anna"
see ": "
say "Second-Anchor-8"
see "Once more: "
say "Second-Anchor-8"
see "In your personal store"
ended 0
END
    silent_about Stout-Harbour
    silent_about Second-Anchor
    silent_about 'Password for anna'
    silent_about 'PIN for'
    exits 0 kf container check anna
}

# Its only use is that very token: another one asks.
another_container_is_asked_for() {
    make_container bert
    dialog <<'END'
keyfob container check bert
see "Password for bert"
see ": "
say "Stout-Harbour-7"
see "structure, sums and seals are right"
ended 0
END
}

ctrl_c_at_the_password_leaves_nothing() {
    dialog <<'END'
keyfob container create never --medium disk
see "New password for never"
see ": "
sleep 0.2
send "12\003"
ended 130
END
    same "files" "" "$(find "$home" -name 'never*')"
}

deleting_wants_the_name_typed() {
    dialog <<'END'
keyfob container delete bert
see "The container \"bert\" (registry"
see "with 1 key will be destroyed for good"
see "Type its name to go on: "
say "bart"
expect eof
END
    exits 0 kf container show bert
    dialog <<'END'
keyfob container delete bert
see "Type its name to go on: "
say "bert"
see "Deleted: bert"
ended 0
END
    exits 2 kf container show bert
}

an_import_offers_to_remove_the_file() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key.pem" 2>"$work/openssl"
    dialog <<'END'
keyfob container import $env(WORK)/key.pem --medium disk --pin-source file:$env(WORK)/pin
see "Remove the file"
say "n"
see "still in"
ended 0
END
    [ -e "$work/key.pem" ] || fail "the file is gone"
    dialog <<'END'
keyfob container import $env(WORK)/key.pem --medium disk --container other --pin-source file:$env(WORK)/pin
see "\[y/N\] "
say "y"
see "That is no erasing"
ended 0
END
    [ ! -e "$work/key.pem" ] || fail "the file is still there"
}

an_export_asks_twice() {
    make_container out --exportable
    dialog <<'END'
keyfob container export out --out $env(WORK)/out.p12 --pin-source file:$env(WORK)/pin
see "New password for the file"
see ": "
say "File-Secret-55"
see "Once more: "
say "File-Secret-55"
see "Written: "
ended 0
END
    silent_about File-Secret
    openssl pkcs12 -in "$work/out.p12" -passin pass:File-Secret-55 -nokeys -out "$work/none" 2>"$work/openssl" ||
        fail "openssl does not read it"
}

nobody_is_frightened_by_a_hidden_key() {
    printf 'keyfob container show out\nsee "hidden until the login"\nended 0\n' | dialog
    echo Wrong-Harbour-7 >"$work/bad"
    exits 6 kf container check out --pin-source "file:$work/bad"
    printf 'keyfob token list\nsee "the last one was wrong"\nended 0\n' | dialog
    dialog <<'END'
keyfob container check out
see "The last one was wrong; ten wrong ones in a row block it."
see ": "
say "Stout-Harbour-7"
see "structure, sums and seals are right"
ended 0
END
}

tables_fit_the_terminal() {
    printf 'keyfob container list\nsee "MEDIUM"\nsee "registry"\nended 0\n' | dialog
    [ "$(wc -L <"$work/screen")" -le 100 ] || fail "it is wider than the terminal"
    printf 'keyfob token list\nsee "MEDIUM"\nended 0\n' | dialog
}

use_software
make_ca lab
test_that "the password is typed twice and no third time" the_password_is_typed_twice_and_no_third_time
test_that "another container is asked for" another_container_is_asked_for
test_that "Ctrl-C at the password leaves nothing" ctrl_c_at_the_password_leaves_nothing
test_that "deleting wants the name typed" deleting_wants_the_name_typed
test_that "an import offers to remove the file" an_import_offers_to_remove_the_file
test_that "an export asks twice" an_export_asks_twice
test_that "nobody is frightened by a hidden key" nobody_is_frightened_by_a_hidden_key
test_that "tables fit the terminal" tables_fit_the_terminal
