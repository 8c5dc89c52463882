#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command that reads a file, with files that it cannot use; and wrong values of options.
# timeout: 300
. "$(dirname "$0")/lib.sh"

escape=$(printf '\033')

# What is there: the home's files, and what would have changed a token.
what_is_there() {
    find "$home" -type f ! -name '*-shm' ! -name '*-wal' ! -path '*/locks/*' -exec sha256sum {} + | sort
    grep -cE '^C_(GenerateKeyPair|CreateObject|DestroyObject|SetAttributeValue|InitToken|InitPIN|SetPIN) ' "$work/trace" || true
}

# refused COMMAND...: one run that must fail, in one sentence with one hint.
refused() {
    count=$((count + 1))
    sentence=$now_testing
    now_testing="$*"
    run timeout 20 "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" "$@"
    case $status in
    1 | 2 | 5 | 9 | 10) ;;
    *) fail "ended with $status" ;;
    esac
    [ "$(LC_ALL=C grep -c '^keyfob: error: .*\[[a-z_]*\]$' "$work/err")" = 1 ] || fail "not one error"
    [ "$(LC_ALL=C grep -c '^keyfob: hint: .' "$work/err")" = 1 ] || fail "not one hint"
    if LC_ALL=C grep -q "$escape" "$work/out" "$work/err"; then fail "a control character is printed"; fi
    now_testing=$sentence
}

make_files() {
    mkdir "$work/files"
    cd "$work/files"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out root.pem \
        -subj /CN=root 2>"$work/openssl"
    openssl pkey -in key.pem -outform DER -out key.der
    openssl req -new -key key.pem -subj /CN=x -out request.pem
    mkdir folder
    : >empty

    head -c 2097152 /dev/zero | tr '\0' A >large
    head -c 4096 /dev/urandom >garbage
    printf '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>\n' >page.html
    head -c 120 root.pem >half.pem
    sed 's/[A-Za-z]/!/g; s/!!!!! !!!!!!!!!!!/BEGIN CERTIFICATE/' root.pem >broken.pem
    printf -- '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n' >hollow.pem
    printf '0\202\377\377' >short.der
    printf '\033[31mred\033[0m\n' >colours
    ln -s nowhere dangling
    cd "$root"
}

# A module's memory is a file that even the superuser cannot read.
files="folder empty large garbage page.html half.pem broken.pem hollow.pem short.der colours dangling none key.pem key.der"
files="$files /proc/self/mem /dev/full"

path_of() {
    case $1 in
    /*) echo "$1" ;;
    *) echo "$work/files/$1" ;;
    esac
}

# The commands that read files, with FILE where it stands.
reading_commands() {
    cat <<'END'
cert show FILE
cert verify FILE
cert import FILE
store add FILE
csr show FILE
csr lint FILE
csr export FILE
profile check FILE
request import r-2 FILE
connection roots post --file FILE
enroll --connection lab --csr FILE
container create fresh --pin-source file:FILE
token list --module FILE
END
}

every_reader_refuses_every_wrong_file() {
    reading_commands >"$work/commands"
    while read -r line; do
        for file in $files; do
            path=$(path_of "$file")
            case $line:$file in
            *--module*:*) expect_no_module "$path"; continue ;;
            *--pin-source*:*.* | *--pin-source*:garbage | *--pin-source*:colours) continue ;; # a line may be a PIN
            esac
            # shellcheck disable=SC2086
            refused $(echo "$line" | sed "s|FILE|$path|")
        done
        same "what is there after $line" "$before" "$(what_is_there)"
    done <"$work/commands"
}

# A module that cannot be used is a note, not a failure of the list; a command that needs a token says so.
expect_no_module() {
    refused token show --module "$1"
}

certificates_and_requests_are_told_apart() {
    refused cert show "$work/files/request.pem"
    says 'certificate request'
    refused csr show "$work/files/root.pem"
    says 'not a certificate request'
    refused cert import "$work/files/key.pem"
    says 'private key'
    refused csr show "$work/files/key.pem"
    says 'this is a "PRIVATE KEY"'
    refused cert show "$work/files/page.html"
    says 'HTML page'
    refused cert show "$work/files/large"
    says 'large'
    refused csr show "$work/files/none"
    says "Check the file's name"
}

# OPTION VALUE of a command, after which nothing has happened.
option_values() {
    cat <<'END'
enroll --subject CN=x --connection lab --key rsa512
enroll --subject CN=x --connection lab --key
enroll --subject CN=x --connection none
enroll --subject CN=x --connection lab --profile none
enroll --subject CN=x --connection lab --profile ../lab
enroll --subject CN=x --connection lab --hash md5
enroll --subject CN=x --connection lab --id-style other
enroll --subject CN=x --connection lab --wait long
enroll --subject CN=x --connection lab --wait -1
enroll --subject CN=x --connection lab --from r-99
enroll --subject CN=x --connection lab --from 9
enroll --subject CN=x --connection lab --set pet
enroll --subject CN=x --connection lab --set =cat
enroll --subject CN=x --connection lab --container anna
enroll --subject CN=x --connection lab --token none
enroll --subject CN=x --connection lab --token pkcs11:token=none
enroll --subject CN=x --connection lab --token pkcs11:nonsense
enroll --subject CN=x --connection lab --token pkcs11:token=FAKE;pin-value=1234
enroll --subject CN=x --connection lab --key p256 --pss
enroll --subject CN=x --connection lab --dns -x-
enroll --subject CN=x --connection lab --email nobody
enroll --subject CN=x --connection lab --san ip:1.2.3
enroll --subject CN=x --connection lab --san planet:mars
enroll --subject CN=x --connection lab --san uri:
enroll --subject CN=x --connection lab --template-oid 1.x
enroll --subject CN --connection lab
enroll --subject CN= --connection lab
enroll --subject XX=x --connection lab
enroll --subject CN=x, --connection lab
enroll --subject C=Germany --connection lab
enroll --connection lab
enroll --subject CN=x --connection post
container create fresh --key dsa
container create fresh --use fly
container create fresh --id-style x
container list --token r-1
token init --label
token init
token init FAKE --label new
token init FAKE --label 123456789012345678901234567890123
cert export c-2 --format jks
cert export c-2 --out /proc/none/x
cert export c-2 --out /
cert export c-99
cert needs-renewal --within -1d
cert needs-renewal --within 99999999999999999999d
csr create anna --subject CN=x --format p12
csr export r-1 --out /proc/none/x
csr export r-99
connection roots lab --accept zz
connection roots lab --accept 00
connection roots none --accept 00
store list --kind leaf
store add FILE --fingerprint zz
store remove c-99
ca init lab
ca init fresh --days 0
ca init fresh --days 999999999
ca init fresh --days many
ca init fresh --subject nonsense
ca init fresh --profiles none
ca approve 0
ca approve 99
ca approve -5
ca approve 1x
ca approve 1 --ca none
ca reject 99
ca revoke 99999999999999999999999999
ca revoke 1 --reason because
ca crl lab --format p7b
request show r-
request show r--1
request show r-99999999999999999999
wait r-2 --wait nonsense
container create fresh --pin-source 1234
container create fresh --pin-source file:
container create fresh --pin-source env:NOT_SET
container create fresh --pin-source fd:77
container create fresh --pin-source fd:x
container create fresh --pin-source askpass:/nonexistent
container create fresh --pin-source prompt
END
}

every_wrong_value_is_refused() {
    option_values | sed "s|FILE|$work/files/root.pem|" >"$work/commands"
    while read -r line; do
        # shellcheck disable=SC2086
        refused $line
        same "what is there after $line" "$before" "$(what_is_there)"
    done <"$work/commands"
}

use_fake
make_ca lab
make_ca slow --approval
exits 0 enroll --container anna
exits 3 kf enroll --connection slow --subject CN=slow
exits 0 kf connection add post manual
make_files
count=0
before=$(what_is_there)
test_that "every reader refuses every wrong file" every_reader_refuses_every_wrong_file
test_that "certificates and requests are told apart" certificates_and_requests_are_told_apart
test_that "every wrong value is refused" every_wrong_value_is_refused
echo "$count command lines"
