#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Passwords of software containers: chosen well, typed twice, wrong, blocked, changed, lost, and got back.
. "$(dirname "$0")/lib.sh"

bad=$work/bad

weak_passwords_are_refused_with_a_reason() {
    for weak in 123456 Alakazam1 abcdefghijklmnopqrstuvwxyz "Short1!"; do
        printf '%s\n' "$weak" >"$bad"
        exits 9 kf container create weak --medium disk --new-pin-source "file:$bad"
        says 'can be guessed by whoever copies the file'
        says '--weak-password'
        silent_about "$weak"
    done
    exits 9 kf enroll --connection lab --subject CN=x --medium disk --container weak --new-pin-source "file:$bad"
    same "files" "" "$(find "$home" -name 'weak*')"
    exits 0 kf container create weak --medium disk --new-pin-source "file:$bad" --weak-password
    printf 'correct horse battery staple\n' >"$work/sentence"
    exits 0 kf container create sentence --medium disk --new-pin-source "file:$work/sentence"
    exits 10 kf container create nobody --medium disk --pin-source prompt
    says '--new-pin-source'
    printf '1234\n' >"$bad"
    exits 9 kf container create weak2 --medium disk --unblock --so-pin-source "file:$bad"
    says 'the new unblock secret'
    exits 9 kf pin change weak --pin-source "file:$bad" --new-pin-source "file:$bad"
    says 'can be guessed'
}

# typed PASSWORD COMMAND...: a person types it, and says "yes" to a last try; the status is the command's.
typed() {
    cat >"$work/typed.exp" <<'END'
set timeout 30
eval spawn -noecho $env(COMMAND)
expect {
    "yes to go on: " { sleep 0.1; send "yes\r"; exp_continue }
    -re {Password for [^:]*: } { sleep 0.1; send -- "$env(TYPED)\r" }
    eof { exit [lindex [wait] 3] }
}
expect eof
exit [lindex [wait] 3]
END
    typed=$1
    shift
    run env TYPED="$typed" COMMAND="$keyfob --home $home --module keyfob $*" expect "$work/typed.exp"
}

a_wrong_password_is_one_try() {
    make_container vpn --unblock
    echo Wrong-Harbour-7 >"$bad"
    exits 6 kf container check vpn --pin-source "file:$bad"
    says 'wrong password'
    says '`keyfob pin unblock '
    silent_about 'PIN'
    silent_about 'Wrong-Harbour-7'
    exits 0 kf pin status vpn
    shows 'Password	low'
    silent_about 'PIN'
    exits 0 kf container check vpn
    exits 0 kf --json pin status vpn
    answers '.user.tries == "ok"'
}

# A job that runs every hour with a wrong one does not block it.
a_stored_one_leaves_the_last_try() {
    for n in $(seq 9); do
        exits 6 kf container check vpn --pin-source "file:$bad"
    done
    exits 10 kf container check vpn --pin-source "file:$bad"
    says 'has one try left, so the stored password is not used'
    exits 10 kf container check vpn
    typed Stout-Harbour-7 container check vpn
    same "status with the right one" 0 "$status"
    exits 0 kf container check vpn
}

ten_wrong_ones_block_it() {
    tries=0 status=6
    while [ "$status" -eq 6 ] && [ $tries -lt 20 ]; do
        tries=$((tries + 1))
        typed Wrong-Harbour-7 container check vpn
    done
    same "wrong passwords until it was blocked, and the status" "10 7" "$tries $status"
    exits 7 kf container check vpn
    says 'the password of container "vpn"'
    says 'Set a new password with the unblock secret: `keyfob pin unblock '
    silent_about 'PIN'
    cp "$work/err" "$work/hint"
    exits 0 kf --json pin status vpn
    answers '.user.tries == "locked"'
}

the_unblock_secret_keeps_the_keys() {
    key=$(field '.id' container show vpn)
    printf 'Another-Harbour-9\n' >"$work/new"
    hint=$(sed -n 's/.*unblock secret: `keyfob \(pin unblock [0-9a-f]*\)`.*/\1/p' "$work/hint")
    exits 10 "$keyfob" --home "$home" --module "$module" --no-input $hint
    says 'the unblock secret of container "vpn"'
    says '--so-pin-source'
    exits 0 kf $hint --new-pin-source "file:$work/new"
    says 'The password is new'
    exits 0 kf container check vpn --pin-source "file:$work/new"
    same "the key" "$key" "$(field '.id' container show vpn)"
    exits 6 kf container check vpn
    exits 0 kf pin change vpn --pin-source "file:$work/new" --new-pin-source "file:$pin"
    says 'The password of "vpn" is changed'
    exits 0 kf pin set-so vpn --new-pin-source "file:$work/new"
    says 'The unblock secret of "vpn" is changed'
    exits 0 kf container check vpn
}

without_an_unblock_secret_nobody_helps() {
    make_container alone
    exits 0 kf --json pin status alone
    answers '.user.tries == "ok" and .so.tries == "none"'
    exits 0 kf --json token show alone
    answers '.unblock == false and .so_tries == "none"'
    exits 0 kf token show alone
    shows 'Unblock secret	none'
    silent_about 'PIN'
    run kf pin unblock alone --new-pin-source "file:$work/sentence"
    case $status in
    0 | 130) fail "it was unblocked, or it was interrupted ($status)" ;;
    esac
    exits 0 kf container check alone
    exits 6 kf container check alone --pin-source "file:$bad"
    says 'it has no unblock secret'
}

use_software
make_ca lab
test_that "weak passwords are refused with a reason" weak_passwords_are_refused_with_a_reason
test_that "a wrong password is one try" a_wrong_password_is_one_try
test_that "a stored one leaves the last try" a_stored_one_leaves_the_last_try
test_that "ten wrong ones block it" ten_wrong_ones_block_it
test_that "the unblock secret keeps the keys" the_unblock_secret_keeps_the_keys
test_that "without an unblock secret nobody helps" without_an_unblock_secret_nobody_helps
