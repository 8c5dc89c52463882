// SPDX-License-Identifier: Apache-2.0
// The agent and the ends of certificates: warned of three times, renewed once.
#include "unit/agent_fixture.h"

/* c-1 ends in 30 days; its key is on the token. */
static void have_certificate(void) {
    assert_ok(enroll("a"));
    assert_enrolled();
    room->person.asked = 0;
}

static const char *superseded_by(const char *certificate) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_store_json(context, certificate, &json));
    const char *text = json_string_value(json_object_get(json, "superseded_by"));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

/* --- warnings --- */

static void an_end_is_warned_of_three_times(void **state) {
    have_certificate();
    live(DAY);
    assert_int_equal(news(), 0);
    live(2 * DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 1);
    assert_non_null(strstr(last_news, "ends in 28 days and is not being renewed"));
    assert_non_null(strstr(last_news, "keyfob renew c-1"));
    live(20 * DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 2);
    assert_non_null(strstr(last_news, "in 7 days"));
    live(20 * DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 3);
    assert_non_null(strstr(last_news, "ends tomorrow"));
    assert_int_equal(news(), 3);
    assert_int_equal(room->person.asked, 0);
}

static void restarts_repeat_no_warning(void **state) {
    have_certificate();
    clock_shift += 10 * DAY;
    for (int i = 0; i < 20; i++) {
        restart();
        assert_ok(go_round());
    }
    assert_int_equal(told[KF_NEWS_EXPIRING], 1);
}

static void who_comes_late_hears_the_nearest_warning_only(void **state) {
    have_certificate();
    clock_shift += 25 * DAY;
    live(DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 1);
    live(10 * DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 2);
}

static void what_has_ended_is_not_warned_of(void **state) {
    have_certificate();
    clock_shift += 40 * DAY;
    live(10 * DAY);
    assert_int_equal(news(), 0);
}

static void what_is_being_renewed_is_not_warned_of(void **state) {
    struct kf_renew_order order = {.certificate = "c-1"};
    have_certificate();
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE);
    assert_fails(kf_renew(context, &order, id), KF_E_PENDING);
    live(35 * DAY);
    assert_int_equal(told[KF_NEWS_EXPIRING], 0);
}

/* --- renewing --- */

static void a_certificate_is_renewed_when_its_time_comes(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    live(DAY);
    assert_int_equal(news(), 0);
    live(2 * DAY);
    assert_string_equal(superseded_by("c-1"), "c-2");
    assert_int_equal(told[KF_NEWS_RENEWING], 1);
    assert_int_equal(told[KF_NEWS_INSTALLED], 1);
    assert_int_equal(news(), 2);
    assert_token(2, 2);
    live(2 * DAY); /* the new one, of 30 days as well */
    assert_string_equal(superseded_by("c-2"), "c-3");
    assert_int_equal(told[KF_NEWS_RENEWING], 2);
    assert_int_equal(told[KF_NEWS_EXPIRING], 0);
}

static void a_renewal_that_waits_is_asked_about(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    SCRIPT(submit, TAKE);
    SCRIPT(poll, TAKE, TAKE, TAKE_AND_ISSUE);
    live(3 * DAY);
    assert_string_equal(superseded_by("c-1"), "c-2");
    assert_int_equal(told[KF_NEWS_RENEWING], 1);
    assert_int_equal(told[KF_NEWS_INSTALLED], 1);
}

static void nothing_is_renewed_that_nobody_asked_for(void **state) {
    have_certificate();
    store_pin(true);
    live(29 * DAY);
    assert_int_equal(told[KF_NEWS_RENEWING], 0);
    assert_int_equal(lab->sends, 1);
}

static void without_a_pin_nothing_is_renewed(void **state) {
    have_certificate();
    rude_agent = true;
    live(29 * DAY);
    assert_int_equal(told[KF_NEWS_RENEWING], 0);
    assert_int_equal(told[KF_NEWS_EXPIRING], 3);
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(lab->sends, 1);
}

static void a_renewal_that_is_rejected_is_not_tried_again(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    SCRIPT(submit, REJECT);
    live(29 * DAY);
    assert_int_equal(told[KF_NEWS_RENEWING], 1);
    assert_int_equal(told[KF_NEWS_REJECTED], 1);
    assert_int_equal(lab->sends, 2);
    assert_true(told[KF_NEWS_EXPIRING] >= 2); /* a person must know */
}

static void an_absent_token_is_renewed_when_it_is_back(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    play(room, "absent");
    live(4 * DAY);
    assert_int_equal(told[KF_NEWS_RENEWING], 0);
    assert_int_equal(told[KF_NEWS_EXPIRING], 1);
    play(room, "");
    live(2 * DAY);
    assert_int_equal(told[KF_NEWS_RENEWING], 1);
    assert_string_equal(superseded_by("c-1"), "c-2");
}

/* Why is said once; the warnings only say that it ends. */
static void a_renewal_that_cannot_be_begun_is_told_with_its_reason(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    room->person.user_pin = "9999";
    SCRIPT(submit, TAKE);
    live(3 * DAY);
    restart();
    live(DAY);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_int_equal(lab->sends, 1);
}

static void a_wrong_pin_is_tried_once_for_all_renewals(void **state) {
    have_certificate();
    store_pin(true);
    rude_agent = true;
    room->person.user_pin = "9999";
    live(29 * DAY);
    assert_int_equal(room->person.asked, 1);
    assert_int_equal(told[KF_NEWS_RENEWING], 0);
    assert_int_equal(told[KF_NEWS_EXPIRING], 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT(an_end_is_warned_of_three_times),
        AGENT(restarts_repeat_no_warning),
        AGENT(who_comes_late_hears_the_nearest_warning_only),
        AGENT(what_has_ended_is_not_warned_of),
        AGENT(what_is_being_renewed_is_not_warned_of),
        AGENT(a_certificate_is_renewed_when_its_time_comes),
        AGENT(a_renewal_that_waits_is_asked_about),
        AGENT(nothing_is_renewed_that_nobody_asked_for),
        AGENT(without_a_pin_nothing_is_renewed),
        AGENT(a_renewal_that_is_rejected_is_not_tried_again),
        AGENT(an_absent_token_is_renewed_when_it_is_back),
        AGENT(a_renewal_that_cannot_be_begun_is_told_with_its_reason),
        AGENT(a_wrong_pin_is_tried_once_for_all_renewals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
