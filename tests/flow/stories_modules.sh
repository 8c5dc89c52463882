#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Other programs see the software containers: keyfob's module registered with p11-kit by an ordinary user and for the
# system, and p11-kit's proxy module in the databases of browsers.
. "$(dirname "$0")/lib.sh"

# p11-kit leaves a user's configuration out for root, so some of this is done as nobody, in a folder of its own.
export RIG
RIG=$(mktemp -d "${TMPDIR:-/tmp}/keyfob-user-XXXXXX")
trap 'rm -rf "$work" "$RIG"' EXIT
mkdir "$RIG/home"
user_file=$RIG/home/.config/pkcs11/modules/keyfob.module

# Root's build folder may be closed to nobody, who gets a copy.
place=$RIG/place
mkdir -p "$place/bin" "$place/lib"
cp "$keyfob" "$place/bin/"
cp -rL "$build/share" "$place/"
cp -r "$build/lib/pkcs11" "$build/lib/keyfob" "$build"/lib/libkeyfob.so* "$place/lib/"

# as_user COMMAND...
as_user() {
    LD_LIBRARY_PATH="$place/lib" "$root/tests/module/as-user" env ${sanitizer:+LD_PRELOAD="$sanitizer"} "$@"
}

# p11_kit_shows TEXT: what p11-kit's own program lists. A sanitizer cannot be preloaded into it: it hangs at its end,
# with or without a module of ours.
p11_kit_shows() {
    if [ -n "$sanitizer" ]; then
        echo "left to the build without sanitizers: p11-kit shows $1"
        return 0
    fi
    exits 0 as_user p11-kit list-modules
    shows "$1"
}

an_ordinary_user_registers_the_module() {
    exits 0 as_user "$place/bin/keyfob" module register
    says "Registered: $user_file"
    says 'keyfob module browsers'
    same "files" keyfob.module "$(ls -A "$(dirname "$user_file")")"
    same "module" "module: $(realpath "$place/lib/pkcs11/keyfob-pkcs11.so")" "$(grep '^module:' "$user_file")"
    if grep -q '^x-init-reserved' "$user_file"; then fail "the usual folder is named"; fi
    p11_kit_shows 'keyfob: '
    p11_kit_shows "$(realpath "$place/lib/pkcs11/keyfob-pkcs11.so")"
    exits 0 as_user "$place/bin/keyfob" --json module register
    answers '.schema == "keyfob.registration/1" and .registered and (.changed | not) and (.system | not)'
}

# Another program finds the container in the folder that is not the usual one.
another_home_is_told_to_the_module() {
    mkdir "$RIG/it's"
    printf 'Stout-Harbour-7\n' >"$RIG/password"
    printf '[module keyfob]\nreserved = scrypt='"'14'"' wait='"'no'"'\n' >"$RIG/it's/keyfob.conf"
    exits 0 as_user "$place/bin/keyfob" --home "$RIG/it's" --module keyfob --no-input container create vpn --medium disk \
        --new-pin-source "file:$RIG/password"
    exits 0 as_user "$place/bin/keyfob" --home "$RIG/it's" module register
    says 'Registered: '
    grep -qF "x-init-reserved: home=\"$RIG/it's\"" "$user_file" || fail "the folder is not named: $(cat "$user_file")"
    p11_kit_shows 'token: vpn'
    exits 0 as_user "$place/bin/keyfob" --home "$RIG/it's" --json token list
    answers '.items[] | select(.label == "vpn") | .medium == "disk"'
}

a_foreign_file_is_left_alone() {
    printf 'module: /opt/other.so\n' >"$user_file"
    for words in "module register" "module register --remove"; do
        exits 2 as_user "$place/bin/keyfob" $words
        says 'was not written by keyfob'
        same "the file" 'module: /opt/other.so' "$(cat "$user_file")"
    done
    exits 0 as_user "$place/bin/keyfob" module register --yes
    exits 0 as_user "$place/bin/keyfob" module register --remove
    says "Removed: $user_file"
    [ ! -e "$user_file" ] || fail "the file is still there"
    exits 0 as_user "$place/bin/keyfob" module register --remove
    says 'Was not registered'
}

# DESTDIR as for `make install`: the folders of this computer are not touched by a test.
the_system_is_registered_for_everybody() {
    file=$work/image/etc/pkcs11/modules/keyfob.module
    exits 0 env DESTDIR="$work/image" "$keyfob" module register --system
    same "mode of the file" 644 "$(stat -c %a "$file")"
    same "mode of the folder" 755 "$(stat -c %a "$(dirname "$file")")"
    grep -q '^module: /.*/keyfob-pkcs11.so$' "$file" || fail "no module in $(cat "$file")"
    exits 2 env DESTDIR="$work/image" "$keyfob" --home "$home" module register --system
    exits 0 env DESTDIR="$work/image" "$keyfob" module register --system --remove
    [ ! -e "$file" ] || fail "the file is still there"
    mkdir "$RIG/image"
    exits 0 as_user true
    chmod 500 "$RIG/image"
    exits 1 as_user env DESTDIR="$RIG/image" "$place/bin/keyfob" module register --system
    says 'sudo keyfob module register --system'
}

root_is_told_that_a_users_file_does_not_count() {
    exits 0 "$keyfob" module register
    case $(id -u) in
    0) says 'for root p11-kit reads no user' ;;
    *) silent_about 'for root p11-kit' ;;
    esac
    exits 0 "$keyfob" module register --remove
}

# --- browsers ---

firefox=$HOME/.mozilla/firefox/abcd1234.default-esr
chromium=$HOME/.pki/nssdb
snap=$HOME/snap/firefox/common/.mozilla/firefox/xyz.default

make_profiles() {
    for folder in "$firefox" "$chromium" "$snap"; do
        mkdir -p "$folder"
        modutil -create -dbdir "sql:$folder" -force >"$work/out" 2>&1 || fail "no NSS database"
    done
    mkdir "$HOME/.mozilla/firefox/Crash Reports"
}

# in_database FOLDER: how NSS itself sees the proxy there.
in_database() {
    modutil -dbdir "sql:$1" -rawlist 2>"$work/tool" | grep -c 'p11-kit-proxy.so' || true
}

without_a_profile_it_says_so() {
    exits 2 "$keyfob" module browsers
    says 'no profile of Firefox or Chromium was found'
    exits 2 "$keyfob" module browsers --profile "$work"
    says 'holds no NSS database'
}

a_dry_run_only_tells() {
    make_profiles
    before=$(sha256sum "$firefox/pkcs11.txt" "$chromium/pkcs11.txt")
    exits 0 "$keyfob" --json module browsers --dry-run
    answers '[.items[] | "\(.browser) \(.result)"] == ["Firefox would-add", "Firefox (snap) would-add", "Chromium would-add"]'
    same "files" "$before" "$(sha256sum "$firefox/pkcs11.txt" "$chromium/pkcs11.txt")"
    [ ! -e "$firefox/pkcs11.txt.keyfob" ] || fail "a dry run keeps a copy"
}

the_proxy_goes_in_once() {
    before=$(cat "$firefox/pkcs11.txt")
    exits 0 "$keyfob" --json module browsers
    answers '[.items[].result] == ["added", "added", "added"]'
    says 'keyfob module register'
    says 'lives in a sandbox'
    for folder in "$firefox" "$chromium" "$snap"; do
        same "proxies in $folder" 1 "$(in_database "$folder")"
    done
    same "what was kept beside" "$before" "$(cat "$firefox/pkcs11.txt.keyfob")"
    exits 0 "$keyfob" --json module browsers
    answers '[.items[].result] == ["present", "present", "present"]'
    same "proxies" 1 "$(in_database "$firefox")"
}

# The three ways in which browsers say that they run.
a_browser_that_runs_is_left_alone() {
    ln -s "127.0.1.1:+$$" "$firefox/lock"
    mkdir -p "$XDG_CONFIG_HOME/chromium"
    ln -s "$(hostname)-$$" "$XDG_CONFIG_HOME/chromium/SingletonLock"
    exits 1 "$keyfob" --json module browsers --remove
    answers '[.items[].result] == ["running", "removed", "running"]'
    says 'Close Firefox'
    same "proxies in Firefox, Chromium, the snap" "1 1 0" \
        "$(in_database "$firefox") $(in_database "$chromium") $(in_database "$snap")"
    ln -sf "127.0.1.1:+999999999" "$firefox/lock"
    ln -sf "$(hostname)-999999999" "$XDG_CONFIG_HOME/chromium/SingletonLock"
    python3 - "$firefox/.parentlock" "$work/locked" <<'END' &
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
os.mkdir(sys.argv[2])
time.sleep(60)
END
    holder=$!
    while [ ! -d "$work/locked" ]; do sleep 0.05; done
    exits 1 "$keyfob" module browsers --remove --profile "$firefox"
    kill "$holder"
    wait "$holder" 2>/dev/null || true
    same "proxies" 1 "$(in_database "$firefox")"
}

the_proxy_comes_out_again() {
    exits 0 "$keyfob" --json module browsers --remove
    answers '[.items[].result] == ["removed", "absent", "removed"]'
    same "proxies" "0 0" "$(in_database "$firefox") $(in_database "$chromium")"
}

what_others_put_in_stays() {
    proxy=$(pkg-config --variable=proxy_module p11-kit-1)
    modutil -dbdir "sql:$chromium" -add mine -libfile "$proxy" -force >"$work/out" 2>&1 </dev/null || fail "modutil"
    exits 0 "$keyfob" --json module browsers --profile "$chromium"
    answers '[.items[].result] == ["foreign"]'
    exits 0 "$keyfob" --json module browsers --remove --profile "$chromium"
    answers '[.items[].result] == ["kept"]'
    same "proxies" 1 "$(in_database "$chromium")"
}

modutil_that_is_missing_is_named() {
    exits 2 env PATH="$work/none" "$keyfob" module browsers --profile "$firefox"
    says 'apt install libnss3-tools'
}

test_that "an ordinary user registers the module" an_ordinary_user_registers_the_module
test_that "another home is told to the module" another_home_is_told_to_the_module
test_that "a foreign file is left alone" a_foreign_file_is_left_alone
test_that "the system is registered for everybody" the_system_is_registered_for_everybody
test_that "root is told that a user's file does not count" root_is_told_that_a_users_file_does_not_count
test_that "without a profile it says so" without_a_profile_it_says_so
test_that "a dry run only tells" a_dry_run_only_tells
test_that "the proxy goes in once" the_proxy_goes_in_once
test_that "a browser that runs is left alone" a_browser_that_runs_is_left_alone
test_that "the proxy comes out again" the_proxy_comes_out_again
test_that "what others put in stays" what_others_put_in_stays
test_that "modutil that is missing is named" modutil_that_is_missing_is_named
