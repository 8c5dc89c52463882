#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# OpenSSH: ssh-keygen lists the keys and signs with them, ssh and ssh-agent log in with them.
# OpenSSH 9.2 takes no Ed25519 keys from a module.
# timeout: 180
. "$(dirname "$0")/lib.sh"
sshd=/usr/sbin/sshd
needs ssh ssh-keygen ssh-agent ssh-add "$sshd" pkcs11-tool

user=$(id -un)

# The PIN as a person would type it; who asks is written down.
answer_questions() {
    printf '#!/bin/sh\necho "$1" >>"%s"\ncat "%s"\n' "$work/asked" "$pin" >"$work/askpass"
    chmod 700 "$work/askpass"
    export SSH_ASKPASS="$work/askpass" SSH_ASKPASS_REQUIRE=force
}

start_sshd() {
    if [ "$(id -u)" -eq 0 ]; then mkdir -p /run/sshd; fi
    ssh_port=$(free_port)
    exits 0 ssh-keygen -q -t ed25519 -N "" -f "$work/host"
    printf '[127.0.0.1]:%s %s\n' "$ssh_port" "$(cat "$work/host.pub")" >"$work/known_hosts"
    : >"$work/authorized"
    printf '%s\n' "Port $ssh_port" "ListenAddress 127.0.0.1" "HostKey $work/host" \
        "AuthorizedKeysFile $work/authorized" "StrictModes no" "UsePAM no" "PidFile none" \
        "PermitRootLogin prohibit-password" "PasswordAuthentication no" \
        "KbdInteractiveAuthentication no" "MaxAuthTries 20" >"$work/sshd_config"
    serve "$ssh_port" "$sshd" -D -e -f "$work/sshd_config"
}

# log_in OPTIONS: and say hello there.
log_in() {
    run foreign timeout 60 ssh -F none -p "$ssh_port" -o UserKnownHostsFile="$work/known_hosts" \
        -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes \
        -o PreferredAuthentications=publickey "$@" "$user@127.0.0.1" echo hello from '$((6 * 7))'
}

# authorize LABEL: only this key may log in.
authorize() {
    grep " $1\$" "$work/keys" >"$work/authorized" || fail "no key \"$1\""
}

# --- tests ---

keys_are_listed_without_a_pin() {
    well ssh-keygen -D "$module"
    cp "$work/out" "$work/keys"
    for label in ec ec384 ec521 rsa; do
        grep -q " $label\$" "$work/keys" || fail "\"$label\" is not listed"
    done
    [ ! -e "$work/asked" ] || fail "a PIN was asked for"
}

every_key_logs_in() {
    for label in ec ec384 ec521 rsa; do
        authorize "$label"
        log_in -I "$module"
        shows "hello from 42"
    done
    grep -q card "$work/asked" || fail "nobody asked for the token's PIN"
}

nobody_logs_in_with_a_wrong_pin() {
    authorize ec
    echo 9999 >"$pin"
    log_in -I "$module"
    same "status of ssh" 255 "$status"
    silent_about "hello"
    echo "$user_pin" >"$pin"
    log_in -I "$module"
    shows "hello from 42"
}

an_agent_logs_in() {
    authorize rsa
    begin ssh-agent -D -a "$work/agent" -P "$(realpath "$module")" >"$work/agent.log" 2>&1
    for _ in $(seq 100); do [ -S "$work/agent" ] || sleep 0.1; done
    export SSH_AUTH_SOCK="$work/agent"
    well ssh-add -s "$module"
    well ssh-add -l
    shows " rsa (RSA)"
    log_in
    shows "hello from 42"
    well ssh-add -e "$module"
    log_in
    same "status of ssh" 255 "$status"
    unset SSH_AUTH_SOCK
}

# The key on the token as a certification authority of users.
a_user_is_certified() {
    grep " ec\$" "$work/keys" >"$work/ca.pub"
    exits 0 ssh-keygen -q -t ed25519 -N "" -f "$work/user_key"
    well ssh-keygen -D "$module" -s "$work/ca.pub" -I ada -n "$user" "$work/user_key.pub"
    printf 'cert-authority %s' "$(cat "$work/ca.pub")" >"$work/authorized"
    log_in -i "$work/user_key"
    shows "hello from 42"
}

use_card
tool --keypairgen --key-type EC:prime256v1 --id 01 --label ec --usage-sign
tool --keypairgen --key-type RSA:2048 --id 02 --label rsa --usage-sign
tool --keypairgen --key-type EC:secp384r1 --id 03 --label ec384 --usage-sign
tool --keypairgen --key-type EC:secp521r1 --id 04 --label ec521 --usage-sign
answer_questions
start_sshd
test_that "ssh-keygen lists the keys without a PIN" keys_are_listed_without_a_pin
test_that "ssh logs in with every key" every_key_logs_in
test_that "ssh does not log in with a wrong PIN" nobody_logs_in_with_a_wrong_pin
test_that "ssh-agent logs in" an_agent_logs_in
test_that "ssh-keygen certifies a user with a key on the token" a_user_is_certified
