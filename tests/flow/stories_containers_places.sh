#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Software containers as wholes: copied, moved, renamed and deleted across media, and keys onto a hardware-like token.
. "$(dirname "$0")/lib.sh"

stick=$work/stick

# public_key NAME [TOKEN OPTION...]: of the key, as text.
public_key() {
    kf csr create "$@" --subject CN=x 2>"$work/err" | openssl req -noout -pubkey
}

a_copy_has_the_same_key_and_password() {
    key=$(public_key vpn --token vpn)
    exits 0 kf --json container copy vpn --medium disk --dir "$stick" --name vpn-copy
    answers '.label == "vpn" and .token_label == "vpn-copy" and .medium == "disk"'
    says 'Copied: vpn-copy'
    same "public key of the copy" "$key" "$(public_key vpn --token vpn-copy)"
    same "serial numbers" 2 "$(field '[.items[].serial] | unique | length' token list)"
    exits 0 kf container check vpn-copy
    exits 0 kf container check vpn
    exits 2 kf container copy vpn --medium disk --dir "$stick" --name vpn-copy
    says 'vpn-copy'
}

a_move_leaves_nothing_behind() {
    key=$(public_key vpn --token vpn)
    serial=$(field '.items[] | select(.label == "vpn") | .serial' token list)
    exits 0 kf container move vpn --medium disk
    says 'Moved: vpn'
    [ -e "$home/containers/vpn.kfc" ] || fail "it is not on disk"
    same "media of vpn" disk "$(field '[.items[] | select(.token_label == "vpn") | .medium] | join(" ")' container list)"
    same "public key" "$key" "$(public_key vpn --token vpn)"
    same "serial number" "$serial" "$(field '.items[] | select(.label == "vpn") | .serial' token list)"
    exits 0 kf container move vpn --medium disk --dir "$stick"
    [ ! -e "$home/containers/vpn.kfc" ] || fail "it is still in the old folder"
    exits 0 kf container move vpn --medium registry
    [ ! -e "$stick/vpn.kfc" ] || fail "it is still on the stick"
    exits 0 kf container check vpn
}

# With several containers a name that is nobody's is said in one line, not by a list of all of them.
names_are_found_among_several() {
    make_container second
    for command in "show none" "check none" "delete none --yes" "export none --out $work/none.p12 --file-pin-source file:$pin"; do
        exits 2 kf container $command
        says 'there is no container "none"'
        says '`keyfob container list`'
    done
    exits 5 kf container rename none other
    says 'there is no software container "none"'
    exits 2 kf csr create none --subject CN=x
    exits 0 kf csr create vpn --subject CN=x
    shows 'BEGIN CERTIFICATE REQUEST'
    exits 2 kf token test
    says 'tokens are there: "'
    silent_about 'pkcs11:'
    exits 0 kf container delete second --yes
}

# It is no token any more, but nobody has to guess where it went.
a_damaged_container_is_named() {
    exits 0 kf container create torn --medium disk
    exits 0 kf container create torn2 --medium disk
    cp -p "$home/containers/torn.kfc" "$work/whole.kfc"
    printf X | dd of="$home/containers/torn.kfc" bs=1 seek=100 conv=notrunc 2>"$work/dd"
    exits 0 kf container list
    says 'container "torn"'
    says 'torn.kfc.bak'
    for command in "check torn" "show torn" "rename torn other" "delete torn --yes"; do
        exits "2 5" kf container $command
        says 'its checksum is wrong'
    done
    exits 0 kf container check torn2
    cp -p "$work/whole.kfc" "$home/containers/torn.kfc"
    exits 0 kf container check torn
    exits 0 kf container delete torn --yes
    exits 0 kf container delete torn2 --yes
}

# interrupted_move OPTIONS: it was written there, and not yet removed here, in the folder of disk.
interrupted_move() {
    cp -p "$home/containers/vpn.kfc" "$work/vpn.kfc"
    exits 0 kf container move vpn "$@"
    cp -p "$work/vpn.kfc" "$home/containers/vpn.kfc"
    exits 2 kf container check vpn
    says '`keyfob container move` once more finishes it'
}

an_interrupted_move_is_finished_by_another() {
    exits 0 kf container move vpn --medium disk
    interrupted_move --medium registry
    exits 0 kf container move vpn --medium registry
    [ ! -e "$home/containers/vpn.kfc" ] || fail "it is still on disk"
    exits 2 kf container move vpn --medium registry
    says 'There is nothing to move'
    exits 0 kf container move vpn --medium disk
    interrupted_move --medium disk --dir "$stick"
    exits 0 kf container delete vpn --medium disk --dir "$stick" --yes
    [ ! -e "$stick/vpn.kfc" ] || fail "it is still on the stick"
    exits 2 kf container delete vpn --medium registry --yes
    exits 0 kf container move vpn --medium registry
    exits 0 kf container check vpn
}

a_name_can_be_changed() {
    exits 0 kf container rename vpn-copy office
    says 'Renamed: office'
    exits 5 kf container rename vpn-copy other
    exits 5 kf container rename vpn-copy office
    says 'but there is "office"'
    mv "$stick/office.kfc" "$stick/vpn-copy.kfc" # as an interrupted one leaves it
    exits 0 kf container rename vpn-copy office
    exits 0 kf container check office
    [ -e "$stick/office.kfc" ] || fail "the file has its old name"
    make_container taken
    exits 2 kf container rename vpn taken
    exits 0 kf container check vpn
}

deleting_wants_a_word_and_takes_all() {
    exits 10 kf container delete office
    says 'Nothing was changed'
    exits 0 kf --json container delete office --yes
    answers '.deleted and .label == "office"'
    [ ! -e "$stick/office.kfc" ] || fail "the file is still there"
    same "containers office" 0 "$(field '[.items[] | select(.token_label == "office")] | length' container list)"
    exits 0 kf container delete taken --token taken --yes
    exits 0 kf --json container show taken
    answers '.empty'
    exits 0 kf container delete taken --yes
}

# Two tokens of different kinds: the module list of keyfob.conf besides keyfob's own.
with_softhsm() {
    "$root/softhsm-config/make-token" "$state" card >"$work/out"
    export SOFTHSM2_CONF="$state/softhsm2.conf"
    printf '[module soft]\npath = %s\n' "$softhsm" >>"$home/keyfob.conf"
    printf '123456\n' >"$work/card-pin"
}

# both ARGUMENTS: keyfob with all modules; a program gives each token its own PIN.
both() {
    cat >"$work/ask" <<END
#!/bin/sh
case \$1 in
*card*) cat "$work/card-pin" ;;
*) cat "$pin" ;;
esac
END
    chmod 700 "$work/ask"
    "$keyfob" --home "$home" --no-input --pin-source "askpass:$work/ask" --new-pin-source "file:$pin" "$@"
}

an_exportable_key_goes_onto_a_token() {
    with_softhsm
    exits 0 both enroll --connection lab --subject CN=Anna --medium registry --container anna --exportable
    exits 0 both --json container copy anna --to card
    answers '.copied_to.label == "card"'
    exits 0 both --json container list card
    answers '.items[] | select(.label == "anna") | .certificates == 1 and .medium == "token"'
    exits 0 both container check anna --token card
    exits 9 both container copy vpn --to card
    says 'exportable'
    exits 2 both container copy anna --to anna
    exits 5 both container copy anna --to none
}

hardware_keys_never_leave() {
    exits 9 both container move card --medium disk
    says 'not a software container'
    exits 9 both container copy card --medium disk
    says 'Its keys never leave it'
    exits 9 both container export anna --token card --out "$work/never.p12"
    says 'never leaves it'
    exits 9 both container copy anna --token card --to vpn
    says 'never leaves it'
    [ ! -e "$work/never.p12" ] || fail "there is a file"
}

where_to_must_be_said() {
    exits 2 kf container move vpn
    says '--medium registry or --medium disk'
    exits 2 kf container copy vpn --medium token
    says '--to TOKEN'
    exits 2 kf container move vpn --medium registry --dir "$stick"
    exits 2 kf container move vpn --medium disk --dir "$work/nowhere"
    says 'nowhere'
    exits 2 kf container create x --dir "$stick"
    says '--medium'
}

use_software
mkdir "$stick"
make_ca lab
make_container vpn
test_that "a copy has the same key and password" a_copy_has_the_same_key_and_password
test_that "a move leaves nothing behind" a_move_leaves_nothing_behind
test_that "names are found among several" names_are_found_among_several
test_that "a damaged container is named" a_damaged_container_is_named
test_that "an interrupted move is finished by another" an_interrupted_move_is_finished_by_another
test_that "a name can be changed" a_name_can_be_changed
test_that "deleting wants a word and takes all" deleting_wants_a_word_and_takes_all
test_that "where to must be said" where_to_must_be_said
test_that "an exportable key goes onto a token" an_exportable_key_goes_onto_a_token
test_that "hardware keys never leave" hardware_keys_never_leave
