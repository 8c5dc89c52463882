// SPDX-License-Identifier: Apache-2.0
// Sending an order: once, recorded before, and never again blindly.
#include "unit/enroll_fixture.h"

static void an_order_that_is_issued_at_once_is_done(void **state) {
    assert_ok(enroll("a"));
    assert_string_equal(id, "r-1");
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
    assert_int_equal(lab->acknowledged, 1);
    assert_int_equal(room->person.asked, 2); /* once to enroll, once to look at the token */
}

static char state_when_sent[32];

static void look_into_database(void) {
    kf_context *other = NULL;
    KF_AUTO(kf_request) r = {0};
    struct kf_context_options options = {.home = room->dir};
    assert_ok(kf_context_new(&options, &other));
    assert_ok(kf_journal_load(other, "r-1", &r));
    snprintf(state_when_sent, sizeof state_when_sent, "%s", kf_request_state_name(r.state));
    assert_int_equal(r.attempt, 1);
    assert_int_equal(strlen(r.sent_hash), 64);
    kf_context_free(other);
}

static void sending_is_recorded_before_anything_is_sent(void **state) {
    lab_looks = look_into_database;
    assert_ok(enroll("c"));
    assert_string_equal(state_when_sent, "submitting");
}

static void an_order_that_waits_is_asked_for_with_its_ticket(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_state("waiting");
    assert_token(1, 0);
    assert_ok(resume());
    assert_string_equal(lab->ticket, "t-1");
    assert_enrolled();
}

static void the_delay_that_the_ca_wants_is_kept(void **state) {
    struct kf_enroll_order order = an_order("a");
    order.wait = 30;
    lab->delay = 1;
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE, TAKE_AND_ISSUE);
    int64_t begin = kf_monotonic_ms();
    assert_ok(kf_enroll(context, &order, id));
    assert_enrolled();
    assert_int_equal(lab->polls, 2);
    assert_true(lab->polled_at[0] - begin >= 900);
    assert_true(lab->polled_at[1] - lab->polled_at[0] >= 900);
}

static void next_poll_after(int64_t delay, int64_t wanted) {
    KF_AUTO(kf_request) r = {0};
    lab->delay = delay;
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    load(&r);
    assert_int_equal(r.next_poll - r.checked_at, wanted);
}

static void a_ca_that_says_no_delay_is_asked_after_a_minute(void **state) {
    next_poll_after(0, 60);
}

static void an_endless_delay_is_cut_to_a_day(void **state) {
    next_poll_after(1000000000000, 24 * 3600);
}

static void polls_become_rarer_from_minutes_to_an_hour(void **state) {
    static const int64_t wanted[] = {120, 300, 900, 3600, 3600};
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    for (size_t i = 0; i < KF_COUNT(wanted); i++) {
        KF_AUTO(kf_request) r = {0};
        assert_fails(kf_request_check(context, id), KF_E_PENDING);
        load(&r);
        assert_int_equal(r.next_poll - r.checked_at, wanted[i]);
    }
}

static void a_rejection_keeps_the_words_of_the_ca(void **state) {
    SCRIPT(submit, REJECT);
    assert_says(enroll("a"), KF_E_REJECTED, "the name is not yours");
    assert_state("rejected");
    assert_string_equal(request_text("reason"), "the name is not yours");
    assert_token(1, 0);
}

static void an_order_may_be_rejected_after_waiting(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, REJECT);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_says(resume(), KF_E_REJECTED, "the name is not yours");
    assert_state("rejected");
    assert_says(resume(), KF_E_REJECTED, "the name is not yours");
    assert_int_equal(lab->polls, 1);
}

static void what_the_ca_did_not_take_is_sent_again_as_it_was(void **state) {
    SCRIPT(submit, ASK_LATER, TAKE_AND_ISSUE);
    assert_says(enroll("c"), KF_E_CA_UNREACHABLE, "too busy");
    assert_state("submitting");
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 2);
}

static void a_person_who_must_act_is_told(void **state) {
    SCRIPT(submit, ASK_PERSON);
    assert_says(enroll("a"), KF_E_NEEDS_PERSON, "confirm the mail");
    assert_state("waiting");
    assert_ok(resume());
    assert_enrolled();
}

static void a_person_is_told_also_when_the_ca_does_not_say_who(void **state) {
    SCRIPT(submit, ASK_SOMEBODY);
    assert_says(enroll("a"), KF_E_NEEDS_PERSON, "confirm the mail");
    assert_state("waiting");
}

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

static void a_connection_without_roots_gets_no_order(void **state) {
    assert_ok(kf_connection_add(context, "bare", "scripted-a", NULL, 0));
    assert_says(enroll("bare"), KF_E_UNTRUSTED, "bare");
    assert_string_equal(id, "");
    assert_int_equal(lab->sends, 0);
    assert_token(0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(an_order_that_is_issued_at_once_is_done),
        ENROLL(sending_is_recorded_before_anything_is_sent),
        ENROLL(an_order_that_waits_is_asked_for_with_its_ticket),
        ENROLL(the_delay_that_the_ca_wants_is_kept),
        ENROLL(a_ca_that_says_no_delay_is_asked_after_a_minute),
        ENROLL(an_endless_delay_is_cut_to_a_day),
        ENROLL(polls_become_rarer_from_minutes_to_an_hour),
        ENROLL(a_rejection_keeps_the_words_of_the_ca),
        ENROLL(an_order_may_be_rejected_after_waiting),
        ENROLL(what_the_ca_did_not_take_is_sent_again_as_it_was),
        ENROLL(a_person_who_must_act_is_told),
        ENROLL(a_person_is_told_also_when_the_ca_does_not_say_who),
        ENROLL(a_lost_answer_is_found_by_looking),
        ENROLL(an_order_that_shows_late_is_not_sent_twice),
        ENROLL(an_order_that_never_arrived_is_sent_again_after_fifteen_minutes),
        ENROLL(each_send_begins_a_new_fifteen_minutes),
        ENROLL(nothing_is_sent_while_looking_fails),
        ENROLL(several_orders_for_one_id_need_an_operator),
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
        ENROLL(a_connection_without_roots_gets_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
