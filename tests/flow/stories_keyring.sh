#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Secrets of a CA in the keyring of a desktop session: gnome-keyring on a session bus of this script's own.
if [ -z "${KEYRING_HOME:-}" ]; then
    KEYRING_HOME=$(mktemp -d)
    export KEYRING_HOME
    status=0
    env -u DISPLAY -u WAYLAND_DISPLAY HOME="$KEYRING_HOME" XDG_RUNTIME_DIR="$KEYRING_HOME" \
        XDG_DATA_HOME="$KEYRING_HOME/data" dbus-run-session -- sh "$0" "$@" || status=$?
    rm -rf "$KEYRING_HOME"
    exit $status
fi
printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1 || exit 1
# It says that it is ready before its name is on the bus.
until dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true; do
    sleep 0.05
done
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"
export KEYFOB_KEYRING=auto

API_KEY=Canary5ApiKeyKr

# connect NAME [OPTIONS]
connect() {
    name=$1
    shift
    exits 0 kf connection add "$name" digicert "url=$url/services/v2" "ca-file=$tls_root" "$@"
}

the_keyring_has_it_and_no_file() {
    connect dc --secret-source "api-key=file:$work/secret.key"
    says 'Kept in the keyring of your desktop session'
    exits 0 kf connection check dc
    exits 0 kf --json connection show dc
    answers '.secrets["api-key"] == true and .standing == "connected"'
    if grep -rqF "$API_KEY" "$home"; then fail "the key is in a file of keyfob's"; fi
    same "what the files say" 1 "$(grep -rlx 'keyfob.secret/1 service' "$home/secrets" | wc -l)"
}

who_wants_files_has_files() {
    KEYFOB_KEYRING=files connect other --secret-source "api-key=file:$work/secret.key"
    exits 0 kf connection check other
    same "files with the key" 1 "$(grep -rlF "$API_KEY" "$home/secrets" | wc -l)"
    exits 0 kf --yes connection remove other
    if grep -rqF "$API_KEY" "$home"; then fail "the key is still there"; fi
}

# No window can ask for its password here.
a_locked_keyring_is_said() {
    dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
        org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/aliases/default >/dev/null
    exits 1 kf connection check dc
    says 'keyring of the desktop session'
    says 'store = files'
    exits 0 kf connection list
    shows 'dc'
}

without_the_session_it_is_said_too() {
    exits 1 env -u DBUS_SESSION_BUS_ADDRESS -u XDG_RUNTIME_DIR "$keyfob" --home "$home" --module "$module" \
        --no-input connection check dc
    says 'no session bus'
}

who_decides_for_files_goes_on() {
    mkdir -p "$home"
    printf '[secrets]\nstore = files\n' >"$home/keyfob.conf"
    unset KEYFOB_KEYRING
    exits 0 kf connection edit dc --secret-source "api-key=file:$work/secret.key"
    exits 0 kf connection check dc
    same "files with the key" 1 "$(grep -rlF "$API_KEY" "$home/secrets" | wc -l)"
}

start_double digicert "key=$API_KEY"
secret key "$API_KEY"
chmod 600 "$work/secret.key"
test_that "the keyring has it, and no file" the_keyring_has_it_and_no_file
test_that "who wants files has files" who_wants_files_has_files
test_that "a locked keyring is said" a_locked_keyring_is_said
test_that "without the session it is said too" without_the_session_it_is_said_too
test_that "who decides for files goes on" who_decides_for_files_goes_on
