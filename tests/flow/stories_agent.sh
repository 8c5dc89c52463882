#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The agent: asks, installs, tells a program, warns, renews; one for a home, and it ends when told.
# timeout: 240
. "$(dirname "$0")/lib.sh"

# time_has_come: what the database has for later is due now.
time_has_come() {
    python3 - "$home" <<'END'
import glob, sqlite3, sys
for path in glob.glob(sys.argv[1] + "/**/keyfob.db", recursive=True):
    database = sqlite3.connect(path)
    database.execute("UPDATE requests SET next_poll = 0")
    database.commit()
END
}

agent() {
    kf agent --once "$@"
}

notifier() {
    cat >"$work/notify" <<END
#!/bin/sh
printf '%s|%s|%s|%s|%s\n' "\$#" "\$KEYFOB_NEWS_KIND" "\$KEYFOB_NEWS_REQUEST" "\$KEYFOB_NEWS_CERTIFICATE" "\$KEYFOB_NEWS_TEXT" >>"$work/told"
END
    chmod +x "$work/notify"
}

silence_is_no_news() {
    exits 0 agent
    same "output" "" "$(cat "$work/out" "$work/err")"
}

what_was_decided_is_installed() {
    exits 3 enroll
    exits 0 agent
    same "news before its time" "" "$(cat "$work/out")"
    exits 0 kf ca approve 1
    time_has_come
    exits 0 agent
    shows '✔'
    shows 'r-1'
    same "private keys, public keys, certificates" "1 1 1" "$(objects)"
    exits 0 agent
    same "news told twice" "" "$(cat "$work/out")"
}

# The token is out: the certificate is fetched, and written when the token is back.
a_token_that_is_out_is_waited_for() {
    exits 3 enroll --container second
    exits 0 kf ca approve 2
    script 'token label=FAKE' absent
    time_has_come
    exits 0 agent --json
    jq -se 'any(.schema == "keyfob.news/1" and .kind == "issued" and .request == "r-2" and (.at | length) == 20)' "$work/out" \
        >/dev/null || fail "no news of r-2"
    exits 0 agent
    same "news told twice" "" "$(cat "$work/out")"
    script 'token label=FAKE'
    exits 0 agent --json
    jq -se 'any(.kind == "installed" and .request == "r-2" and .certificate != null)' "$work/out" >/dev/null ||
        fail "r-2 is not installed"
    same "private keys, public keys, certificates" "2 2 2" "$(objects)"
}

# What the CA says reaches the program as data; no shell sees it.
a_program_is_told() {
    notifier
    exits 3 enroll --container third
    exits 0 kf ca reject 3 --reason "\$(touch $work/hacked); \`touch $work/hacked\` 'quoted'"
    time_has_come
    exits 0 agent --notify "$work/notify"
    grep -qF '0|rejected|r-3|' "$work/told" || fail "the program was not told: $(cat "$work/told")"
    grep -qF "touch $work/hacked" "$work/told" || fail "the CA's words are missing: $(cat "$work/told")"
    [ ! -e "$work/hacked" ] || fail "a shell has run the CA's words"
    shows 'r-3'
}

a_program_that_fails_stops_nothing() {
    exits 3 enroll --container fourth
    exits 0 kf ca approve 4
    time_has_come
    exits 0 agent --notify "$work/nowhere"
    says 'nowhere'
    exits 0 kf request show r-4
    same "state" done "$(field .state request show r-4)"
}

it_warns_once_and_renews_when_asked() {
    mkdir -p "$home/profiles"
    printf '[profile]\ntitle = Short\nkeys = p256\nvalidity_days = 5\n[usage]\nkey_usage = digitalSignature\nextended = clientAuth\n' \
        >"$home/profiles/short.conf"
    printf '[names]\nemail = optional\ndns = optional\nip = no\nuri = no\nupn = no\n[subject]\nCN = optional\n' \
        >>"$home/profiles/short.conf"
    exits 0 kf ca init quick --profiles short
    exits 0 kf enroll --connection quick --profile short --subject CN=Short --container short
    certificate=$(field .certificate.id request show r-5)
    exits 0 agent --json
    jq -se --arg id "$certificate" 'any(.kind == "expiring" and .certificate == $id)' "$work/out" >/dev/null ||
        fail "no warning"
    exits 0 agent --json
    same "warnings of the same day" "" "$(cat "$work/out")"
    exits 0 agent --renew --json
    jq -se 'any(.kind == "renewing") and any(.kind == "installed")' "$work/out" >/dev/null || fail "no renewal"
    same "old" superseded "$(field .status cert show "$certificate")"
}

one_agent_runs_for_a_home() {
    "$keyfob" --home "$home" --module "$module" --no-input --pin-source "file:$pin" agent \
        >"$work/agent.out" 2>"$work/agent.err" &
    agent=$!
    sleep 1
    exits 1 agent
    says 'another keyfob agent'
    kill -TERM "$agent"
    status=0
    wait "$agent" || status=$?
    same "the status of the agent that was told to end" 0 "$status"
    exits 0 agent
}

use_fake
make_ca lab --approval
test_that "silence is no news" silence_is_no_news
test_that "what was decided is installed" what_was_decided_is_installed
test_that "a token that is out is waited for" a_token_that_is_out_is_waited_for
test_that "a program is told" a_program_is_told
test_that "a program that fails stops nothing" a_program_that_fails_stops_nothing
test_that "it warns once, and renews when asked" it_warns_once_and_renews_when_asked
test_that "one agent runs for a home" one_agent_runs_for_a_home
