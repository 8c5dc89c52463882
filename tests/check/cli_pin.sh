#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A PIN is never an argument, never printed, never in a file of keyfob's, and its variable is wiped; the terminal keeps
# its echo after every end of the question. Usage: cli_pin.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"
make_token Anna
run() { "$keyfob" --module "$module" --token Anna "$@"; }

grep -E '\{"(so-|new-)?pin"' "$root/tools/cli/options.c" && wrong "an option takes a PIN"
grep -E '\{"(password|secret|api-key|key-phrase|passphrase)"' "$root/tools/cli/options.c" && wrong "an option takes a secret"
exits 0 run container create one --pin-source "file:$work/pin"
printf '#!/bin/sh\necho "$1" >"%s"\necho 246810\n' "$work/asked" >"$work/askpass"
chmod +x "$work/askpass"
exits 0 run container create two --pin-source "askpass:$work/askpass"
grep -q 'PIN for Anna' "$work/asked" || wrong "the program was not asked properly"
SECRET=246810 exits 0 run container create three --pin-source env:SECRET
run container create four --pin-source fd:3 3<"$work/pin" >/dev/null 2>&1 || wrong "fd:3 fails"
KEYFOB_PIN_SOURCE=file:$work/pin exits 0 run container create five --no-input
exits 10 run container create six --no-input
says err 'pin_needed'
chmod 644 "$work/pin"
exits 1 run container create six --pin-source "file:$work/pin"
says err 'open to other users'
chmod 600 "$work/pin"
exits 2 run container create six --pin-source "file:$work/none"
ln -s "$work/pin" "$work/link"
run container create six --pin-source "file:$work/link" >/dev/null 2>&1 && wrong "a PIN file may be a link"

# While a question is open: what other processes see of this one.
mkfifo "$work/gate"
printf '#!/bin/sh\nread -r x <"%s"\necho 246810\n' "$work/gate" >"$work/askpass"
SECRET=246810 "$keyfob" --module "$module" --token Anna pin unblock --pin-source env:SECRET --so-pin-source "askpass:$work/askpass" \
    >/dev/null 2>&1 &
child=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    pgrep -P $child >/dev/null && break
    sleep 0.1
done
tr '\0' '\n' <"/proc/$child/cmdline" | grep -q 246810 && wrong "the PIN is in the command line"
tr '\0' '\n' <"/proc/$child/environ" | grep -q 'SECRET=246810' && wrong "the PIN is still in the environment"
for asked in $(pgrep -P $child); do
    tr '\0' '\n' <"/proc/$asked/environ" | grep -q 246810 && wrong "the PIN was handed on to another program"
done
kill "$child" 2>/dev/null
wait
rm -f "$work/askpass" "$work/gate"

exits 0 run ca init lab
exits 0 run enroll --subject CN=Anna --pin-source "file:$work/pin" --no-input
grep -rlF 246810 "$work/home" && wrong "the PIN is in a file of keyfob's"

# On a terminal: nothing is echoed, and the echo is back after the answer, Ctrl-C, SIGTERM and a stop.
cat >"$work/tty.exp" <<'END'
set timeout 20
log_user 1
set stty_init "echo"
set ps1 "READY>"
spawn -noecho env PS1=$ps1 TERM=dumb bash --norc --noprofile -i
send "PS1='READY''>'\r"
expect -re {READY>$}
proc echoes {} {
    send "stty -a | grep -oE -- '-?echo ' | sed 's/^/STATE:/'\r"
    expect {
        -re {STATE:echo } { }
        default { puts "WRONG: the echo is off"; exit 1 }
    }
    expect -re {READY>$}
}
proc ask {} {
    global env
    send "sh -c 'echo \$\$ >$env(WORK)/pid; exec $env(KEYFOB) --module $env(MODULE) --token Anna container check one'; echo CODE:\$?\r"
    expect {
        "PIN for Anna" { }
        default { puts "WRONG: no question"; exit 1 }
    }
    expect ": "
    sleep 0.3
}
ask; send "246810\r"; expect "CODE:0" { } default { puts "WRONG: the PIN does not work"; exit 1 }
expect -re {READY>$}; echoes
ask; send "\003"; expect -re {CODE:130} { } default { puts "WRONG: Ctrl-C"; exit 1 }
expect -re {READY>$}; echoes
ask; exec kill -TERM [string trim [exec cat $env(WORK)/pid]]
expect -re {CODE:(130|143)} { } default { puts "WRONG: SIGTERM"; exit 1 }
expect -re {READY>$}; echoes
ask; send "\032"; expect -re {READY>$}; echoes
send "fg\r"; expect "PIN for Anna"; expect ": "; sleep 0.3
send "246810\r"; expect -re {READY>$}; echoes
send "exit\r"; expect eof
END
KEYFOB=$keyfob MODULE=$module WORK=$work expect "$work/tty.exp" >"$work/tty" 2>&1 || { wrong "on the terminal:"; cat "$work/tty" >&2; }
grep -q WRONG "$work/tty" && { wrong "on the terminal:"; cat "$work/tty" >&2; }
grep -q 246810 "$work/tty" && wrong "the PIN was echoed"

# The tries that are left: a stored PIN is not used when few are, and the last one wants a "yes".
export FAKE_TOKEN="$work/script" FAKE_TOKEN_STATE="$work/state"
mkdir "$work/state"
printf 'token label=Tries serial=09143328 pin=2468\npin-tries 3\n' >"$FAKE_TOKEN"
cat >"$work/tries.exp" <<'END'
set timeout 20
proc start {} {
    global env
    spawn -noecho env TERM=dumb $env(KEYFOB) --module $env(MODULE) container create one
    uplevel [list set spawn_id $spawn_id]
}
proc ends {code} {
    uplevel {expect eof}
    set result [uplevel {wait}]
    if {[lindex $result 3] != $code} { puts "WRONG: exit [lindex $result 3], not $code"; exit 1 }
}
start; expect "PIN for Tries (0914 3328) to make the key"; expect ": "; sleep 0.2; send "9999\r"; ends 6
start; expect "Few tries are left." { } default { puts "WRONG: few tries are not told"; exit 1 }
expect ": "; sleep 0.2; send "9999\r"; ends 6
start; expect "Type yes to go on: " { } default { puts "WRONG: the last try is not told"; exit 1 }
sleep 0.2; send "no\r"; ends 130
start; expect "Type yes to go on: "; sleep 0.2; send "yes\r"; expect "PIN for"; expect ": "; sleep 0.2; send "9999\r"; ends 7
END
KEYFOB=$keyfob MODULE=$build/lib/fake-token.so expect "$work/tries.exp" >"$work/tty" 2>&1 || { wrong "at the last tries:"; cat "$work/tty" >&2; }
grep -q WRONG "$work/tty" && { wrong "at the last tries:"; cat "$work/tty" >&2; }
exits 7 "$keyfob" --module "$build/lib/fake-token.so" container create one --pin-source "file:$work/pin"
exit $status
