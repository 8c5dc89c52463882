// SPDX-License-Identifier: Apache-2.0
// What a connector remembers of the time before the order, orders that cannot be asked about, and
// sign-ins that end while an order waits.
#include "unit/enroll_careful.h"

static kf_err enroll_carefully(void) {
    struct kf_enroll_order order = a_careful_order();
    return kf_enroll(context, &order, id);
}

static char before_send[64];

static void look_at_memo(void) {
    KF_AUTO(kf_request) row = {0};
    assert_ok(kf_journal_load(context, "r-1", &row));
    snprintf(before_send, sizeof before_send, "%s %s", kf_request_state_name(row.state),
             row.memo ? row.memo : "-");
}

static void the_memo_is_recorded_before_anything_is_sent(void **state) {
    lab_looks = look_at_memo;
    assert_ok(enroll_carefully());
    assert_string_equal(before_send, "submitting memo 1");
    assert_string_equal(lab->memo, "memo 1");
}

/* It may name every order that a CA ever had. */
static void the_memo_goes_when_the_order_was_taken(void **state) {
    KF_AUTO(kf_request) row = {0};
    SCRIPT(submit, TAKE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    load(&row);
    assert_null(row.memo);
}

static void a_look_up_gets_the_memo_of_before_the_first_send(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_LOSE);
    assert_fails(enroll_carefully(), KF_E_CA_UNREACHABLE);
    clock_shift = 1000;
    assert_fails(resume(), KF_E_CA_UNREACHABLE); /* sent again */
    assert_string_equal(lab->memo, "memo 1");
    assert_int_equal(lab->remembered, 1);
    assert_ok(resume());
    assert_enrolled();
}

static void an_order_that_cannot_be_remembered_is_not_sent(void **state) {
    careful.remember = KF_E_CA_UNREACHABLE;
    assert_fails(enroll_carefully(), KF_E_CA_UNREACHABLE);
    assert_state("csr");
    assert_string_equal(request_text("link"), "problem");
    assert_int_equal(lab->sends, 0);
    careful.remember = KF_OK;
    assert_ok(resume());
    assert_enrolled();
    assert_string_equal(request_text("link"), "ok");
}

/* --- taken, and never to be asked about --- */

static void an_order_that_cannot_be_asked_about_is_not_sent_again_by_itself(void **state) {
    SCRIPT(submit, BLIND);
    assert_says(enroll_carefully(), KF_E_NEEDS_OPERATOR, "cannot be asked about it");
    assert_state("needs-operator");
    assert_string_equal(request_text("reason"), "the CA took it and cannot be asked about it");
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_fails(kf_resume_all(context, NULL, NULL), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->sends, 1);
    assert_int_equal(lab->polls + lab->looks, 0);
}

static void an_order_may_become_blind_while_it_waits(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, BLIND, TAKE_AND_ISSUE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_state("needs-operator");
    assert_fails(resume(), KF_E_NEEDS_OPERATOR);
    assert_int_equal(lab->polls, 1);
    assert_ok(kf_request_retry(context, id)); /* asked again, not sent again */
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

/* --- signing in --- */

static void a_sign_in_that_ended_waits_for_the_person(void **state) {
    KF_AUTO(kf_request) row = {0};
    SCRIPT(submit, TAKE);
    SCRIPT(poll, SIGN_IN, TAKE_AND_ISSUE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_fails(resume(), KF_E_CA_LOGIN);
    assert_non_null(strstr(kf_error_next(KF_E_CA_LOGIN), "connection login k"));
    assert_non_null(strstr(kf_error_next(KF_E_CA_LOGIN), "resume r-1"));
    assert_state("waiting");
    load(&row);
    assert_int_equal(row.login, 1);
    assert_true(row.next_poll > lab_now() + 40);
    assert_ok(kf_journal_signed_in(context, "k"));
    kf_request_clear(&row);
    load(&row);
    assert_int_equal(row.login, 0);
    assert_null(row.problem);
    assert_true(row.next_poll <= lab_now());
    assert_ok(resume());
    assert_enrolled();
}

static void others_are_not_woken_by_a_sign_in(void **state) {
    KF_AUTO(kf_request) row = {0};
    SCRIPT(submit, TAKE);
    SCRIPT(poll, LOSE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_ok(kf_journal_signed_in(context, "k"));
    assert_ok(kf_journal_signed_in(context, "a"));
    load(&row);
    assert_true(row.next_poll > lab_now());
    assert_non_null(row.problem);
}

/* --- since when --- */

static int64_t since(void) {
    KF_AUTO(kf_request) row = {0};
    load(&row);
    return row.ca_since;
}

static void since_when_it_stands_is_not_moved_by_asking_again(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE, ASK_PERSON, ASK_PERSON, TAKE);
    assert_fails(enroll_carefully(), KF_E_PENDING);
    int64_t first = since();
    assert_in_range(lab_now() - first, 0, 5);
    clock_shift = 3600;
    assert_fails(resume(), KF_E_PENDING);
    assert_int_equal(since(), first);
    assert_fails(resume(), KF_E_NEEDS_PERSON);
    int64_t person = since();
    assert_in_range(person - first, 3590, 3610);
    clock_shift = 7200;
    assert_fails(resume(), KF_E_NEEDS_PERSON);
    assert_int_equal(since(), person);
    assert_fails(resume(), KF_E_PENDING);
    assert_true(since() > person);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAREFUL(the_memo_is_recorded_before_anything_is_sent),
        CAREFUL(the_memo_goes_when_the_order_was_taken),
        CAREFUL(a_look_up_gets_the_memo_of_before_the_first_send),
        CAREFUL(an_order_that_cannot_be_remembered_is_not_sent),
        CAREFUL(an_order_that_cannot_be_asked_about_is_not_sent_again_by_itself),
        CAREFUL(an_order_may_become_blind_while_it_waits),
        CAREFUL(a_sign_in_that_ended_waits_for_the_person),
        CAREFUL(others_are_not_woken_by_a_sign_in),
        CAREFUL(since_when_it_stands_is_not_moved_by_asking_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
