# SPDX-License-Identifier: Apache-2.0
# What the tests of container files share, after lib.sh: a container made through our module by a small host of it.
probe_program=$build/bin/container_probe
own_module=$build/lib/pkcs11/keyfob-pkcs11.so
old_pin=correct-horse-1
new_pin=battery-staple-2
so=unblock-secret-3
container=$home/containers/vault.kfc
export KEYFOB_HOME="$home"

probe() {
    "$probe_program" "$own_module" "$@"
}

# traced FILE INJECTION VERB WORDS...: under strace, with a fault when INJECTION is not empty.
traced() {
    trace_file=$1
    injection=$2
    shift 2
    strace -f -o "$trace_file" ${injection:+-e inject="$injection"} "$probe_program" "$own_module" "$@"
}

# make_container: "vault" on the disk, with old_pin.
make_container() {
    exits 0 probe make vault "$old_pin" "$so"
}

keep_container() {
    rm -rf "$work/kept"
    cp -a "$home" "$work/kept"
}

go_back_container() {
    rm -rf "$home"
    cp -a "$work/kept" "$home"
}
