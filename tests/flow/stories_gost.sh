#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# GOST R 34.10-2012: key, request and certificate on a token that has it; openssl with its engine is the CA.
. "$(dirname "$0")/lib.sh"

# gost_openssl ARGUMENTS: openssl as a person has set it up who installed libengine-gost-openssl.
gost_openssl() {
    OPENSSL_CONF="$work/gost.cnf" openssl "$@" 2>"$work/openssl" || fail "openssl: $(cat "$work/openssl")"
}

# A CA in $work/NAME.pem; all of them are called "GOST CA".
gost_ca() {
    gost_openssl req -x509 -newkey gost2012_256 -pkeyopt paramset:A -nodes -keyout "$work/$1.key" -days 30 \
        -subj "/CN=GOST CA" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -out "$work/$1.pem"
}

# sign CA CSR CERTIFICATE
sign() {
    gost_openssl x509 -req -in "$2" -CA "$work/$1.pem" -CAkey "$work/$1.key" -days 20 \
        -copy_extensions copy -out "$3"
}

the_connection_trusts_the_root() {
    exits 0 kf connection add post manual "dir=$work/box"
    print=$(openssl x509 -in "$work/ca.pem" -noout -fingerprint -sha256 2>/dev/null | cut -d= -f2)
    exits 0 kf connection roots post --file "$work/ca.pem" --accept "$print"
    says '✔ Trusted: CN=GOST CA'
}

# ordered CONTAINER: the request's file in $csr, its id in $id.
ordered() {
    exits 10 kf enroll --connection post --profile gost-kep-fiz --container "$1" --subject \
        'CN=Фёдоров Фёдор,SN=Фёдоров,GN=Фёдор,C=RU,INN=500100732259,SNILS=11223344595'
    says 'GOST R 34.10-2012 256 key'
    id=$(sed -n 's/.*The request is kept: //p' "$work/err")
    csr=$(field .order.ticket request show "$id")
}

the_key_is_made_and_signs_on_the_token() {
    ordered fedorov
    gost_openssl req -in "$csr" -verify -noout
    exits 0 kf --json csr show "$id"
    answers '.key.type == "gost2012-256" and (.proven | not)'
    exits 0 kf --json container list --login
    answers '.items[0].key.type == "gost2012-256" or .items[0].type == "gost2012-256"'
}

another_ca_of_the_same_name_is_found_out_by_the_token() {
    sign wrong "$csr" "$work/wrong-leaf.pem"
    exits 9 kf request import "$id" "$work/wrong-leaf.pem"
    same "state" quarantined "$(field .state request show "$id")"
}

the_right_certificate_is_written_beside_the_key() {
    sign ca "$csr" "$work/leaf.pem"
    exits 0 kf request import "$id" "$work/leaf.pem"
    same "state" done "$(field .state request show "$id")"
    same "in the store" "GOST R 34.10-2012 256" "$(field '.items[-1].key.title' cert list)"
    exits 0 kf container check fedorov
}

a_token_without_gost_says_so() {
    use_fake
    exits 9 kf enroll --connection post --profile gost-kep-fiz --subject \
        'CN=x,SN=x,GN=x,C=RU,INN=500100732259,SNILS=11223344595'
    says 'does not make GOST R 34.10-2012 256 keys'
}

cat >"$work/gost.cnf" <<'END'
openssl_conf = c
[c]
engines = e
[e]
gost = g
[g]
engine_id = gost
default_algorithms = ALL
[req]
distinguished_name = dn
[dn]
END
gost_ca ca
gost_ca wrong
use_fake 'token label=FAKE' gost
test_that "the connection trusts the root" the_connection_trusts_the_root
test_that "the key is made and signs on the token" the_key_is_made_and_signs_on_the_token
test_that "another CA of the same name is found out by the token" another_ca_of_the_same_name_is_found_out_by_the_token
test_that "the right certificate is written beside the key" the_right_certificate_is_written_beside_the_key
test_that "a token without GOST says so" a_token_without_gost_says_so
