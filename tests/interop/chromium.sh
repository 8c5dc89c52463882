#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Chromium signs in to a TLS server as a person makes it do: the password is typed into its window,
# and the certificate is taken that it offers. On a screen that nobody sees.
# labels: slow
# timeout: 300
. "$(dirname "$0")/lib.sh"
needs chromium Xvfb xdotool certutil modutil pkcs11-tool openssl

nssdb=sql:$HOME/.pki/nssdb

make_database() {
    mkdir -p "$HOME/.pki/nssdb"
    exits 0 certutil -N -d "$nssdb" --empty-password
    exits 0 certutil -A -d "$nssdb" -n root -t CT,C,C -i "$work/root.pem"
    well modutil -force -dbdir "$nssdb" -add tested -libfile "$module"
}

start_screen() {
    begin Xvfb -displayfd 3 -screen 0 1000x800x24 -nolisten tcp 3>"$work/display" \
        >"$work/xvfb.log" 2>&1
    for _ in $(seq 100); do [ -s "$work/display" ] || sleep 0.1; done
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
}

# start_browser URL: nothing in it asks, updates or reports. Root has no sandbox to use.
start_browser() {
    as_root=
    if [ "$(id -u)" -eq 0 ]; then as_root=--no-sandbox; fi
    begin chromium $as_root --user-data-dir="$work/profile-$label" --no-first-run --disable-gpu \
        --no-default-browser-check --disable-dev-shm-usage --disable-background-networking \
        --disable-sync --password-store=basic "$1" >"$work/chromium.log" 2>&1
    browser=$!
}

stop_browser() {
    kill "$browser"
    wait "$browser" || true
}

# window TITLE: waits up to 30 s for a window with it, and prints its number.
window() {
    for _ in $(seq 150); do
        if xdotool search --onlyvisible --name "$1" 2>/dev/null; then return 0; fi
        sleep 0.2
    done
    return 1
}

# answer TITLE TEXT
answer() {
    asking=$(window "$1") || fail "no window \"$1\" in $(shown)"
    xdotool windowfocus --sync "$asking" type --delay 30 "$2"
    xdotool key Return
}

# shown: the titles of all windows.
shown() {
    xdotool search --onlyvisible --name . | while read -r number; do
        echo "\"$(xdotool getwindowname "$number")\""
    done
}

# Which certificate is asked in the window itself, so it has no title to wait for: Return is given
# until the page is there.
take_certificate() {
    for _ in $(seq 15); do
        ! xdotool search --onlyvisible --name '^signed in - Chromium$' >"$work/out" || return 0
        xdotool key Return
        sleep 1
    done
    cp "$work/server.log" "$work/err"
    fail "the page does not come, in $(shown)"
}

# signs_in LABEL OPTIONS_OF_THE_SERVER
signs_in() {
    label=$1
    shift
    port=$(free_port)
    serve_tls "$port" -WWW "$@"
    start_browser "https://127.0.0.1:$port/page.html"
    answer '^Unlock Security Device$' "$user_pin"
    take_certificate
    cp "$work/server.log" "$work/err"
    says "depth=0 CN = $label"
    stop_browser
}

signs_in_with_an_ec_key() {
    make_identity 01 ec EC:prime256v1
    signs_in ec -tls1_3
}

signs_in_with_an_rsa_key() {
    for type in privkey pubkey cert; do tool --delete-object --type "$type" --id 01; done
    make_identity 02 rsa RSA:2048
    signs_in rsa -tls1_2
}

use_card
make_lab
make_database
start_screen
echo "<title>signed in</title>" >"$work/page.html"
cd "$work"
test_that "Chromium signs in with an EC key and TLS 1.3" signs_in_with_an_ec_key
test_that "Chromium signs in with an RSA key and TLS 1.2" signs_in_with_an_rsa_key
