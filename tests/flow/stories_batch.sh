#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A batch from a CSV: checked first, ordered row by row, parked rows corrected, stopped and gone on with, nothing twice.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/double_lib.sh"

# batch VERB ARGUMENTS: with what is the same for all rows.
run_batch() {
    kf batch run "$@" --connection dc --profile both --template client_premium --set agreement=yes --set organization=123456
}

rows() {
    field '[.rows[].status] | join(" ")' batch show "$1"
}

starters() {
    cat >"$work/starters.csv" <<'END'
first_name;last_name;recipients;container
Anna;Example;anna@example.com;anna
Boris;Орлов;nonsense;boris
王;小明;wang@example.com;wang
;;;
Anna;Example;anna@example.com;anna-2
END
}

every_row_is_checked_before_the_first_order() {
    starters
    exits 11 run_batch "$work/starters.csv" --dry-run
    says '2 ok, 2 need attention'
    silent_about 'keyfob: error'
    exits 11 run_batch "$work/starters.csv" --dry-run --json
    answers '.schema == "keyfob.batch/1" and .counts.ready == 2 and .counts.parked == 2'
    exits 0 kf batch list
    same "batches" 0 "$(field '.items | length' batch list)"
    same "orders" 0 "$(counted orders)"
    same "keys" "0 0 0" "$(objects)"
}

a_file_that_fits_nobody_is_refused() {
    printf 'parrot,cn\n1,Anna\n' >"$work/bad.csv"
    exits 2 run_batch "$work/bad.csv"
    says 'parrot'
    : >"$work/empty.csv"
    exits 2 run_batch "$work/empty.csv"
    exits 2 run_batch "$work/none.csv"
    same "orders" 0 "$(counted orders)"
}

rows_that_fail_are_parked() {
    dialog <<'END'
keyfob batch run $env(WORK)/starters.csv --connection dc --profile both --template client_premium --set agreement=yes --set organization=123456 --pin-source file:$env(WORK)/pin
see "row 2"
see "Checked 4 rows: 2 ok, 2 need attention"
see "Order these 2 now? Type yes: "
say "no"
ended 130
END
    same "orders" 0 "$(counted orders)"
    exits 11 run_batch "$work/starters.csv"
    shows 'b-1: 2 done'
    says 'keyfob batch retry b-1 ROW'
    same "rows" "done parked done skipped parked" "$(rows b-1)"
    same "orders" 2 "$(counted orders)"
    same "private keys, public keys, certificates" "2 2 2" "$(objects)"
}

parked_rows_come_out_as_a_file() {
    exits 0 kf batch errors b-1 --out "$work/errors.csv"
    same "lines" 3 "$(wc -l <"$work/errors.csv")"
    grep -q 'problem' "$work/errors.csv" || fail "no column that says what is wrong: $(cat "$work/errors.csv")"
}

a_row_is_corrected_and_ordered() {
    exits 0 kf batch retry b-1 2 recipients=orlov@example.com
    says 'Row 2 of b-1 is ready again'
    exits 11 kf batch resume b-1
    same "rows" "done done done skipped parked" "$(rows b-1)"
    same "orders" 3 "$(counted orders)"
    exits 11 kf batch resume b-1
    same "orders" 3 "$(counted orders)"
    exits 2 kf batch retry b-1 99
    exits 2 kf batch retry b-1 2 recipients=other@example.com
    exits 2 kf batch show b-9
}

# Killed somewhere between two rows: the next run goes on, and no row is ordered twice.
it_goes_on_after_a_kill() {
    printf 'cn,email\n' >"$work/many.csv"
    for number in 1 2 3 4 5; do
        printf 'Person %s,p%s@example.com\n' "$number" "$number"
    done >>"$work/many.csv"
    killed=0
    for point in "before 30" "after 45" "before 60" "before 75"; do
        id=b-$((killed + 2))
        killed_at "$point" kf batch run "$work/many.csv" --connection lab --key p256 || break
        killed=$((killed + 1))
        exits 0 kf resume
        exits 0 kf batch resume "$id"
        same "rows" "done done done done done" "$(rows "$id")"
        same "orders" $((5 * killed)) "$(field '.items | length' ca list)"
    done
    [ "$killed" -ge 2 ] || fail "killed $killed times only"
    [ "$killed" -eq 4 ] || exits 0 kf batch resume "$id"
    last=$((killed + 2 + (killed < 4)))
}

a_wrong_pin_stops_it_where_it_is() {
    printf 'first_name,last_name,recipients\nLast,One,last@example.com\n' >"$work/one.csv"
    before=$(counted orders)
    export LAST="b-$last"
    store_pins 999999 12345678
    exits 6 run_batch "$work/one.csv"
    says "keyfob batch resume b-$last"
    store_pins 123456 12345678
    same "orders" "$before" "$(counted orders)"
    dialog <<'END'
keyfob batch resume $env(LAST)
see "PIN for soft"
see ": "
say "123456"
see "1 done"
ended 0
END
    same "orders" $((before + 1)) "$(counted orders)"
}

the_ca_takes_its_time() {
    printf 'first_name,last_name,recipients\nSlow,One,slow@example.com\n' >"$work/slow.csv"
    knob emails_validated no
    exits 3 run_batch "$work/slow.csv"
    silent_about 'keyfob: error'
    same "rows" ordered "$(rows b-$((last + 1)))"
    knob emails_validated yes
    request=$(field '.rows[0].request' batch show b-$((last + 1)))
    exits 0 kf wait "$request" --wait 60s
    same "rows" "done" "$(rows b-$((last + 1)))"
}

use_softhsm soft
make_ca lab
start_double digicert purpose=clientAuth,emailProtection
secret key any-key
own_profile both 'clientAuth emailProtection'
exits 0 kf connection add dc digicert "url=$url/services/v2" "ca-file=$tls_root" \
    --secret-source "api-key=file:$work/secret.key"
trust dc
test_that "every row is checked before the first order" every_row_is_checked_before_the_first_order
test_that "a file that fits nobody is refused" a_file_that_fits_nobody_is_refused
test_that "rows that fail are parked" rows_that_fail_are_parked
test_that "parked rows come out as a file" parked_rows_come_out_as_a_file
test_that "a row is corrected and ordered" a_row_is_corrected_and_ordered
test_that "it goes on after a kill" it_goes_on_after_a_kill
test_that "a wrong PIN stops it where it is" a_wrong_pin_stops_it_where_it_is
test_that "the CA takes its time" the_ca_takes_its_time
