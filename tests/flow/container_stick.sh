#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stick is pulled, put in again, unmounted and made read-only while programs use a container on it: they are told,
# nothing of theirs keeps it busy, and they go on when it is back.
# timeout: 300

# File systems of its own are mounted where nobody else sees them; without root the folder is taken away instead.
if [ -z "${KEYFOB_TEST_MOUNTS:-}" ]; then
    KEYFOB_TEST_MOUNTS=no
    export KEYFOB_TEST_MOUNTS
    if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
        KEYFOB_TEST_MOUNTS=yes exec unshare -m --propagation private sh "$0" "$@"
    fi
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"

stick=$work/stick
away=$work/away
holder=

DEVICE_REMOVED=0x32
TOKEN_NOT_PRESENT=0xe0
SESSION_HANDLE_INVALID=0xb3

# --- a program that runs ---

# start_holder: it has logged in; what it is told goes through a pipe.
start_holder() {
    rm -f "$work/told" "$work/answers"
    mkfifo "$work/told" "$work/answers"
    "$probe_program" "$own_module" hold "$password" <"$work/told" >"$work/answers" 2>"$work/holder.err" &
    holder=$!
    exec 8>"$work/told" 9<"$work/answers"
    goes_on
}

goes_on() {
    is_answered login 0x0
    is_answered find 0x0
    is_answered sign 0x0
}

# is_answered LINE ANSWER...: one of these.
is_answered() {
    echo "$1" >&8
    read -r answer <&9 || fail "the program ended: $(cat "$work/holder.err")"
    line=$1
    shift
    case " $* " in
    *" $answer "*) ;;
    *) fail "\"$line\" was answered with $answer instead of $*" ;;
    esac
}

stop_holder() {
    exec 8>&- 9<&-
    wait "$holder" || fail "the program ended with $?: $(cat "$work/holder.err")"
}

holds_nothing_on_the_stick() {
    same "open files on the stick" "" "$(find "/proc/$holder/fd" -lname "$stick*")"
    same "mapped files of the stick" "" "$(grep -F "$stick" "/proc/$holder/maps" || true)"
}

# The key that it has opened it may still use until it looks at the token; then all is closed, and wiped.
is_told() {
    is_answered sign 0x0 $DEVICE_REMOVED $TOKEN_NOT_PRESENT
    is_answered find $DEVICE_REMOVED $TOKEN_NOT_PRESENT
    is_answered sign $SESSION_HANDLE_INVALID $DEVICE_REMOVED $TOKEN_NOT_PRESENT
    is_answered info $TOKEN_NOT_PRESENT
    is_answered login $TOKEN_NOT_PRESENT
}

# program_is_told OUT IN: two functions.
program_is_told() {
    start_holder
    holds_nothing_on_the_stick
    "$1"
    is_told
    "$2"
    is_answered info 0x0
    goes_on
    "$1"
    is_answered info $TOKEN_NOT_PRESENT
    is_answered sign $SESSION_HANDLE_INVALID
    "$2"
    goes_on
    stop_holder
}

# --- keyfob ---

# command_is_told OUT IN
command_is_told() {
    "$1"
    exits 5 kf container check vault
    says '[token_absent]'
    exits 5 kf enroll --connection lab --subject CN=Anna --token vault --container more
    exits 5 kf container copy vault --medium registry --name twin
    exits 5 kf pin change vault --new-pin-source "file:$pin"
    if [ ! -d "$stick" ]; then
        exits "2 5" kf enroll --connection lab --subject CN=Anna --medium disk --dir "$stick" --container other
        says "$stick"
    fi
    "$2"
    exits 0 kf container check vault
}

# at_the_prompt OUT COMMAND: the stick is pulled by a shell command while the password is asked for.
at_the_prompt() {
    printf '#!/bin/sh\n%s\n' "$1" >"$work/pull"
    chmod 700 "$work/pull"
    dialog <<END
keyfob $2
see "Password for vault"
see ": "
exec \$env(WORK)/pull
say "$password"
ended 5
END
}

# prompt_is_told OUT IN: a shell command and a function.
prompt_is_told() {
    at_the_prompt "$1" "container check vault"
    "$2"
    exits 0 kf container check vault
    at_the_prompt "$1" "enroll --connection lab --subject CN=Anna --token vault --container asked"
    "$2"
    exits 0 kf container check vault
}

# The stick is out when the certificate comes; what was begun goes on when it is back.
enrollment_goes_on() {
    exits 0 kf ca init slow --approval
    exits 3 kf enroll --connection slow --subject CN=Anna --token vault --container later
    request=$(field '.items[-1].id' request list)
    exits 0 kf ca approve 1 --ca slow
    folder_out
    exits 5 kf resume "$request"
    says "$request"
    folder_in
    exits 0 kf resume "$request"
    exits 0 kf container check later --token vault
}

# --- out and in ---

folder_out() {
    mv "$stick" "$away"
}

folder_in() {
    mv "$away" "$stick"
}

# Mounted twice, so that what is on it stays.
bind_in() {
    mount --bind "$work/memory" "$stick"
}

image_in() {
    mount -o loop "$work/image" "$stick"
}

# unmount: without -l, so that whoever holds a file keeps it busy.
unmount() {
    umount "$stick" || fail "the stick is busy"
}

unmount_lazily() {
    umount -l "$stick"
}

with_a_container() {
    exits 0 kf container create vault --medium disk --dir "$stick"
}

# --- file systems ---

on_tmpfs() {
    mkdir "$work/memory"
    mount -t tmpfs -o mode=700 tmpfs "$work/memory"
    bind_in
    with_a_container
    program_is_told unmount bind_in
    program_is_told unmount_lazily bind_in
    command_is_told unmount bind_in
    prompt_is_told "umount '$stick'" bind_in
    exits 0 kf container delete vault --yes
    unmount
}

# on_image TYPE
on_image() {
    truncate -s 16M "$work/image"
    "mkfs.$1" ${2:-} "$work/image" >"$work/mkfs" 2>&1
    image_in
    with_a_container
    program_is_told unmount image_in
    program_is_told unmount_lazily image_in
    read_only_is_told "mount -o remount,ro $stick" "mount -o remount,rw $stick"
    exits 0 kf container delete vault --yes
    unmount
}

# read_only_is_told CLOSE OPEN: two commands. Reading and signing go on, and writing says why not.
read_only_is_told() {
    start_holder
    before=$(cksum "$stick"/vault.kfc)
    $1
    is_answered sign 0x0
    is_answered login 0x0 0x100
    stop_holder
    start_holder
    stop_holder
    exits 0 kf container check vault
    exits 0 kf csr create vault --token vault --subject CN=Anna
    for writing in "pin change vault --new-pin-source file:$work/new" "container rename vault other" \
        "container create more --medium disk --dir $stick" "container delete vault --yes" \
        "enroll --connection lab --subject CN=Anna --token vault --container more"; do
        run kf $writing
        case $status in
        1 | 2 | 9) ;;
        *) fail "\"$writing\" ended with $status" ;;
        esac
        grep -qE 'read-only|cannot be written|write.protected|permission' "$work/err" ||
            fail "\"$writing\" does not say why"
    done
    exits 9 kf container move vault --medium registry
    says 'keyfob container copy'
    exits 0 kf container copy vault --medium registry --name twin
    exits 0 kf container delete twin --yes
    $2
    same "the container" "$before" "$(cksum "$stick"/vault.kfc)"
    exits 0 kf container check vault
}

use_software
password=$(cat "$pin")
echo Changed-Harbour-9 >"$work/new"
make_ca lab
mkdir "$stick"
with_a_container
test_that "a program is told that its folder is gone, and goes on when it is back" program_is_told folder_out folder_in
test_that "a command is told that the folder is gone" command_is_told folder_out folder_in
test_that "a stick pulled at the prompt is told" prompt_is_told "mv '$stick' '$away'" folder_in
test_that "an enrollment goes on when the stick is back" enrollment_goes_on
if [ "$(id -u)" != 0 ]; then
    test_that "a folder that cannot be written is read" read_only_is_told "chmod 500 $stick" "chmod 700 $stick"
fi
exits 0 kf container delete vault --yes
[ "$KEYFOB_TEST_MOUNTS" = yes ] || exit 0
trap 'umount "$stick" "$work/memory" 2>"$work/gone" || true; rm -rf "$work"' EXIT

test_that "a file system in memory is unmounted under programs" on_tmpfs
for type in ext4 vfat; do
    if command -v "mkfs.$type" >"$work/where" && grep -qw "$type" /proc/filesystems && losetup -f >"$work/where" 2>&1; then
        test_that "a stick with $type is unmounted under programs" on_image "$type"
    else
        echo "note: $type was not tested: it cannot be made or mounted here"
    fi
done
