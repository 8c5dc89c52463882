#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Renewing with a new key, with the same key, by reissue, all that are due; revoking, with and without approval.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

status_of() {
    field .status cert show "$1"
}

# The old one stays, marked, with its key.
a_new_key_takes_the_place_of_the_old_one() {
    exits 0 enroll --email anna@example.org
    exits 0 kf cert list
    exits 0 kf renew c-2 --dry-run
    shows 'a new key'
    same "keys" "1 1 1" "$(objects)"
    exits 0 kf renew c-2
    says 'read back'
    same "private keys, public keys, certificates" "2 2 2" "$(objects)"
    same "old" superseded "$(status_of c-2)"
    same "new" valid "$(status_of c-3)"
    same "names" anna@example.org "$(field '.alternative_names[0].value' cert show c-3)"
    exits 2 kf renew c-2
    says 'renewed already'
}

the_same_key_is_certified_again() {
    exits 0 kf renew c-3 --same-key
    same "private keys, public keys" "2 2" "$(objects | cut -d' ' -f1,2)"
    same "old" superseded "$(status_of c-3)"
    same "the key" "$(field .key_uri cert show c-3)" "$(field .key_uri cert show c-4)"
    exits 2 kf renew c-4 --same-key --reissue
    exits 2 kf renew
    says '--within 28d'
    exits 2 kf renew c-4 --within 28d
    exits 2 kf renew c-99
}

what_is_due_is_renewed_in_one_go() {
    exits 0 kf renew --within 28d
    says '0 renewed, 0 waiting, 0 failed'
    exits 0 kf renew --within 4000d --dry-run
    shows c-4
    exits 0 kf --json renew --within 4000d
    answers '.schema == "keyfob.renewals/1" and .renewed == 1 and .failed == 0 and (.requests | length) == 1'
    same "old" superseded "$(status_of c-4)"
    same "new" valid "$(status_of c-5)"
}

revoking_wants_the_name_typed() {
    exits 10 kf revoke c-5 --reason superseded
    says '--yes'
    exits 2 kf revoke c-5 --yes
    says '--reason keyCompromise'
    exits 2 kf revoke c-5 --reason nonsense --yes
    dialog <<'END'
keyfob revoke c-5
see "Another certificate has taken its place"
see "Reason: "
say "4"
see "Revoked for good (superseded)"
say "c-55"
ended 130
END
    same "status" valid "$(status_of c-5)"
    dialog <<'END'
keyfob revoke c-5
see "Reason: "
say "keyCompromise"
see "Type c-5 to go on: "
say "c-5"
see "✔ Revoked: c-5 (keyCompromise)"
ended 0
END
    same "status" revoked "$(status_of c-5)"
    same "at the CA" revoked "$(field '[.items[] | select(.state == "revoked")][0].state' ca list)"
}

# --- CertCentral: money, reissue, approval ---

digicert() {
    exits 0 kf connection add dc digicert "url=$url/services/v2" "ca-file=$tls_root" \
        --secret-source "api-key=file:$work/secret.key"
    trust dc
    exits 0 kf enroll --connection dc --profile both --template client_premium --set agreement=yes \
        --set recipients=anna@example.com --set organization=123456 --set first_name=Anna --set last_name=Example \
        --container paid
    paid=$(field .certificate.id request show "$(field '.items[0].id' request list)")
    same "orders" 1 "$(counted orders)"
}

a_paid_renewal_is_confirmed() {
    digicert
    printf '%s\n' "keyfob renew $paid --pin-source file:\$env(WORK)/pin" 'see "It may cost money"' 'say "no"' 'ended 130' |
        dialog
    printf '%s\n' "keyfob renew --within 4000d --pin-source file:\$env(WORK)/pin" 'see "It may cost money"' 'say "no"' \
        'ended 130' | dialog
    same "orders" 1 "$(counted orders)"
    exits 0 kf renew "$paid"
    same "orders" 2 "$(counted orders)"
    same "old" superseded "$(status_of "$paid")"
    paid=$(field .certificate.id request show "$(field '.items[0].id' request list)")
}

# A lost token: the same order, with a key on another one (here the same).
a_reissue_costs_no_order() {
    exits 0 kf renew "$paid" --reissue
    same "orders" 2 "$(counted orders)"
    paid=$(field .certificate.id request show "$(field '.items[0].id' request list)")
}

a_revocation_may_wait_for_approval() {
    knob needs_approval yes
    exits "3 10" kf revoke "$paid" --reason superseded --yes
    says 'not decided yet'
    silent_about 'keyfob: error'
    same "status" valid "$(status_of "$paid")"
    knob needs_approval ''
    exits 0 kf revoke "$paid" --reason superseded --yes --comment 'no longer here'
    same "status" revoked "$(status_of "$paid")"
}

use_softhsm soft
make_ca lab
start_double digicert purpose=clientAuth,emailProtection
secret key any-key
own_profile both 'clientAuth emailProtection'
test_that "a new key takes the place of the old one" a_new_key_takes_the_place_of_the_old_one
test_that "the same key is certified again" the_same_key_is_certified_again
test_that "what is due is renewed in one go" what_is_due_is_renewed_in_one_go
test_that "revoking wants the name typed" revoking_wants_the_name_typed
test_that "a paid renewal is confirmed" a_paid_renewal_is_confirmed
test_that "a reissue costs no order" a_reissue_costs_no_order
test_that "a revocation may wait for approval" a_revocation_may_wait_for_approval
