#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A CA that takes its time: waiting, approved while the token is out, rejected with its words, taken back.
. "$(dirname "$0")/lib.sh"

token_out() {
    script 'token label=FAKE' absent
}

token_in() {
    script 'token label=FAKE'
}

# on_terminal ARGUMENTS: what a person sees of it, in $work/out.
on_terminal() {
    words="stty cols 100; '$keyfob' --home '$home' --module '$module'"
    for word in "$@"; do words="$words '$word'"; done
    env TERM=xterm script -qec "$words" /dev/null </dev/null 2>&1 | tr -d '\r' >"$work/out"
    : >"$work/err"
}

a_slow_ca_leaves_the_request_pending() {
    exits 3 enroll
    says '◔ request r-1 is being processed by "lab"'
    says 'keyfob ca approve 1 --ca "lab"'
    says 'See it:  keyfob request show r-1'
    silent_about 'keyfob: error'
    exits 3 kf --json request check r-1
    answers '.schema == "keyfob.request/1" and .status == "pending" and (.installed | not) and .next[0].actor == "ca"'
    exits 3 kf wait r-1 --wait 1s
    exits 2 kf request install r-1
    says 'no certificate to install'
    same "the CA's list" 'waiting CN=Anna,O=Example' "$(field '.items[0] | "\(.state) \(.subject_text)"' ca list)"
}

lists_show_marks() {
    on_terminal request list
    shows '◔ processing'
    shows '1 request'
    exits 0 kf --json status
    answers '.requests[0].id == "r-1" and .problems == 0'
}

approved_while_the_token_is_out() {
    exits 0 kf ca approve 1
    says '✔ Issued: request 1'
    token_out
    exits 5 kf resume r-1
    says 'the token "FAKE" (0001) is not inserted  [token_absent]'
    says 'keyfob resume r-1'
    exits 0 kf --json request show r-1
    answers '.status == "issued" and (.installed | not) and (.next[0].do | test("keyfob request install"))'
    on_terminal request list
    shows '⬇ issued, to install'
    shows '1 waits for you: r-1'
    exits 5 kf wait r-1
}

it_is_installed_when_the_token_is_back() {
    token_in
    exits 0 kf request install r-1
    says 'Certificate written to "FAKE" and read back'
    promises_kept 1
    on_terminal request list
    shows '✔ installed'
    exits 2 kf request install r-1
    says 'there is no certificate to install'
    exits 0 kf resume
    says '0 finished, 0 still open'
}

# The shell would have it ignore the signal, were it started as a job.
ctrl_c_while_waiting_keeps_the_request() {
    exits 3 enroll --container waited
    exits 130 timeout --foreground --preserve-status -s INT 1 "$keyfob" --home "$home" --module "$module" \
        --no-input wait r-2
    says 'interrupted; request r-2 is kept'
    says 'keyfob resume r-2'
    exits 0 kf ca approve 2
    exits 0 kf wait r-2
    promises_kept 2
}

# rejected, in the CA's words, and again with the same data
a_rejection_has_the_cas_words() {
    exits 3 enroll --container wrong --set room=12
    exits 0 kf ca reject 3 --reason 'the organisation is "Beispiel", not Example'
    exits 4 kf request check r-3
    says '✖ Rejected by "lab": the organisation is "Beispiel", not Example'
    says 'The key is safe and unused on the token.'
    says 'keyfob enroll --from r-3'
    exits 4 kf --json resume r-3
    answers '.code == "request_rejected" and .exit == 4 and .request == "r-3"'
    on_terminal request list
    shows '✖ rejected'
    exits 0 kf request show r-3
    shows 'the organisation is "Beispiel", not Example'
    silent_about 'keyfob ca approve'
    exits 2 kf request retry r-3
    says 'keyfob enroll --from r-3'
}

a_new_request_takes_over_the_old_data() {
    exits 3 kf enroll --from r-3 --subject CN=Anna,O=Beispiel --set floor=2
    exits 0 kf --json request show r-4
    answers '.subject_text == "CN=Anna,O=Beispiel" and .connection == "lab" and .key.type == "p256"
        and .fields == {room: "12", floor: "2"}'
    exits 0 kf ca approve 4
    exits 0 kf resume r-4
    same "states" "done rejected done done" "$(field '[.items[].state] | join(" ")' request list)"
}

# --- taking back ---

withdrawn() {
    exits 0 kf request withdraw "$1" --yes
    says "✔ Withdrawn: $1"
    same "state" withdrawn "$(field .state request show "$1")"
    exits 2 kf request withdraw "$1" --yes
}

before_sending_the_key_goes_at_once() {
    go_back
    script 'token label=FAKE' 'fail C_SignInit 1 CKR_DEVICE_REMOVED'
    exits 5 enroll
    token_in
    same "private keys, public keys, certificates" "1 1 0" "$(objects)"
    exits 10 kf request withdraw r-1
    says 'Give the answer with --yes.'
    withdrawn r-1
    token_is_empty
}

a_waiting_order_is_cancelled_first() {
    go_back
    exits 3 enroll
    withdrawn r-1
    same "at the CA" "rejected cancelled" "$(field '.items[0] | "\(.state) \(.reason)"' ca list)"
    token_is_empty
}

what_the_ca_has_issued_is_not_taken_back() {
    go_back
    exits 3 enroll
    exits 0 kf ca approve 1
    token_out
    exits 5 kf resume
    token_in
    run kf request withdraw r-1 --yes
    [ "$status" -ne 0 ] || fail "an issued request is withdrawn"
    exits 0 kf resume
    exits 2 kf request withdraw r-1 --yes
    says 'is issued and installed and cannot be withdrawn'
    says 'keyfob request show r-1'
    promises_kept 1
}

a_rejected_requests_key_goes_with_it() {
    go_back
    exits 3 enroll
    exits 0 kf ca reject 1
    exits 4 kf resume
    exits 0 kf resume
    same "private keys, public keys, certificates" "1 1 0" "$(objects)"
    withdrawn r-1
    token_is_empty
}

use_fake
make_ca lab --approval
keep
test_that "a slow CA leaves the request pending" a_slow_ca_leaves_the_request_pending
test_that "lists show marks" lists_show_marks
test_that "approved while the token is out" approved_while_the_token_is_out
test_that "it is installed when the token is back" it_is_installed_when_the_token_is_back
test_that "Ctrl-C while waiting keeps the request" ctrl_c_while_waiting_keeps_the_request
test_that "a rejection has the CA's words" a_rejection_has_the_cas_words
test_that "a new request takes over the old data" a_new_request_takes_over_the_old_data
test_that "before sending, the key goes at once" before_sending_the_key_goes_at_once
test_that "a waiting order is cancelled first" a_waiting_order_is_cancelled_first
test_that "what the CA has issued is not taken back" what_the_ca_has_issued_is_not_taken_back
test_that "a rejected request's key goes with it" a_rejected_requests_key_goes_with_it
