# SPDX-License-Identifier: Apache-2.0
# What the tests share that kill keyfob, or fail its calls, while it works on software containers; after lib.sh and
# container_lib.sh. KEYFOB_TEST_ALL=1 takes every point, with locks and with files that a crash makes worthless.
stick=$work/stick
calls='write,pwrite64,fsync,fdatasync,ftruncate,fallocate,/^rename,/^link,/^unlink,mkdir,mkdirat,openat,fcntl,flock'
unset PROBE_MEDIUM

# kf_traced INJECTION ARGUMENTS: as kf, under strace; with a fault when INJECTION is not empty, else the trace is kept.
kf_traced() {
    injection=$1
    shift
    traced_calls=$calls trace_file=$work/trace
    if [ -n "$injection" ]; then traced_calls=${injection%%:*} trace_file=/dev/null; fi
    strace -f -y -o "$trace_file" -e trace="$traced_calls" ${injection:+-e inject="$injection"} \
        "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" \
        --so-pin-source "file:$so_pin" "$@"
}

# points_of [KIND]: "NAME OCCURRENCE" of each call in the trace that changes a file of the home or of the stick: to be
# killed at; of KIND "fail" without locks.
points_of() {
    awk -F'(' -v home="$home/" -v stick="$stick/" -v kind="${1:-kill}" -v all="${KEYFOB_TEST_ALL:-}" '
        { pid = $1; sub(/ .*/, "", pid); sub(/^[0-9]+ +/, "", $1) }
        main == "" { main = pid }
        pid != main || $1 !~ /^[a-z0-9_]+$/ { next }
        { seen[$1]++ }
        !index($0, home) && !index($0, stick) { next }
        $1 == "openat" && !/O_CREAT/ { next }
        $1 == "fcntl" && (kind == "fail" || !/SETLK/) { next }
        !all && ($1 == "fcntl" || /-shm[>"]/) { next }
        { print $1, seen[$1] }' "$work/trace"
}

# keep_home, go_back_home: with the stick.
keep_home() {
    rm -rf "$work/kept"
    mkdir -p "$work/kept" "$stick"
    cp -a "$home" "$work/kept/home"
    cp -a "$stick" "$work/kept/stick"
}

go_back_home() {
    rm -rf "$home" "$stick"
    cp -a "$work/kept/home" "$home"
    cp -a "$work/kept/stick" "$stick"
}

# step_of STEP: one with all points, a longer one in a build with sanitizers, which takes so long.
step_of() {
    if [ -n "${KEYFOB_TEST_ALL:-}" ]; then echo 1; else echo $(($1 ${sanitizer:+* 4})); fi
}

# killed_everywhere STEP CHECK ARGUMENTS: every STEPth point of the command is killed; then CHECK looks.
killed_everywhere() {
    step=$(step_of "$1") check=$2 sentence=$now_testing points=0 number=0
    shift 2
    go_back_home
    exits 0 kf_traced "" "$@"
    points_of >"$work/points"
    while read -r name occurrence <&3; do
        number=$((number + 1))
        [ $((number % step)) = 0 ] || continue
        now_testing="$sentence, killed at $name $occurrence"
        go_back_home
        exits 137 kf_traced "$name:signal=KILL:when=$occurrence" "$@"
        "$check"
        points=$((points + 1))
    done 3<"$work/points"
    now_testing=$sentence
    [ "$number" -ge 4 ] && [ "$points" -ge 1 ] || fail "only $points of $number points"
}

# A medium that cannot be listed at all shows no containers, and the module does not say why.
takes_it_for_empty() {
    grep -qF '[token_absent]' "$work/err" || fail "the place is not told"
    unseen=$((unseen + 1))
}

# fails_everywhere ERROR STEP CHECK ARGUMENTS: every STEPth of the calls that change a file fails once; it may be done
# all the same, or be told with the place.
fails_everywhere() {
    error=$1 step=$(step_of "$2") check=$3 sentence=$now_testing points=0 number=0 told=0 unseen=0
    shift 3
    go_back_home
    exits 0 kf_traced "" "$@"
    points_of fail >"$work/points"
    while read -r name occurrence <&3; do
        number=$((number + 1))
        [ $((number % step)) = 0 ] || continue
        now_testing="$sentence, $error from $name $occurrence"
        go_back_home
        run kf_traced "$name:error=$error:when=$occurrence" "$@"
        [ "$status" -le 12 ] || fail "it ended with $status"
        if [ "$status" != 0 ]; then
            told=$((told + 1))
            grep '^keyfob: error: ' "$work/err" | grep -qF "$work/" || takes_it_for_empty
        fi
        "$check"
        points=$((points + 1))
    done 3<"$work/points"
    now_testing=$sentence
    [ "$told" -gt "$unseen" ] || fail "none of $points was told"
}

# pair_is MEDIUM PASSWORD COUNT...: what a host of the module finds: the password opens it, so many pairs that sign, no
# halves.
pair_is() {
    where_to_look=$1 opened_with=$2
    shift 2
    PROBE_MEDIUM=$where_to_look run probe state "$opened_with"
    for count in "$@"; do
        [ "$(cat "$work/out")" != "pin=$opened_with pairs=$count halves=0 broken=0" ] || return 0
    done
    fail "the container in $where_to_look is wrong"
}

# --- an enrollment that did not come to its end ---

# enrollment: the words of one into "anna" of $medium.
enrollment() {
    echo enroll --connection lab --subject CN=Anna,O=Example --key p256 --medium "$medium" --container anna
}

# make_empty_container MEDIUM: "anna".
make_empty_container() {
    exits 0 kf container create anna --medium "$1"
    exits 0 kf container delete anna --token anna --yes
}

# A container that was not there before ($made_before "no") may be missing, but it is never without its password.
container_is_sound() {
    PROBE_MEDIUM=$medium run probe state "$password"
    if [ "$made_before" = no ] && grep -q 'no such slot' "$work/err"; then return 0; fi
    case $(cat "$work/out") in
    "pin=$password pairs="[01]" halves=0 broken=0") ;;
    "pin=$password pairs=0 halves=1 broken=0") two_ids_are_one_key ;;
    *) fail "the container in $medium is wrong" ;;
    esac
}

# The key identifier becomes the id of first one half, then the other, as on every token: a program that stops between
# leaves two ids, and the resume goes on by the public key.
two_ids_are_one_key() {
    same "private and public keys" "1 1" \
        "$(field '[.items[] | select(.private)], [.items[] | select(.public)] | length' container list --login | xargs)"
    between=$((between + 1))
}

# Enrolled again only when nothing was recorded.
goes_on_to_one_of_each() {
    container_is_sound
    if [ "$(field '.items | length' request list)" = 0 ]; then
        exits 0 kf $(enrollment)
    else
        exits 0 kf resume
        resumed=$((resumed + 1))
    fi
    pair_is "$medium" "$password" 1
    lists_agree 1
    same "unblock secrets" 0 "$(jq -s '[.[].items[] | select(.unblock == true)] | length' "$work/lists")"
}
