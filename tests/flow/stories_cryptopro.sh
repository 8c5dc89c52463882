#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CryptoPro UC 2.0: a new user registers at the terminal, waits for the CA, enrolls; rejected; signed in with a password.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

folder=b1ca4992-d7cd-4f7e-b56e-a81e00db58ee

standing() {
    field .standing connection show "$1"
}

order() {
    kf enroll --connection uc --profile both "$@"
}

a_person_sets_it_up() {
    dialog <<'END'
keyfob connection add uc cryptopro ca-file=$env(TLS_ROOT)
see ": "
say "$env(URL)/ui/$env(FOLDER)"
see "Test it now?"
say "y"
see "Sign in now?"
say "n"
see "not signed in"
see "Or register:     keyfob connection register uc"
ended 0
END
    same "standing" signed_out "$(standing uc)"
}

the_ca_shows_its_roots() {
    exits 0 kf --json connection roots uc
    answers '.items | length == 2'
    exits 0 kf connection roots uc --accept "$(fingerprint "$ca_root")"
    exits 0 kf --json connection roots uc
    answers '[.items[] | select(.trusted)] | length == 1'
}

# Field by field: what the CA has set is shown, a wrong number is said at once, Enter passes over what is optional.
a_new_user_registers_at_the_terminal() {
    knob registration Q
    dialog <<'END'
keyfob connection register uc
see "Общее имя: "
say "Фёдоров Фёдор"
see "(set by the CA)"
see "Город (optional): "
say ""
see "Ромашка"
see "Организация (optional): "
say "2"
see "Подразделение (optional): "
say ""
see "Электронная почта (optional): "
say "nonsense"
see "✖ It "
see "Электронная почта (optional): "
say "fedorov@example.ru"
see "СНИЛС (optional): "
say "12345678900"
see "✖ It "
see "СНИЛС (optional): "
say "12295279872"
see "ИНН (optional): "
say ""
see "E-mail for messages of the CA (optional): "
say ""
see "Key phrase (optional): "
say "Canary3PhraseKw"
see "Comment for the operator (optional): "
say ""
see "Description (optional): "
say ""
see "wait for the CA to confirm"
see "keyfob connection check uc"
ended 3
END
    silent_about Canary3PhraseKw
    mkdir -p "$work/said"
    cp "$work/out" "$work/said/register"
    same "registrations" 1 "$(counted registrations)"
    arrived 'POST /regrequest' body >"$work/body"
    for text in 'Фёдоров Фёдор' 'Ромашка' 12295279872 Canary3PhraseKw; do
        grep -qF "$text" "$work/body" || fail "\"$text\" did not arrive: $(cat "$work/body")"
    done
}

# What the CA gave to sign in with lies in the closed files alone.
credentials_are_kept_and_shown_to_nobody() {
    kept=$(grep -raohE '"Password":"[^"]+"' "$home/secrets" | cut -d'"' -f4)
    [ -n "$kept" ] || fail "the password that the CA gave is not kept"
    same "open files" "" "$(find "$home/secrets" -type f -perm /077)"
    nowhere "$kept"
    nowhere Canary3PhraseKw
}

it_waits_for_the_ca() {
    same "standing" unconfirmed "$(standing uc)"
    exits 3 kf connection check uc
    silent_about 'keyfob: error'
    exits 3 kf --json connection check uc
    answers '.standing == "unconfirmed"'
    dialog <<'END'
keyfob connection list
see "registration not confirmed"
ended 0
END
    run order
    [ "$status" -ne 0 ] || fail "an order goes through before the registration is confirmed"
    same "keys" "0 0 0" "$(objects)"
    knob registration C
    exits 0 kf connection check uc
    same "standing" connected "$(standing uc)"
}

the_subject_comes_from_the_registration() {
    exits 0 kf --json connection templates uc
    template=$(jq -r '.items[0].name' "$work/out")
    exits 0 kf --json enroll --connection uc --profile both --template "$template" --dry-run
    answers '.subject_text | test("Фёдоров Фёдор")'
    same "keys" "0 0 0" "$(objects)"
}

# keyfob asks nothing but the template; the CA takes its time, and K is sent after the certificate is on the token.
a_certificate_comes_after_a_wait() {
    knob decide pend
    exits 3 order --template "$template"
    exits 0 kf request show r-1
    shows 'Фёдоров Фёдор'
    exits 3 kf request check r-1
    same "acknowledged" 0 "$(counted acknowledged)"
    knob pending issue
    exits 0 kf request check r-1
    exits 0 kf resume r-1
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    same "acknowledged" 1 "$(counted acknowledged)"
    same "orders" 1 "$(counted orders)"
    exits 0 kf connection records uc requests
}

a_rejection_keeps_the_key() {
    knob pending ''
    exits 3 order --template "$template" --container second
    knob pending reject
    exits 4 kf request check r-2
    says 'Rejected by "uc"'
    same "private keys, public keys, certificates" "2 2 1" "$(objects)"
    knob decide issue
}

a_known_user_signs_in() {
    exits 0 kf connection add known cryptopro "url=$url/ui/api/$folder" "ca-file=$tls_root"
    exits 10 kf connection login known
    recorded 0 kf connection login known --user fedorov --secret-source "password=file:$work/secret.fedorov"
    exits 0 kf connection check known
    shows fedorov
    nowhere korova
    exits 0 kf connection logout known --all
    exits 10 kf connection check known
}

use_softhsm soft
start_double cryptopro
export URL="$url" TLS_ROOT="$tls_root" FOLDER="$folder"
secret fedorov korova
own_profile both 'clientAuth emailProtection'
test_that "a person sets it up" a_person_sets_it_up
test_that "the CA shows its roots" the_ca_shows_its_roots
test_that "a new user registers at the terminal" a_new_user_registers_at_the_terminal
test_that "credentials are kept, and shown to nobody" credentials_are_kept_and_shown_to_nobody
test_that "it waits for the CA" it_waits_for_the_ca
test_that "the subject comes from the registration" the_subject_comes_from_the_registration
test_that "a certificate comes after a wait" a_certificate_comes_after_a_wait
test_that "a rejection keeps the key" a_rejection_keeps_the_key
test_that "a known user signs in" a_known_user_signs_in
