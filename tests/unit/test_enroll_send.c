// SPDX-License-Identifier: Apache-2.0
// Sending an order: once, recorded before, and never again blindly.
#include "unit/enroll_fixture.h"

#include "enroll/flow.h"

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

static void the_delay_is_kept_also_by_a_resume_that_asks_at_once(void **state) {
    lab->delay = 1;
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    int64_t begin = kf_monotonic_ms();
    assert_ok(kf_request_resume(context, id, 30));
    assert_enrolled();
    assert_int_equal(lab->polls, 2);
    assert_true(lab->polled_at[0] - begin < 900);
    assert_true(lab->polled_at[1] - lab->polled_at[0] >= 900);
}

static int64_t planned(void) {
    KF_AUTO(kf_request) r = {0};
    load(&r);
    return r.next_poll - r.checked_at;
}

static void ask_with_delay(int64_t delay) {
    lab->delay = delay;
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
}

static void a_ca_that_says_no_delay_is_asked_after_about_a_minute(void **state) {
    ask_with_delay(0);
    assert_in_range(planned(), 48, 72);
}

static void a_ca_that_says_when_is_asked_then(void **state) {
    ask_with_delay(77);
    assert_int_equal(planned(), 77);
}

static void an_endless_delay_is_cut_to_a_day(void **state) {
    ask_with_delay(1000000000000);
    assert_int_equal(planned(), 24 * 3600);
}

static void polls_become_rarer_from_minutes_to_an_hour(void **state) {
    static const int64_t wanted[] = {120, 300, 900, 3600, 3600};
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    for (size_t i = 0; i < KF_COUNT(wanted); i++) {
        assert_fails(kf_request_check(context, id), KF_E_PENDING);
        assert_in_range(planned(), wanted[i] * 4 / 5, wanted[i] * 6 / 5);
    }
}

/* Many that were sent in the same second do not come back in the same second. */
static void requests_spread_their_questions(void **state) {
    static kf_flow flow;
    int seen[25] = {0}, different = 0;
    flow = (kf_flow){.context = context};
    for (int i = 0; i < 200; i++) {
        char client[32];
        snprintf(client, sizeof client, "kf-%d", i);
        flow.request = (kf_request){.client_id = client};
        kf_flow_plan_next(&flow, 0);
        int64_t delay = flow.request.next_poll - flow.request.checked_at;
        assert_in_range(delay, 48, 72);
        different += seen[delay - 48]++ == 0;
    }
    assert_in_range(different, 20, 25);
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

static void a_rejected_order_has_no_problem_with_its_connection(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, LOSE, REJECT);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    assert_string_equal(request_text("link"), "problem");
    assert_fails(resume(), KF_E_REJECTED);
    assert_string_equal(request_text("link"), "ok");
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
    KF_AUTO_PTR(json_t) status = NULL;
    assert_says(enroll("a"), KF_E_NEEDS_PERSON, "confirm the mail");
    assert_non_null(strstr(kf_error_next(KF_E_NEEDS_PERSON), "`keyfob resume r-1`"));
    assert_state("waiting");
    assert_ok(kf_status_json(context, &status));
    assert_int_equal(json_integer_value(json_object_get(status, "problems")), 1);
    assert_ok(resume());
    assert_enrolled();
}

static void an_order_that_the_ca_has_forgotten_is_told_and_kept(void **state) {
    SCRIPT(submit, TAKE);
    SCRIPT(poll, UNKNOWN, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_says(resume(), KF_E_CA_ANSWER, "does not know the order any more");
    assert_state("waiting");
    assert_ok(resume());
    assert_enrolled();
}

static void a_person_is_told_also_when_the_ca_does_not_say_who(void **state) {
    SCRIPT(submit, ASK_SOMEBODY);
    assert_says(enroll("a"), KF_E_NEEDS_PERSON, "confirm the mail");
    assert_state("waiting");
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
        ENROLL(the_delay_is_kept_also_by_a_resume_that_asks_at_once),
        ENROLL(a_ca_that_says_no_delay_is_asked_after_about_a_minute),
        ENROLL(a_ca_that_says_when_is_asked_then),
        ENROLL(an_endless_delay_is_cut_to_a_day),
        ENROLL(polls_become_rarer_from_minutes_to_an_hour),
        ENROLL(requests_spread_their_questions),
        ENROLL(a_rejection_keeps_the_words_of_the_ca),
        ENROLL(an_order_may_be_rejected_after_waiting),
        ENROLL(a_rejected_order_has_no_problem_with_its_connection),
        ENROLL(what_the_ca_did_not_take_is_sent_again_as_it_was),
        ENROLL(a_person_who_must_act_is_told),
        ENROLL(a_person_is_told_also_when_the_ca_does_not_say_who),
        ENROLL(an_order_that_the_ca_has_forgotten_is_told_and_kept),
        ENROLL(a_connection_without_roots_gets_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
