#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# DigiCert CertCentral: a key that is accepted, what the account holds, paid orders that are shown and confirmed, who
# must act while one waits, and what is taken back.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

API_KEY=Canary4ApiKeyTz

# order [OPTIONS]: of Anna, who has accepted the agreement.
order() {
    kf enroll --connection dc --profile both --template client_premium --set agreement=yes \
        --set recipients=anna@example.com --set organization=123456 --set first_name=Anna --set last_name=Example "$@"
}

# The key is taken once CertCentral knows it, and it is on no screen.
a_person_sets_it_up() {
    dialog <<'END'
keyfob connection add dc digicert url=$env(URL)/services/v2 ca-file=$env(TLS_ROOT)
see "Test it now?"
say "y"
see "Sign in now?"
say "y"
see "API key for dc: "
say "Canary4ApiKeyTz"
see "✔ connected"
see "Enroll:          keyfob enroll --connection dc"
ended 0
END
    silent_about "$API_KEY"
    trust dc
    knob key other
    exits 10 kf connection check dc
    recorded 4 kf connection login dc --secret-source "api-key=file:$work/secret.wrong"
    knob key "$API_KEY"
    exits 0 kf connection check dc
    shows 'pki-admin'
}

a_key_is_never_a_word() {
    exits 2 kf connection add other digicert "api-key=$API_KEY"
    silent_about "$API_KEY"
    exits 2 kf connection edit dc "api-key=$API_KEY"
    silent_about "$API_KEY"
    recorded 0 kf connection edit dc --secret-source "api-key=file:$work/secret.key"
    dialog <<'END'
keyfob connection edit dc api-key
see "API key: "
say "Canary4ApiKeyTz"
see "connected"
ended 0
END
    silent_about "$API_KEY"
}

the_account_shows_what_it_holds() {
    exits 0 kf connection records dc
    shows 'organizations'
    exits 0 kf --json connection records dc organizations
    answers '[.items[].name] | index("Example Inc") != null'
    exits 0 kf connection records dc organizations 123456
    shows '2028-12-01'
    exits 2 kf connection records dc parrots
    says 'keyfob connection records dc'
    exits 0 kf connection act dc
    shows 'domain-check'
    exits 0 kf connection act dc domain-validate domain=123458 method=dns-txt-token
    grep -qE 'example\.com' "$work/out" "$work/err" || fail "it does not say what to publish"
    exits 2 kf connection act dc domain-validate method=dns-txt-token
    says 'domain'
}

what_is_not_right_costs_nothing() {
    exits 2 kf enroll --connection dc --template client_premium --set recipients=anna@example.com
    exits 2 order --set agreement=no
    exits 2 order --set recipients=nonsense
    run order --key ed25519
    [ "$status" -ne 0 ] || fail "a key that CertCentral refuses is made"
    same "orders" 0 "$(counted orders)"
    same "requests" 0 "$(field '.items | length' request list)"
    same "keys" "0 0 0" "$(objects)"
}

# The template first, what it needs, the agreement, then all of it once more, and a "yes".
a_paid_order_is_shown_and_confirmed() {
    knob emails_validated no
    cat >"$work/ordering" <<'END'
keyfob enroll --connection dc --profile both --pin-source file:$env(WORK)/pin
see "Premium"
see "Product"
say "client_premium"
see "Recipients"
say "nonsense"
say ""
see "✖ It "
say "anna@example.com"
see "and (Enter ends): "
say ""
see "Example Inc"
say "123456"
see "First name: "
say ""
see "✖ It is needed"
say "Anna"
see "Last name: "
say "Example"
see "agreement"
say "y"
see "only the public key"
see "costs money"
see "Type yes: "
END
    {
        cat "$work/ordering"
        printf 'say "no"\nended 130\n'
    } | dialog
    same "orders" 0 "$(counted orders)"
    same "keys" "0 0 0" "$(objects)"
    {
        cat "$work/ordering"
        printf 'say "yes"\nsee "processing"\nended 3\n'
    } | dialog
    same "how often the costs are said" 1 "$(grep -c 'costs money' "$work/out")"
    same "orders" 1 "$(counted orders)"
    same "private keys, public keys, certificates" "1 1 0" "$(objects)"
}

it_says_who_must_act() {
    exits "3 10" kf request check r-1
    exits 0 kf request show r-1
    grep -q 'anna@example.com must click' "$work/out" "$work/err" || fail "it does not say who must act"
    exits 0 kf --json request show r-1
    answers '.next[0].actor == "recipient" and (.next[0].do | test("anna@example.com"))'
    knob emails_validated yes
    exits 0 kf wait r-1 --wait 60s
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    same "orders" 1 "$(counted orders)"
}

an_order_that_waits_is_taken_back() {
    knob needs_approval yes
    run order --container waits
    exits 0 kf --json request show r-2
    answers '.next[0].actor == "approver"'
    exits 0 kf request withdraw r-2 --yes
    same "state" withdrawn "$(field .state request show r-2)"
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    knob needs_approval ''
}

a_csr_made_elsewhere_is_explained_and_sent() {
    openssl req -new -newkey rsa:2048 -nodes -keyout "$work/else.key" -out "$work/else.csr" -subj '/CN=Carla/O=Else' \
        2>"$work/openssl"
    exits 0 kf csr explain "$work/else.csr" --connection dc --template client_premium --set agreement=yes \
        --set recipients=carla@example.com --set organization=123456 --set first_name=Carla --set last_name=Else
    shows 'only the public key'
    exits 9 kf --json csr explain "$work/else.csr" --connection dc --template client_premium
    answers '.schema == "keyfob.lint/1" and any(.items[]; .level == "error")'
    exits 0 order --csr "$work/else.csr" --set recipients=carla@example.com
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
}

# Names that are typed stand there whole, sentences to their end.
tables_can_be_read() {
    dialog <<'END'
keyfob connection templates dc
see "client_digital_signature_plus "
see "8 templates"
ended 0
END
    dialog <<'END'
keyfob csr explain $env(WORK)/else.csr --connection dc --profile both --template client_premium --set agreement=yes --set recipients=anna@example.com --set organization=123456 --set first_name=Anna --set last_name=Example
see "only the public key of the CSR is used"
see "send it again"
ended 0
END
}

# As `keyfob help connections` says, with the usages that the product has.
the_profile_that_help_names_fits_the_product() {
    exits 0 kf help connections
    shows 'client_premium --profile person'
    knob emails_validated yes
    knob usages product
    for key in rsa2048 p256; do # 0: it is installed
        exits 0 order --profile person --key "$key"
    done
    knob usages ""
}

the_key_is_in_no_file_but_its_own() {
    nowhere "$API_KEY"
    grep -rqF "$API_KEY" "$home/secrets" || fail "the key is not kept"
    same "open files" "" "$(find "$home/secrets" -type f -perm /077)"
    recorded 0 kf connection logout dc --all
    if grep -rqF "$API_KEY" "$home"; then fail "the key is still there"; fi
    exits 10 kf connection check dc
}

use_softhsm soft
start_double digicert "key=$API_KEY" purpose=clientAuth,emailProtection
export URL="$url" TLS_ROOT="$tls_root"
secret key "$API_KEY"
secret wrong nonsense
own_profile both 'clientAuth emailProtection'
test_that "a person sets it up" a_person_sets_it_up
test_that "a key is never a word" a_key_is_never_a_word
test_that "the account shows what it holds" the_account_shows_what_it_holds
test_that "what is not right costs nothing" what_is_not_right_costs_nothing
test_that "a paid order is shown and confirmed" a_paid_order_is_shown_and_confirmed
test_that "it says who must act" it_says_who_must_act
test_that "an order that waits is taken back" an_order_that_waits_is_taken_back
test_that "a CSR made elsewhere is explained and sent" a_csr_made_elsewhere_is_explained_and_sent
test_that "tables can be read" tables_can_be_read
test_that "the profile that help names fits the product" the_profile_that_help_names_fits_the_product
test_that "the key is in no file but its own" the_key_is_in_no_file_but_its_own
