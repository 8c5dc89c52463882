// SPDX-License-Identifier: Apache-2.0
// The answer was lost: what resume does depends on how the CA treats the same order twice.
#include "unit/enroll_fixture.h"

/* --- class A: look, and wait for fifteen minutes --- */

static void a_lost_answer_is_found_by_looking(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_state("submitting");
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
    assert_int_equal(lab->looks, 1);
}

static void an_order_that_shows_late_is_not_sent_twice(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    lab->hidden = true;
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = 9 * 60;
    assert_says(resume(), KF_E_CA_UNREACHABLE, "not known yet");
    lab->hidden = false;
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void an_order_that_never_arrived_is_sent_again_after_fifteen_minutes(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = 14 * 60;
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_int_equal(lab->sends, 1);
    clock_shift = 15 * 60 + 1;
    assert_ok(resume());
    assert_int_equal(lab->sends, 2);
    assert_int_equal(lab->looks, 2);
    assert_enrolled();
}

static void each_send_begins_a_new_fifteen_minutes(void **state) {
    SCRIPT(submit, LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = 16 * 60;
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_int_equal(lab->sends, 2);
    clock_shift = 30 * 60;
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_int_equal(lab->sends, 2);
}

static void nothing_is_sent_while_looking_fails(void **state) {
    SCRIPT(submit, LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = 3600;
    static const enum reply failures[] = {LOSE, GIBBERISH, SIGN_IN, ASK_LATER};
    static const kf_err codes[] = {KF_E_CA_UNREACHABLE, KF_E_CA_ANSWER, KF_E_CA_LOGIN,
                                   KF_E_CA_UNREACHABLE};
    for (size_t i = 0; i < KF_COUNT(failures); i++) {
        SCRIPT(lookup, failures[i]);
        assert_fails(resume(), codes[i]);
        assert_state("submitting");
    }
    assert_int_equal(lab->sends, 1);
}

static void several_orders_for_one_id_need_an_operator(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    SCRIPT(lookup, SEVERAL);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_says(resume(), KF_E_NEEDS_OPERATOR, "orders 7 and 8");
    assert_state("needs-operator");
    assert_int_equal(lab->sends, 1);
}

/* The person may have seen one order too few; the CA is asked, and nothing is sent meanwhile. */
static void a_retry_looks_again_where_orders_can_be_found(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    SCRIPT(lookup, SEVERAL, SEVERAL, BY_BOOKS);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_fails(kf_request_retry(context, id), KF_E_NEEDS_OPERATOR);
    assert_state("needs-operator");
    assert_ok(kf_request_retry(context, id));
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void where_a_look_up_cannot_tell_the_person_who_looked_decides(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    SCRIPT(lookup, MUTE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    for (int i = 0; i < 2; i++)
        assert_says(resume(), KF_E_NEEDS_OPERATOR, "cannot say");
    assert_int_equal(lab->sends, 1);
    assert_ok(kf_request_retry(context, id));
    assert_enrolled();
    assert_int_equal(lab->sends, 2);
}

static void a_clock_that_was_two_years_ahead_delays_nothing_for_two_years(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    clock_shift = 2 * 365 * 24 * 3600;
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = 0;
    assert_says(resume(), KF_E_CA_UNREACHABLE, "(900 s from now)");
    clock_shift = 901;
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 2);
}

static void a_look_up_may_find_a_rejection_or_the_certificate(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    SCRIPT(lookup, REJECT);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_REJECTED);
    SCRIPT(submit, TAKE_AND_LOSE);
    SCRIPT(lookup, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_ok(resume());
    assert_state("done");
    assert_int_equal(lab->polls, 0);
}

static void a_process_that_died_while_sending_leaves_one_order(void **state) {
    SCRIPT(submit, TAKE_AND_DIE);
    enroll_and_die(enroll_at_a);
    assert_state("submitting");
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void a_process_that_died_before_sending_sends_after_the_window(void **state) {
    SCRIPT(submit, DIE, TAKE_AND_ISSUE);
    enroll_and_die(enroll_at_a);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    clock_shift = 901;
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

/* --- class B: the same again --- */

static void the_same_bytes_go_out_again_at_class_b(void **state) {
    lab->knows_same = true;
    SCRIPT(submit, TAKE_AND_LOSE, TAKE_AND_LOSE, TAKE_AND_ISSUE);
    assert_fails(enroll("b"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_ok(resume());
    assert_int_equal(lab->sends, 3);
    assert_int_equal(lab->looks, 0);
    assert_enrolled();
}

static void a_death_at_class_b_costs_nothing(void **state) {
    lab->knows_same = true;
    SCRIPT(submit, TAKE_AND_DIE, TAKE_AND_ISSUE);
    enroll_and_die(enroll_at_b);
    assert_ok(resume());
    assert_enrolled();
}

/* --- class C: a person looks --- */

static void an_unknown_fate_needs_an_operator_at_class_c(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_state("needs-operator");
    clock_shift = 24 * 3600;
    for (int i = 0; i < 3; i++)
        assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->sends, 1);
}

static void an_operator_who_has_looked_may_send_again(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_ok(kf_request_retry(context, id));
    assert_enrolled();
    assert_int_equal(lab->sends, 2);
}

static void a_retry_whose_fate_is_unknown_needs_an_operator_again(void **state) {
    SCRIPT(submit, LOSE);
    assert_fails(enroll("c"), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_fails(kf_request_retry(context, id), KF_E_CA_UNREACHABLE);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->sends, 2);
}

static void a_death_at_class_c_needs_an_operator(void **state) {
    SCRIPT(submit, TAKE_AND_DIE);
    enroll_and_die(enroll_at_c);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->sends, 1);
}

static void an_answer_nobody_can_read_leaves_the_fate_unknown(void **state) {
    SCRIPT(submit, GIBBERISH);
    assert_fails(enroll("c"), KF_E_CA_ANSWER);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->sends, 1);
}

/* The CA wanted a sign-in: it took nothing. */
static void after_a_sign_in_the_order_is_sent_at_every_class(void **state) {
    static const char *const classes[] = {"a", "b", "c"};
    for (size_t i = 0; i < KF_COUNT(classes); i++) {
        SCRIPT(submit, SIGN_IN, TAKE_AND_ISSUE);
        assert_fails(enroll(classes[i]), KF_E_CA_LOGIN);
        assert_state("submitting");
        assert_ok(resume());
        assert_state("done");
    }
}

/* Whoever presses Ctrl-C between the record and the send knows that nothing was sent. */
static void an_interruption_never_leaves_an_unknown_fate(void **state) {
    kf_err err = KF_E_INTERRUPTED;
    for (int at = 1; err == KF_E_INTERRUPTED; at++) {
        interrupt_at = at;
        err = enroll("c");
        interrupt_at = 0;
        if (err == KF_E_INTERRUPTED)
            assert_ok(resume());
        assert_state("done");
        assert_in_range(at, 1, 50);
    }
    assert_ok(err);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_lost_answer_is_found_by_looking),
        ENROLL(an_order_that_shows_late_is_not_sent_twice),
        ENROLL(an_order_that_never_arrived_is_sent_again_after_fifteen_minutes),
        ENROLL(each_send_begins_a_new_fifteen_minutes),
        ENROLL(nothing_is_sent_while_looking_fails),
        ENROLL(several_orders_for_one_id_need_an_operator),
        ENROLL(a_retry_looks_again_where_orders_can_be_found),
        ENROLL(where_a_look_up_cannot_tell_the_person_who_looked_decides),
        ENROLL(a_clock_that_was_two_years_ahead_delays_nothing_for_two_years),
        ENROLL(a_look_up_may_find_a_rejection_or_the_certificate),
        ENROLL(a_process_that_died_while_sending_leaves_one_order),
        ENROLL(a_process_that_died_before_sending_sends_after_the_window),
        ENROLL(the_same_bytes_go_out_again_at_class_b),
        ENROLL(a_death_at_class_b_costs_nothing),
        ENROLL(an_unknown_fate_needs_an_operator_at_class_c),
        ENROLL(an_operator_who_has_looked_may_send_again),
        ENROLL(a_retry_whose_fate_is_unknown_needs_an_operator_again),
        ENROLL(a_death_at_class_c_needs_an_operator),
        ENROLL(an_answer_nobody_can_read_leaves_the_fate_unknown),
        ENROLL(after_a_sign_in_the_order_is_sent_at_every_class),
        ENROLL(an_interruption_never_leaves_an_unknown_fate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
