#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Software containers from nothing to a certificate: in the registry, in the folder of disk, on a stick.
. "$(dirname "$0")/lib.sh"

stick=$work/stick

# The first command of a person without a token, with everything as it comes.
a_container_is_made_with_the_usual_settings() {
    rm "$home/keyfob.conf"
    exits 0 kf enroll --connection lab --subject "CN=Anna Smith" --medium registry
    says 'Anyone who copies the container can try passwords'
    says 'a lost password loses the keys'
    shows 'CN=Anna Smith'
    says 'Use it:  keyfob module register'
    name=anna-smith-$(date -u +%Y-%m)
    exits 0 kf --json container show "$name"
    answers '.public and .certificates == 1 and .medium == "registry" and .unblock == false'
    exits 0 kf container delete "$name" --yes
    use_software
}

enroll_on() {
    exits 0 kf --json enroll --connection lab --subject CN=Anna --email anna@example.org --new-pin-source "file:$pin" "$@"
    answers '.state == "done" and .container == .token.label'
    exits 0 kf container check "$(jq -r .container "$work/out")"
}

each_medium_gets_a_certificate() {
    mkdir "$stick"
    enroll_on --medium registry --container anna
    enroll_on --medium disk --container Анна
    enroll_on --medium disk --container stick --dir "$stick" --key rsa2048
    same "files" "Анна.kfc stick.kfc" "$(echo $(cd "$home/containers" && ls -- *.kfc) $(cd "$stick" && ls -- *.kfc))"
    same "mode" 600 "$(stat -c %a "$stick/stick.kfc")"
    exits 0 kf --json container list
    answers '[.items[] | select(.certificates == 1) | "\(.label) \(.medium)"] | sort
        == ["anna registry", "stick disk", "Анна disk"]'
    answers ".items[] | select(.label == \"stick\") | .place == \"$(realpath "$stick")\""
    exits 0 kf --json container list --medium disk
    answers '[.items[].label] | sort == ["stick", "Анна"]'
    exits 0 kf --json token list
    answers '[.items[] | "\(.label) \(.medium)"] | sort == ["anna registry", "stick disk", "Анна disk"]'
    promises_kept_in_software 3
}

# promises_kept_in_software N: requests, keys, orders and certificates are so many, and the same everywhere.
promises_kept_in_software() {
    for list in "request list" "container list" "ca list lab" "cert list"; do
        kf --json $list || fail "cannot list: $list"
    done >"$work/lists" 2>"$work/err"
    same "what is there" "3 requests done, 3 orders issued, the same serials" "$(jq -rs '
        def words(f): [.items[] | f] | sort | join(" ");
        . as [$requests, $containers, $orders, $certificates] |
        "\([$requests.items[-3:][] | select(.state == "done")] | length) requests done, " +
        "\([$containers.items[] | select(.certificates == 1)] | length) orders issued, " +
        (if ($certificates | words(.serial)) == ($orders | words(.serial)) then "the same" else "other" end) + " serials"' "$work/lists")"
}

a_name_that_is_used_is_refused() {
    before=$(sha256sum "$home/registry.db")
    exits 2 kf enroll --connection lab --subject CN=Anna --medium registry --container anna
    says 'has a container "anna" with a key already'
    says '--container'
    says '--token'
    same "the registry" "$before" "$(sha256sum "$home/registry.db")"
    exits 0 kf enroll --connection lab --subject CN=Anna --token anna --container second
    exits 0 kf --json container list anna
    answers '[.items[].label] | sort == ["anna", "second"]'
}

# A first try that failed after the container was made; or its key was deleted.
a_container_without_a_key_is_used() {
    exits 2 kf enroll --connection lab --subject CN=Bert --medium disk --container bert --key ed25519 --pss
    says 'the next enroll uses it'
    exits 0 kf --json container show bert
    answers '.empty and .keys == 0 and .medium == "disk"'
    exits 0 kf enroll --connection lab --subject CN=Bert --medium disk --container bert --key ed25519
    exits 0 kf container delete bert --token bert --yes
    exits 0 kf container show bert
    exits 0 kf enroll --connection lab --subject CN=Bert --medium disk --container bert
    exits 0 kf --json container show bert
    answers '.certificates == 1 and .type == "p256"'
}

names_that_were_made_up_are_numbered() {
    for n in 1 2; do exits 0 kf enroll --connection lab --subject CN=Bob --medium disk; done
    month=$(date -u +%Y-%m)
    exits 0 kf --json container list --medium disk
    answers "[.items[].label] | index(\"bob-$month\") and index(\"bob-$month-2\")"
    exits 0 kf enroll --connection lab --medium disk --subject "CN=A very long name of a person that has no end,O=x"
    exits 0 kf enroll --connection lab --medium disk --subject "CN=Длинное имя человека без конца,O=x"
}

a_dry_run_makes_nothing() {
    before=$(find "$home" -name '*.kfc' | sort)
    exits 0 kf --json enroll --connection lab --subject CN=Dry --medium disk --dir "$stick" --container dry --dry-run
    answers ".medium == \"disk\" and .place == \"$(realpath "$stick")\" and .container == \"dry\" and .container_made"
    exits 0 kf --json enroll --connection lab --subject CN=Dry --medium registry --dry-run
    answers ".place == \"$home/registry.db\" and .container == \"dry-$(date -u +%Y-%m)\""
    exits 2 kf enroll --connection lab --subject CN=Dry --medium registry --container anna --dry-run
    same "files" "$before" "$(find "$home" -name '*.kfc' | sort)"
    [ ! -e "$stick/dry.kfc" ] || fail "a dry run makes a container"
}

# Somebody else's CA decides later; the password is wanted again then, by --pin-source.
a_request_waits_and_is_installed() {
    make_ca slow --approval
    exits 3 kf enroll --connection slow --subject CN=Carl --medium registry --container carl --unblock
    if grep -q 'a lost password loses' "$work/err"; then fail "it has an unblock secret"; fi
    id=$(kf --json request list | jq -r '.items[0].id')
    exits 0 kf ca approve 1 --ca slow
    exits 0 kf resume "$id"
    exits 0 kf container check carl
    exits 0 kf --json container show carl
    answers '.unblock and .certificates == 1'
}

use_software
make_ca lab
test_that "a container is made with the usual settings" a_container_is_made_with_the_usual_settings
test_that "each medium gets a certificate" each_medium_gets_a_certificate
test_that "a name that is used is refused" a_name_that_is_used_is_refused
test_that "a container without a key is used" a_container_without_a_key_is_used
test_that "names that were made up are numbered" names_that_were_made_up_are_numbered
test_that "a dry run makes nothing" a_dry_run_makes_nothing
test_that "a request waits and is installed" a_request_waits_and_is_installed
