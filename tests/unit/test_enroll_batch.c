// SPDX-License-Identifier: Apache-2.0
// Batches: each row once, a bad row parks, and what concerns all of them stops.
#include "unit/batch_fixture.h"

#define THREE "cn,email\nAnna,anna@example.org\nBob,bob@example.org\nCarol,carol@example.org\n"

/* --- looking --- */

static json_t *check(const char *csv) {
    struct kf_batch_order order = table_for("a", csv);
    json_t *json = NULL;
    assert_ok(kf_batch_check(context, &order, &json));
    return json;
}

static void looking_records_nothing(void **state) {
    KF_AUTO_PTR(json_t) seen = check(THREE);
    KF_AUTO_PTR(json_t) list = NULL;
    const json_t *counts = json_object_get(seen, "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "ready")), 3);
    assert_ok(kf_batches_json(context, &list));
    assert_int_equal(json_array_size(list), 0);
    assert_int_equal(lab->sends, 0);
}

static void every_row_is_looked_at_before_the_first_order(void **state) {
    assert_ok(begin("a", "cn,email,key,profile,san\n"
                         "Anna,anna@example.org,,,\n"
                         "Bob,not an address,,,\n"
                         "Carol,,rsa1,,\n"
                         "Dan,,,no-such-profile,\n"
                         "Eve,,,,planet:mars\n"
                         ",,,,\n"
                         ",,p256,,\n"
                         "Anna,anna@example.org,,,\n"
                         "Frank,frank@example.org\n"));
    assert_row(1, "ready");
    assert_row_says(2, "is not an e-mail address");
    assert_row_says(3, "rsa1");
    assert_row_says(4, "no-such-profile");
    assert_row_says(5, "planet");
    assert_row(6, "skipped");
    assert_row(7, "parked");
    assert_row_says(8, "the same order as in row 1");
    assert_row_says(9, "2 cells, but the header has 5");
    assert_int_equal(lab->sends, 0);
}

static void a_column_that_nobody_knows_is_told_with_the_nearest(void **state) {
    KF_AUTO_PTR(json_t) seen = check("cn,emial\nAnna,a@b.example\n");
    const json_t *problem = json_array_get(json_object_get(seen, "problems"), 0);
    const char *text = json_string_value(json_object_get(problem, "text"));
    assert_non_null(strstr(text, "did you mean \"email\""));
    assert_says(begin("a", "cn,emial\nAnna,a@b.example\n"), KF_E_USAGE, "emial");
    assert_says(begin("a", "cn,CN\nAnna,Anna\n"), KF_E_USAGE, "twice");
    assert_says(begin("a", "cn,\nAnna,Anna\n"), KF_E_USAGE, "no name");
    assert_says(begin("a", "cn\n"), KF_E_INPUT, "no rows");
}

static void a_name_in_two_alphabets_is_warned_of_and_goes(void **state) {
    assert_ok(begin("a", "cn\nАnna\n"));
    assert_row(1, "ready");
    assert_non_null(strstr(row_text(1, "warning"), "two alphabets"));
}

static void names_of_a_row_are_escaped_and_joined(void **state) {
    struct kf_batch_order order =
        table_for("a", "cn,email\n\"Smith, Anna\",a@b.example;c@d.example\n");
    order.common.spec.subject = "O=Example";
    assert_ok(kf_batch_begin(context, &order, batch));
    assert_string_equal(row_text(1, "subject"), "CN=Smith\\, Anna,O=Example");
    assert_ok(run_batch());
    snprintf(id, sizeof id, "r-1");
    KF_AUTO(kf_request) request = {0};
    load(&request);
    assert_non_null(strstr(request.order, "c@d.example"));
}

static void what_would_be_the_same_for_all_rows_is_refused(void **state) {
    struct kf_batch_order order = table_for("a", THREE);
    order.common.container = "one";
    assert_says(kf_batch_begin(context, &order, batch), KF_E_USAGE, "column \"container\"");
    assert_says(begin("nowhere", THREE), KF_E_NOT_FOUND, "nowhere");
}

static void without_an_anchor_nothing_is_begun(void **state) {
    assert_ok(kf_connection_add(context, "new", ca_connectors[0].name, NULL, 0));
    assert_says(begin("new", THREE), KF_E_UNTRUSTED, "no root certificate");
}

/* --- ordering --- */

static void all_rows_are_ordered_with_one_pin(void **state) {
    assert_ok(begin("a", THREE));
    assert_ok(run_batch());
    assert_int_equal(batch_count("done"), 3);
    assert_int_equal(lab->orders, 3);
    assert_int_equal(room->person.asked, 1);
    assert_token(3, 3);
    assert_string_equal(row_text(2, "request"), "r-2");
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
}

/* Somebody runs the file again, in place of going on with the batch. */
static void a_table_that_was_ordered_before_is_warned_of(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, REJECT, TAKE_AND_ISSUE);
    assert_ok(begin("a", THREE));
    assert_string_equal(row_text(1, "warning"), "");
    assert_fails(run_batch(), KF_E_PARKED);
    assert_ok(begin("a", THREE));
    assert_string_equal(row_text(1, "warning"),
                        "row 1 of the batch b-1 has ordered the same (request r-1)");
    assert_row(1, "ready");
    assert_string_equal(row_text(2, "warning"), ""); /* rejected */
    assert_ok(begin("b", THREE));
    assert_string_equal(row_text(1, "warning"), ""); /* another CA */
}

static void a_row_that_is_rejected_parks_and_the_next_goes_on(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, REJECT, TAKE_AND_ISSUE);
    assert_ok(begin("a", THREE));
    assert_says(run_batch(), KF_E_PARKED, "2 done, 0 wait for the CA, 1 parked");
    assert_row(2, "parked");
    assert_row_says(2, "the name is not yours");
    assert_row(3, "done");
}

static void a_corrected_row_is_ordered_again_and_no_other(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, REJECT, TAKE_AND_ISSUE);
    assert_ok(begin("a", THREE));
    assert_int_equal(run_batch(), KF_E_PARKED);
    assert_says(kf_batch_retry(context, batch, 1, NULL), KF_E_STATE, "done, not parked");
    assert_ok(
        kf_batch_retry(context, batch, 2, "{\"cn\":\"Robert\",\"upn\":\"bob@corp.example\"}"));
    assert_row(2, "ready");
    assert_ok(run_batch());
    assert_string_equal(row_text(2, "request"), "r-4");
    assert_string_equal(row_text(2, "subject"), "CN=Robert");
    assert_int_equal(batch_count("done"), 3);
}

static void a_correction_that_does_not_help_leaves_it_parked(void **state) {
    assert_ok(begin("a", "cn,email\nAnna,anna@example.org\nBob,bad\n"));
    assert_says(kf_batch_retry(context, batch, 2, NULL), KF_E_USAGE, "stays parked");
    assert_says(
        kf_batch_retry(context, batch, 2, "{\"cn\":\"Anna\",\"email\":\"anna@example.org\"}"),
        KF_E_USAGE, "the same order as in row 1");
    assert_says(kf_batch_retry(context, batch, 2, "{\"mail\":\"b@c.example\"}"), KF_E_USAGE,
                "did you mean \"email\"");
    assert_says(kf_batch_retry(context, batch, 7, NULL), KF_E_NOT_FOUND, "no row 7");
    assert_ok(kf_batch_retry(context, batch, 2, "{\"cn\":\"Bob\",\"email\":\"b@c.example\"}"));
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 2);
}

static void rows_that_the_ca_has_not_decided_on_are_asked_about_later(void **state) {
    SCRIPT(submit, TAKE);
    assert_ok(begin("a", THREE));
    assert_says(run_batch(), KF_E_PENDING, "3 wait for the CA");
    assert_row(1, "ordered");
    assert_int_equal(run_batch(), KF_E_PENDING);
    assert_int_equal(lab->polls, 0); /* it is not time yet */
    clock_shift += 3600;
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
    assert_token(3, 3);
}

/* --- what stops --- */

static void a_wrong_pin_stops_after_one_try(void **state) {
    assert_ok(begin("a", THREE));
    room->person.user_pin = "0000";
    assert_says(run_batch(), KF_E_PIN_WRONG, "row 1");
    assert_null(strstr(kf_error_next(KF_E_PIN_WRONG), "resume r-"));
    assert_int_equal(calls(room, "C_Login"), 1);
    assert_int_equal(room->person.asked, 1);
    assert_int_equal(batch_count("ready"), 3);
    room->person.user_pin = USER_PIN;
    assert_ok(run_batch());
    assert_int_equal(batch_count("done"), 3);
}

static void an_absent_token_stops(void **state) {
    assert_ok(begin("a", THREE));
    play(room, "absent");
    assert_int_equal(run_batch(), KF_E_TOKEN_ABSENT);
    assert_int_equal(batch_count("ready"), 3);
    assert_int_equal(lab->sends, 0);
}

static void an_unreachable_ca_stops_and_the_fate_of_its_row_is_found_out(void **state) {
    SCRIPT(submit, TAKE_AND_ISSUE, TAKE_AND_LOSE, TAKE_AND_ISSUE);
    assert_ok(begin("a", THREE));
    assert_says(run_batch(), KF_E_CA_UNREACHABLE, "row 2");
    assert_row(2, "ordered");
    assert_row(3, "ready");
    clock_shift += 60;
    assert_int_equal(run_batch(), KF_E_PENDING); /* the look-up found it, it waits */
    assert_row(3, "done");
    clock_shift += 3600;
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
}

static void an_order_of_unknown_fate_keeps_no_other_row_waiting(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    SCRIPT(lookup, UNKNOWN);
    assert_ok(begin("a", THREE));
    assert_int_equal(run_batch(), KF_E_CA_UNREACHABLE);
    assert_int_equal(run_batch(), KF_E_CA_UNREACHABLE);
    assert_row(1, "ordered");
    assert_row(3, "done");
    clock_shift += 1000; /* the time in which it may turn up is over: sent again */
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
}

static void an_answer_that_cannot_be_read_stops_and_parks_nothing(void **state) {
    SCRIPT(submit, GIBBERISH, TAKE_AND_ISSUE);
    SCRIPT(lookup, UNKNOWN);
    assert_ok(begin("a", THREE));
    assert_says(run_batch(), KF_E_CA_ANSWER, "row 1");
    assert_row(1, "ordered");
    assert_row(2, "ready");
    assert_int_equal(run_batch(), KF_E_CA_UNREACHABLE);
    assert_row(3, "done");
    clock_shift += 1000;
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
}

static void an_order_that_only_a_person_can_find_out_about_parks(void **state) {
    SCRIPT(submit, BLIND, TAKE_AND_ISSUE);
    assert_ok(begin("a", THREE));
    assert_int_equal(run_batch(), KF_E_PARKED);
    assert_row(1, "parked");
    assert_says(kf_batch_retry(context, batch, 1, NULL), KF_E_STATE, "one too many");
    assert_int_equal(lab->orders, 3);
}

static void an_interruption_keeps_what_is_there(void **state) {
    assert_ok(begin("a", THREE));
    interrupt_at = 3;
    assert_int_equal(run_batch(), KF_E_INTERRUPTED);
    assert_ok(run_batch());
    assert_int_equal(lab->orders, 3);
    assert_int_equal(batch_count("done"), 3);
}

static void a_key_that_does_not_sign_parks_its_row_and_goes_on_when_asked(void **state) {
    assert_ok(begin("a", THREE));
    play(room, "fail C_Sign 1 CKR_FUNCTION_FAILED");
    assert_int_equal(run_batch(), KF_E_PARKED);
    play(room, "");
    assert_int_equal(batch_count("done"), 2);
    assert_says(kf_batch_retry(context, batch, 1, "{\"cn\":\"Ann\"}"), KF_E_STATE,
                "cannot be changed");
    assert_ok(kf_batch_retry(context, batch, 1, NULL));
    assert_ok(run_batch());
    assert_string_equal(row_text(1, "request"), "r-1");
    assert_int_equal(lab->orders, 3);
}

/* --- what comes out --- */

static void parked_rows_come_out_as_a_table(void **state) {
    KF_AUTO_FREE uint8_t *csv = NULL;
    size_t len = 0;
    assert_ok(begin("a", "cn,email\nAnna,anna@example.org\n=cmd,bad\n"));
    assert_ok(kf_batch_errors(context, batch, &csv, &len));
    assert_true(kf_str_starts((char *)csv, "cn,email,problem\r\n\"'=cmd\",bad,"));
    assert_non_null(strstr((char *)csv, "is not an e-mail address"));
    assert_null(strstr((char *)csv, "Anna"));
}

static void batches_are_listed_newest_first(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(begin("a", THREE));
    assert_ok(begin("b", "cn\nDan\n"));
    assert_ok(kf_batches_json(context, &list));
    assert_int_equal(json_array_size(list), 2);
    const json_t *newest = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(newest, "id")), "b-2");
    assert_string_equal(json_string_value(json_object_get(newest, "connection")), "b");
    assert_null(json_object_get(newest, "rows"));
    assert_says(kf_batch_run(context, "b-9"), KF_E_NOT_FOUND, "b-9");
    assert_says(kf_batch_run(context, "x"), KF_E_NOT_FOUND, "\"x\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(looking_records_nothing),
        ENROLL(every_row_is_looked_at_before_the_first_order),
        ENROLL(a_column_that_nobody_knows_is_told_with_the_nearest),
        ENROLL(a_name_in_two_alphabets_is_warned_of_and_goes),
        ENROLL(names_of_a_row_are_escaped_and_joined),
        ENROLL(what_would_be_the_same_for_all_rows_is_refused),
        ENROLL(without_an_anchor_nothing_is_begun),
        ENROLL(all_rows_are_ordered_with_one_pin),
        ENROLL(a_table_that_was_ordered_before_is_warned_of),
        ENROLL(a_row_that_is_rejected_parks_and_the_next_goes_on),
        ENROLL(a_corrected_row_is_ordered_again_and_no_other),
        ENROLL(a_correction_that_does_not_help_leaves_it_parked),
        ENROLL(rows_that_the_ca_has_not_decided_on_are_asked_about_later),
        ENROLL(a_wrong_pin_stops_after_one_try),
        ENROLL(an_absent_token_stops),
        ENROLL(an_unreachable_ca_stops_and_the_fate_of_its_row_is_found_out),
        ENROLL(an_order_of_unknown_fate_keeps_no_other_row_waiting),
        ENROLL(an_answer_that_cannot_be_read_stops_and_parks_nothing),
        ENROLL(an_order_that_only_a_person_can_find_out_about_parks),
        ENROLL(an_interruption_keeps_what_is_there),
        ENROLL(a_key_that_does_not_sign_parks_its_row_and_goes_on_when_asked),
        ENROLL(parked_rows_come_out_as_a_table),
        ENROLL(batches_are_listed_newest_first),
    };
    return cmocka_run_group_tests_name("enroll_batch", tests, NULL, NULL);
}
