#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shipped profile gives the certificate that it promises; own profiles; what a profile refuses.
# timeout: 300
. "$(dirname "$0")/lib.sh"

# The key of a profile that is quickest to make and allowed.
quick_key() {
    jq -r 'if .keys | index("p256") then "p256" elif .keys | index("p384") then "p384" else .keys[0] end' "$work/profile"
}

# What a profile requires, as words for the command, one a line.
required_names() {
    jq -r '{email: "anna@example.org", dns: "www.example.org", uri: "urn:uuid:5b2d7a3e-9c1f-4f0e-8a4e-1d2c3b4a5968",
        upn: "anna@corp.example", kerberos: "anna@EXAMPLE.ORG"} as $value |
        .names | to_entries[] | select(.value == "required") | "--san", "\(.key):\($value[.key])"' "$work/profile"
}

# The subject: CN where allowed, and what is required.
subject() {
    jq -r '["CN"] + [.subject[] | select(.rule == "required") | .name] | unique |
        map("\(.)=\(if . == "C" then "DE" else "Anna" end)") | join(",")' "$work/profile"
}

# The certificate has the usages that the profile names.
as_promised() {
    exits 0 kf --json cert show "$1"
    jq -e --slurpfile profile "$work/profile" '. as $cert | $profile[0] |
        (.key_usage - $cert.key_usage == []) and
        ([.extended_key_usage[].oid] - [$cert.extended_key_usage[].oid] == []) and ($cert.is_ca | not)' \
        "$work/out" >"$work/openssl" || fail "the certificate of \"$2\" is not as its profile says"
}

a_profile_enrolls() {
    required_names >"$work/names"
    set --
    while read -r word; do set -- "$@" "$word"; done <"$work/names"
    exits 0 kf --json enroll --profile "$profile" --key "$(quick_key)" --subject "$(subject)" "$@"
    answers '.state == "done"'
    as_promised "$(jq -r .certificate.id "$work/out")" "$profile"
}

# Which profiles are CAs, or want keys that no token here makes, is known.
every_profile_gives_what_it_promises() {
    done='' cas='' other=''
    for profile in $(field '.items[].name' profile list); do
        kf --json profile show "$profile" >"$work/profile"
        case $(jq -r '"\(.ca) \(.keys[0])"' "$work/profile") in
        true*) cas="$cas $profile" ;;
        *gost*) other="$other $profile" ;;
        *) a_profile_enrolls && done="$done $profile" ;;
        esac
    done
    same "CAs" " local-ca-root local-ca-sub" "$cas"
    same "other keys" " gost-kep-fiz gost-kep-ip gost-kep-yur" "$other"
    for profile in tls-client smime-sign smartcard-logon pkinit server-tls piv-9c piv-9e codesign timestamp; do
        case "$done " in *" $profile "*) ;; *) fail "$profile was not tried" ;; esac
    done
}

a_profile_for_cas_is_rejected_by_the_lab_ca() {
    exits 4 kf enroll --profile local-ca-sub --subject CN=Sub
    says 'is for CAs, which this one does not issue'
}

keys_that_cannot_be_made_are_said_so() {
    exits 9 kf enroll --profile gost-kep-fiz \
        --subject 'CN=Фёдоров,SN=Фёдоров,GN=Фёдор,C=RU,INN=123456789012,SNILS=12345678901'
    says 'does not make GOST R 34.10-2012 256 keys'
    exits 9 kf enroll --profile codesign --key rsa2048 --subject CN=Anna
    says 'does not allow RSA 2048 keys'
}

a_windows_sign_in_has_its_upn() {
    exits 2 kf enroll --profile smartcard-logon --subject CN=Anna
    says '--san upn:VALUE'
    exits 0 kf --json enroll --profile smartcard-logon --subject CN=Anna --upn anna@corp.example
    exits 0 kf cert export "$(jq -r .certificate.id "$work/out")"
    openssl x509 -in "$work/out" -noout -text >"$work/openssl"
    grep -q 'Microsoft Smartcard Login' "$work/openssl" || fail "no smart card sign-in"
    grep -q 'UPN.*anna@corp.example' "$work/openssl" || fail "no UPN: $(cat "$work/openssl")"
}

what_a_profile_refuses_makes_no_key() {
    before=$(objects)
    exits 2 kf enroll --profile smime-sign --subject CN=Anna
    says 'needs a name of the kind "email"'
    exits 9 kf enroll --profile codesign --key rsa2048 --subject CN=Anna
    exits '2 9' kf enroll --profile piv-9e --subject CN=Anna,SN=Smith --san uri:urn:uuid:5b2d7a3e-9c1f-4f0e-8a4e-1d2c3b4a5968
    exits '2 9' kf enroll --profile codesign --subject CN=Anna --dns www.example.org
    same "private keys, public keys, certificates" "$before" "$(objects)"
}

own_profiles_stand_beside_the_shipped_ones() {
    exits 0 kf profile new office
    says "keyfob profile check office: $home/profiles/office.conf"
    exits 0 kf profile check office
    says '✔ The profile is right'
    exits 2 kf profile new office
    says 'already'
    same "its place" "$home/profiles/office.conf" "$(field '.items[] | select(.name == "office") | .path' profile list)"
    exits 0 kf enroll --profile office --subject CN=Anna --email anna@example.org
    sed -i 's/^key_usage = .*/key_usage = digitalSignatur/' "$home/profiles/office.conf"
    exits 2 kf profile check office
    line=$(grep -n '^key_usage = ' "$home/profiles/office.conf" | cut -d: -f1)
    says "office.conf:$line"
    exits 2 kf enroll --profile office --subject CN=Anna
    says "digitalSignatur"
    exits 0 kf --json profile list
    answers '[.items[] | select(.error)] | length == 1 and .[0].name == "office"'
}

use_softhsm soft
exits 0 kf ca init lab
test_that "every profile gives what it promises" every_profile_gives_what_it_promises
test_that "a profile for CAs is rejected by the lab CA" a_profile_for_cas_is_rejected_by_the_lab_ca
test_that "keys that cannot be made are said so" keys_that_cannot_be_made_are_said_so
test_that "a Windows sign-in has its UPN" a_windows_sign_in_has_its_upn
test_that "what a profile refuses makes no key" what_a_profile_refuses_makes_no_key
test_that "own profiles stand beside the shipped ones" own_profiles_stand_beside_the_shipped_ones
