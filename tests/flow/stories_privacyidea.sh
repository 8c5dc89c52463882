#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# privacyIDEA: set up, signed in with a password, a challenge, a push; certificates for a token; revoked; signed out.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

order() {
    kf enroll --connection corp --profile both --template localCA/user "$@"
}

# The connection's questions come at the terminal: the address, then an offer to ask the CA.
a_person_sets_it_up() {
    dialog <<'END'
keyfob connection add corp privacyidea ca-file=$env(TLS_ROOT)
see "Address: "
say "$env(URL)"
see "Test it now?"
say "y"
see "Sign in now?"
say "n"
see "not signed in"
see "Trust its root:  keyfob connection roots corp"
see "Sign in:         keyfob connection login corp"
ended 0
END
    exits 10 kf connection check corp
    answers_word 'signed_out'
    trust corp
}

answers_word() {
    exits 0 kf --json connection show corp
    same "standing" "$1" "$(jq -r .standing "$work/out")"
}

nobody_is_asked_without_a_terminal() {
    exits 10 kf connection login corp --user alice
    says 'a secret is needed, "password"'
    says '--secret-source password=file:PATH'
    exits 10 kf enroll --connection corp --subject CN=Alice
    says 'keyfob connection login corp'
    same "requests" 0 "$(field '.items | length' request list)"
    same "keys" "0 0 0" "$(objects)"
}

a_password_signs_in() {
    recorded 0 kf connection login corp --user alice --secret-source "password=file:$work/secret.alice"
    says 'Signed in to corp'
    answers_word connected
    exits 0 kf connection check corp
    shows 'alice'
    recorded 4 kf connection login corp --user alice --secret-source "password=file:$work/secret.wrong"
    says 'Wrong credentials'
    says 'does not try a password again by itself'
    exits 0 kf connection logout corp
    answers_word signed_out
}

# The CA's own words are the question; what is typed is not echoed.
a_challenge_is_answered_at_the_terminal() {
    knob second-factor challenge
    dialog <<'END'
keyfob connection login corp --user alice
see "Password for corp: "
say "alicepw"
see "please enter otp: "
say "123456"
see "Signed in to corp"
ended 0
END
    silent_about alicepw
    silent_about 123456
    exits 0 kf connection logout corp
    recorded 10 kf connection login corp --user alice --secret-source "password=file:$work/secret.alice"
    says 'please enter otp'
    recorded 0 kf connection login corp --user alice --secret-source "password=file:$work/secret.alice" \
        --secret-source "answer=file:$work/secret.otp"
    exits 0 kf connection logout corp
}

a_push_is_waited_for() {
    knob second-factor push
    knob push pending
    (sleep 3 && knob push accept) &
    dialog <<'END'
keyfob connection login corp --user alice
see "Password for corp: "
say "alicepw"
see "confirm"
see "0:01"
see "Signed in to corp"
ended 0
END
    wait $!
    exits 0 kf connection logout corp
    knob push pending
    exits 10 kf connection login corp --user alice --secret-source "password=file:$work/secret.alice" --wait 1s
    says 'nobody confirmed the sign-in'
    knob push decline
    run kf connection login corp --user alice --secret-source "password=file:$work/secret.alice"
    same "exit status after a refusal" 4 "$status"
    knob second-factor none
}

the_plan_says_what_the_ca_ignores() {
    exits 0 kf connection login corp --user alice --secret-source "password=file:$work/secret.alice"
    exits 0 kf --json connection templates corp
    answers '[.items[].name] | index("localCA/user") != null'
    exits 0 order --subject CN=Alice --email alice@example.org --dry-run
    shows 'alternative names of the request are ignored'
    exits 0 kf --json enroll --connection corp --subject CN=Alice --profile both --template localCA/user --dry-run
    answers '.schema == "keyfob.plan/1" and .subject_text == "CN=Alice" and (.notes | length) > 0'
    same "orders" 0 "$(counted certificates)"
    same "requests" 0 "$(field '.items | length' request list)"
}

a_certificate_comes_onto_the_token() {
    recorded 0 order --subject CN=Alice
    says 'Certificate written to "soft" and read back'
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    same "issued" 1 "$(counted certificates)"
    exits 0 kf csr explain r-1
    shows 'alternative names of the request are ignored'
    exits 0 kf --json connection records corp tokens
    answers '.items | length == 1'
}

# The session has ended: at a terminal the person signs in on the way, and the order goes on.
a_session_that_ended_is_renewed_on_the_way() {
    knob session 2
    knob second-factor challenge
    exits 10 order --subject CN=Bert
    dialog <<'END'
keyfob enroll --connection corp --profile both --template localCA/user --subject CN=Bert --pin-source file:$env(WORK)/pin
see "Password for corp: "
say "alicepw"
see "please enter otp: "
say "123456"
see "read back"
ended 0
END
    same "private keys, public keys, certificates" "2 2 2" "$(objects)"
    knob second-factor none
}

a_csr_made_elsewhere_is_sent_as_it_is() {
    openssl req -new -newkey rsa:2048 -nodes -keyout "$work/else.key" -out "$work/else.csr" -subj /CN=Carla \
        2>"$work/openssl"
    exits 0 kf csr explain "$work/else.csr" --connection corp --template localCA/user
    exits 0 order --csr "$work/else.csr"
    same "private keys, public keys, certificates" "2 2 2" "$(objects)"
    exits 0 kf cert list
    shows 'CN=Carla'
}

secrets_stay_where_they_belong() {
    nowhere alicepw
    same "session in files of its own" 1 "$(find "$home/secrets" -type f | grep -c .)"
    same "open files" "" "$(find "$home/secrets" -type f -perm /077)"
    recorded 0 kf connection logout corp --all
    same "secrets left" 0 "$(find "$home/secrets" -type f | wc -l)"
    exits 2 kf connection add other privacyidea url="$url" password=Canary5PassQv
    silent_about Canary5PassQv
    exits 2 kf connection add other privacyidea url="$url" --secret-source password=Canary5PassQv
    silent_about Canary5PassQv
    says 'never an argument'
    exits 2 kf connection show other
}

an_unreachable_ca_is_shown_with_when_it_was_reached() {
    knob fault refuse
    knob fault-count -1
    exits 8 kf connection check corp
    knob fault ''
    exits 0 kf connection list
    shows problem
    exits 0 kf connection check corp
    exits 0 kf connection list
    shows connected
}

use_softhsm soft
start_double privacyidea purpose=clientAuth,emailProtection
export URL="$url" TLS_ROOT="$tls_root"
secret alice alicepw
secret wrong nonsense
secret otp 123456
own_profile both 'clientAuth emailProtection'
test_that "a person sets it up" a_person_sets_it_up
test_that "nobody is asked without a terminal" nobody_is_asked_without_a_terminal
test_that "a password signs in" a_password_signs_in
test_that "a challenge is answered at the terminal" a_challenge_is_answered_at_the_terminal
test_that "a push is waited for" a_push_is_waited_for
test_that "the plan says what the CA ignores" the_plan_says_what_the_ca_ignores
test_that "a certificate comes onto the token" a_certificate_comes_onto_the_token
test_that "a session that ended is renewed on the way" a_session_that_ended_is_renewed_on_the_way
test_that "a CSR made elsewhere is sent as it is" a_csr_made_elsewhere_is_sent_as_it_is
test_that "an unreachable CA is shown with when it was reached" an_unreachable_ca_is_shown_with_when_it_was_reached
test_that "secrets stay where they belong" secrets_stay_where_they_belong
