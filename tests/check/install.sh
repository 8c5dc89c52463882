#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What is installed works where it is: the command, its pages, the library, the PKCS#11 module, and the same from the
# Debian package. Usage: install.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"

# No sanitizer's runtime is loaded into a foreign program, and no package holds one.
sanitized=$(nm -D "$keyfob" | grep -c __asan_init)

# there FOLDER PATTERN...: each pattern is exactly one file, readable by all
there() {
    folder=$1
    shift
    for pattern in "$@"; do
        [ "$(find "$folder" -path "$folder/$pattern" -perm -444 | wc -l)" -eq 1 ] || wrong "\"$pattern\" is not in $folder"
    done
}

layout_is_standard() { # layout_is_standard PREFIX
    there "$1" bin/keyfob "lib*/keyfob/keyfob-cli.so" "lib*/libkeyfob.so.0" "lib*/pkcs11/keyfob-pkcs11.so" "lib*/pkgconfig/keyfob.pc" include/keyfob/keyfob.h \
        share/keyfob/profiles/tls-client.conf "share/man/man1/keyfob.1*" share/bash-completion/completions/keyfob \
        share/zsh/vendor-completions/_keyfob share/fish/vendor_completions.d/keyfob.fish share/doc/keyfob/copyright lib/systemd/user/keyfob-agent.service \
        lib/systemd/user/keyfob-serve.service "lib*/keyfob/keyfob-web.so" "lib*/keyfob/keyfob-worker.so"
    open=$(find "$1" ! -type l -perm /022)
    [ -z "$open" ] || wrong "others may write to: $open"
    closed=$(find "$1" -type d ! -perm -755)
    [ -z "$closed" ] || wrong "not everybody may enter: $closed"
}

# Only $ORIGIN: a path of the build machine, or an empty one (the current folder), would be a way to plant code.
runpaths_stay_inside() { # runpaths_stay_inside PREFIX
    find "$1/bin" "$1"/lib* -type f \( -name keyfob -o -name '*.so*' \) >"$work/objects"
    while read -r object; do
        readelf -d "$object" | sed -n 's/.*R\(UN\)\{0,1\}PATH.*\[\(.*\)\]$/\2/p' | tr ':' '\n' >"$work/paths"
        ! grep -vq '^\$ORIGIN/' "$work/paths" || wrong "$object looks for libraries in: $(cat "$work/paths")"
    done <"$work/objects"
}

# enrolls PREFIX: a whole enrollment with that program, its library and its profiles
enrolls() {
    keyfob=$1/bin/keyfob
    rm -rf "$KEYFOB_HOME" "$work/softhsm"
    make_token bench
    exits 0 "$keyfob" --version
    says out '^keyfob [0-9]'
    exits 0 "$keyfob" ca init lab
    exits 0 "$keyfob" --module "$module" enroll --no-input --token bench --connection lab --profile tls-client \
        --subject CN=bench --pin-source "file:$work/pin"
    exits 0 "$keyfob" cert list
    says out CN=bench
    LD_DEBUG=files LD_DEBUG_OUTPUT="$work/loader" "$keyfob" profile list >"$work/out" 2>&1 || wrong "no profiles: $(cat "$work/out")"
    grep -ho "calling init: .*keyfob.*" "$work"/loader.* >"$work/inits"
    ! grep -v "calling init: $(realpath "$1")/" "$work/inits" || wrong "libraries of another keyfob were loaded"
    grep -q libkeyfob "$work/inits" || wrong "libkeyfob.so was not loaded"
    rm -f "$work"/loader.*
}

# keeps_keys PREFIX: a container of the module that lies there, which other programs are told of as well
keeps_keys() {
    keyfob=$1/bin/keyfob
    ours=$(realpath "$(find "$1" -path '*/pkcs11/keyfob-pkcs11.so')")
    (umask 077 && echo "Six brown horses 7" >"$work/password")
    exits 0 "$keyfob" --no-input container create anna --medium disk --new-pin-source "file:$work/password"
    exits 0 "$keyfob" module list
    says out "$ours"
    exits 0 env XDG_CONFIG_HOME="$work/config" "$keyfob" module register
    exits 0 cat "$work/config/pkcs11/modules/keyfob.module"
    says out "^module: $ours\$"
    readelf -d "$ours" >"$work/out"
    ! grep -E 'NEEDED.*(keyfob|p11-kit)' "$work/out" || wrong "the module needs more than it may"
}

# serves PREFIX: the page, and a session by a code
serves() {
    keyfob=$1/bin/keyfob
    rm -f "$work/serve"
    "$keyfob" serve --json >"$work/serve" 2>"$work/err" &
    server=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$work/serve" ] && break; sleep 0.3; done
    address=$(sed -n 's/.*"address":"\([^"]*\)".*/\1/p' "$work/serve")
    code=$(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' "$work/serve")
    exits 0 curl -sf "$address"
    says out '<title>keyfob</title>'
    exits 0 curl -sf -c "$work/cookies" -H "Origin: ${address%/}" -H 'Content-Type: application/json' \
        -d "{\"code\":\"$code\"}" "${address}api/v1/session"
    exits 0 curl -sf -b "$work/cookies" "${address}api/v1/errors"
    says out keyfob.errors
    exits 0 "$keyfob" open --print
    kill "$server"
    wait "$server" || wrong "keyfob serve: $(cat "$work/err")"
}

program_links() { # program_links PREFIX: a program against the installed headers and library, by pkg-config alone
    cat >"$work/program.c" <<'END'
#include <keyfob/keyfob.h>
#include <stdio.h>

int main(void) {
    kf_context *context = NULL;
    kf_err err = kf_context_new(NULL, &context);
    puts(err == KF_OK ? kf_version() : "no context");
    kf_context_free(context);
    return err != KF_OK;
}
END
    PKG_CONFIG_PATH=$(dirname "$(find "$1" -name keyfob.pc)")
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046 # words
    exits 0 cc -Wall -Werror -o "$work/program" "$work/program.c" $(pkg-config --cflags --libs keyfob)
    exits 0 env LD_LIBRARY_PATH="$(pkg-config --variable=libdir keyfob)" "$work/program"
    says out "^$(pkg-config --modversion keyfob)\$"
}

# Another generator's name keeps CPack from building the project again first.
make_package() {
    exits 0 cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/package" -D CPACK_CMAKE_GENERATOR=Ninja
    package=$(find "$work/package" -maxdepth 1 -name 'keyfob_*.deb')
    [ -n "$package" ] || { wrong "there is no package"; exit 1; }
}

package_is_sound() {
    exits 0 dpkg-deb --field "$package" Depends
    for library in libc6 libssl3 libp11-kit0 libsqlite3-0 libjansson4 libmicrohttpd12; do says out "$library"; done
    exits 0 dpkg-deb --contents "$package"
    says out './usr/share/man/man1/keyfob\.1\.gz$'
    ! grep -v ' root/root ' "$work/out" || wrong "not everything belongs to root"
    exits 0 dpkg-deb --ctrl-tarfile "$package"
    exits 0 dpkg-deb -x "$package" "$work/root"
    ! grep -rqF "$root/" "$work/root" || wrong "the package names the build's folder: $(grep -rlF "$root/" "$work/root")"
}

umask 022
cmake --install "$build" --prefix "$work/prefix" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }
layout_is_standard "$work/prefix"
runpaths_stay_inside "$work/prefix"
enrolls "$work/prefix"
keeps_keys "$work/prefix"
serves "$work/prefix"
if [ "$sanitized" -eq 0 ]; then
    program_links "$work/prefix"
    make_package
    package_is_sound
    layout_is_standard "$work/root/usr"
    runpaths_stay_inside "$work/root/usr"
    enrolls "$work/root/usr"
    keeps_keys "$work/root/usr"
    serves "$work/root/usr"
fi
exit $status
