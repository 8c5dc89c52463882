// SPDX-License-Identifier: Apache-2.0
// The agent: asks when it is time, writes back what it can, and tells each thing once.
#include "unit/agent_fixture.h"

/* --- asking and writing back --- */

static void a_request_is_asked_about_when_it_is_due(void **state) {
    wait_at("a");
    assert_ok(go_round());
    assert_int_equal(lab->polls, 0);
    assert_true(next_round() >= 48 && next_round() <= 72);
    clock_shift += 80;
    assert_int_equal(next_round(), 0);
    assert_ok(go_round());
    assert_int_equal(lab->polls, 1);
    assert_enrolled();
    assert_int_equal(told[KF_NEWS_INSTALLED], 1);
    assert_string_equal(last_news, "r-1 at \"a\": the certificate is installed");
    assert_int_equal(lab->acknowledged, 1);
    assert_int_equal(news(), 1);
}

static void a_token_with_public_places_needs_no_pin(void **state) {
    wait_at("a");
    int logins = calls(room, "C_Login");
    clock_shift += 80;
    assert_ok(go_round());
    assert_state("done");
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(calls(room, "C_Login"), logins);
    assert_token(1, 1);
}

static void nobody_is_asked_for_a_pin(void **state) {
    wait_at("a");
    play(room, "fail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    live(2 * HOUR);
    assert_state("verified");
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(told[KF_NEWS_ISSUED], 1);
    assert_non_null(strstr(last_news, "keyfob request install r-1"));
    restart();
    live(HOUR);
    assert_int_equal(news(), 1);
    assert_int_equal(lab->polls, 1);
}

static void a_stored_pin_is_used_where_it_is_needed(void **state) {
    wait_at("a");
    store_pin(true);
    play(room, "fail C_CreateObject 1 CKR_USER_NOT_LOGGED_IN");
    clock_shift += 80;
    assert_ok(go_round());
    assert_int_equal(room->person.asked, 1);
    assert_enrolled();
    assert_int_equal(news(), 1);
}

static void a_stored_pin_that_is_wrong_is_tried_once_for_ever(void **state) {
    wait_at("a");
    store_pin(true);
    room->person.user_pin = "9999";
    play(room, "fail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    live(2 * HOUR);
    for (int i = 0; i < 20; i++) {
        restart();
        live(HOUR);
    }
    assert_int_equal(room->person.asked, 1);
    assert_state("verified");
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_non_null(strstr(last_news, "PIN"));
}

static void one_wrong_pin_counts_for_all_requests_of_the_token(void **state) {
    for (int i = 0; i < 4; i++)
        wait_at("a");
    store_pin(true);
    room->person.user_pin = "9999";
    play(room, "fail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    live(3 * HOUR);
    assert_int_equal(lab->polls, 4);
    assert_int_equal(room->person.asked, 1);
}

static void after_a_person_has_installed_it_the_pin_is_tried_again(void **state) {
    wait_at("a");
    wait_at("a");
    store_pin(true);
    room->person.user_pin = "9999";
    play(room, "fail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    live(HOUR);
    assert_int_equal(room->person.asked, 1);
    room->person.user_pin = USER_PIN;
    store_pin(false); /* typed */
    play(room, "");
    assert_ok(kf_request_install(context, "r-1"));
    store_pin(true);
    live(120);
    assert_state("done");
    assert_int_equal(room->person.asked, 3);
    assert_token(2, 2);
}

static void a_stored_pin_is_not_tried_when_few_tries_are_left(void **state) {
    wait_at("a");
    store_pin(true);
    play(room, "pin-tries 3\nfail C_CreateObject * CKR_USER_NOT_LOGGED_IN");
    room->person.user_pin = "9999";
    KF_AUTO_PTR(kf_tokens) tokens = NULL;
    kf_token *token = NULL;
    kf_session *session = NULL;
    assert_ok(kf_tokens_open(context, &tokens));
    assert_ok(kf_tokens_select(tokens, "card", &token));
    assert_ok(kf_session_open(token, &session));
    assert_fails(kf_session_login(session, KF_PIN_USER, NULL, "to fail"), KF_E_PIN_WRONG);
    kf_session_free(session);
    kf_tokens_free(KF_MOVE(tokens));
    room->person.user_pin = USER_PIN;
    int logins = calls(room, "C_Login");
    live(2 * HOUR);
    assert_int_equal(calls(room, "C_Login"), logins);
    assert_state("verified");
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
}

static void a_token_that_is_out_is_waited_for(void **state) {
    wait_at("a");
    play(room, "absent");
    live(2 * HOUR);
    assert_state("verified");
    assert_int_equal(told[KF_NEWS_ISSUED], 1);
    assert_non_null(strstr(last_news, "insert it"));
    assert_int_equal(lab->polls, 1);
    assert_int_equal(next_round(), 60);
    play(room, "");
    assert_ok(go_round());
    assert_enrolled();
    assert_int_equal(told[KF_NEWS_INSTALLED], 1);
    assert_int_equal(news(), 2);
}

static void another_token_of_the_same_name_is_left_alone(void **state) {
    wait_at("a");
    store_pin(true);
    play(room, "replace serial=9999");
    int logins = calls(room, "C_Login");
    live(10 * 60);
    assert_state("verified");
    assert_int_equal(calls(room, "C_Login"), logins);
}

static void a_request_that_somebody_works_on_is_left_to_them(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_request) request = {0};
    wait_at("a");
    clock_shift += 80;
    load(&request);
    assert_ok(kf_journal_lock(context, &request, &lock));
    assert_ok(go_round());
    assert_int_equal(lab->polls, 0);
    assert_int_equal(news(), 0);
    kf_lock_clear(&lock);
    clock_shift += 10;
    assert_ok(go_round());
    assert_enrolled();
}

/* --- what is told --- */

static void a_rejection_is_told_with_the_ca_s_words(void **state) {
    wait_at("a");
    SCRIPT(poll, REJECT);
    live(DAY);
    assert_int_equal(told[KF_NEWS_REJECTED], 1);
    assert_string_equal(last_news, "r-1 at \"a\": rejected: the name is not yours");
    assert_int_equal(news(), 1);
}

static void a_certificate_that_fails_its_checks_is_told(void **state) {
    wait_at("a");
    lab->flaw = OTHER_SUBJECT;
    live(DAY);
    assert_state("quarantined");
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_int_equal(news(), 1);
}

static void what_the_person_must_do_is_told_once(void **state) {
    wait_at("a");
    SCRIPT(poll, ASK_PERSON);
    live(DAY);
    assert_true(lab->polls > 10);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_string_equal(last_news, "r-1 at \"a\": confirm the mail");
    SCRIPT(poll, TAKE_AND_ISSUE);
    live(2 * HOUR);
    assert_enrolled();
}

static void a_ca_that_is_down_is_told_once_and_left_alone(void **state) {
    for (int i = 0; i < 6; i++)
        wait_at("a");
    SCRIPT(poll, LOSE);
    live(DAY);
    assert_int_equal(told[KF_NEWS_PROBLEM], 1);
    assert_non_null(strstr(last_news, "\"a\": the answer did not come"));
    if (lab->polls > 30)
        fail_msg("%d requests in a day to a CA that is down", lab->polls);
    SCRIPT(poll, TAKE, LOSE);
    live(DAY);
    assert_int_equal(told[KF_NEWS_PROBLEM], 2); /* it was there in between */
    SCRIPT(poll, TAKE_AND_ISSUE);
    live(3 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], 6);
}

static void a_ca_that_asks_for_peace_gets_it(void **state) {
    for (int i = 0; i < 6; i++)
        wait_at("a");
    lab->delay = 2 * HOUR;
    SCRIPT(poll, ASK_LATER);
    clock_shift += 100;
    live(2 * HOUR - 120);
    assert_int_equal(lab->polls, 1);
    live(HOUR);
    assert_true(lab->polls <= 3);
}

static void a_sign_in_that_ended_is_told_once_and_tried_seldom(void **state) {
    for (int i = 0; i < 20; i++)
        wait_at("a");
    SCRIPT(poll, SIGN_IN);
    live(DAY);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_non_null(strstr(last_news, "keyfob connection login a"));
    if (lab->polls > 32) /* 1, 2, 5, 15 minutes, then every hour; of one request */
        fail_msg("%d requests in a day while signed out", lab->polls);
    SCRIPT(poll, TAKE_AND_ISSUE);
    assert_ok(kf_journal_signed_in(context, "a"));
    live(2 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], 20);
}

static void an_order_whose_fate_is_unknown_is_looked_up_and_not_sent_again(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    live(2 * HOUR);
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
    assert_true(lab->looks >= 1);
}

static void an_order_that_never_arrived_is_sent_again_after_its_time(void **state) {
    SCRIPT(submit, LOSE, TAKE_AND_ISSUE);
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    live(2 * HOUR);
    assert_enrolled();
    assert_int_equal(lab->sends, 2);
    assert_true(lab->looks >= 3);
    assert_int_equal(told[KF_NEWS_PROBLEM], 1);
}

/* --- the agent itself --- */

static int run_and_say(void) {
    return go_round() == KF_E_BUSY ? 7 : 0;
}

static void only_one_agent_runs_for_a_home(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO_FREE char *path = NULL;
    assert_ok(kf_context_data_path(context, "agent.lock", &path));
    assert_ok(kf_lock_take(path, &lock));
    assert_int_equal(in_process(run_and_say), 7);
    kf_lock_clear(&lock);
    assert_int_equal(in_process(run_and_say), 0);
}

static void it_runs_until_it_is_told_to_stop(void **state) {
    struct kf_agent_options options = {.tell = hear};
    wait_at("a");
    clock_shift += 80;
    interrupt_at = 6;
    assert_ok(kf_agent_run(context, &options));
    assert_int_equal(interrupt_at, 0);
    assert_enrolled();
}

static void without_anything_to_do_it_sleeps_a_day(void **state) {
    assert_int_equal(next_round(), DAY);
    assert_ok(go_round());
    assert_int_equal(next_round(), DAY);
    assert_int_equal(news(), 0);
}

static void a_clock_that_was_wrong_does_not_stop_it(void **state) {
    wait_at("a");
    clock_shift += 2 * 365 * (int64_t)DAY;
    SCRIPT(poll, TAKE);
    assert_ok(go_round());
    assert_int_equal(lab->polls, 1);
    clock_shift -= 2 * 365 * (int64_t)DAY;
    restart();
    SCRIPT(poll, TAKE_AND_ISSUE);
    live(2 * HOUR);
    assert_enrolled();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT(a_request_is_asked_about_when_it_is_due),
        AGENT(a_token_with_public_places_needs_no_pin),
        AGENT(nobody_is_asked_for_a_pin),
        AGENT(a_stored_pin_is_used_where_it_is_needed),
        AGENT(a_stored_pin_that_is_wrong_is_tried_once_for_ever),
        AGENT(one_wrong_pin_counts_for_all_requests_of_the_token),
        AGENT(after_a_person_has_installed_it_the_pin_is_tried_again),
        AGENT(a_stored_pin_is_not_tried_when_few_tries_are_left),
        AGENT(a_token_that_is_out_is_waited_for),
        AGENT(another_token_of_the_same_name_is_left_alone),
        AGENT(a_request_that_somebody_works_on_is_left_to_them),
        AGENT(a_rejection_is_told_with_the_ca_s_words),
        AGENT(a_certificate_that_fails_its_checks_is_told),
        AGENT(what_the_person_must_do_is_told_once),
        AGENT(a_ca_that_is_down_is_told_once_and_left_alone),
        AGENT(a_ca_that_asks_for_peace_gets_it),
        AGENT(a_sign_in_that_ended_is_told_once_and_tried_seldom),
        AGENT(an_order_whose_fate_is_unknown_is_looked_up_and_not_sent_again),
        AGENT(an_order_that_never_arrived_is_sent_again_after_its_time),
        AGENT(only_one_agent_runs_for_a_home),
        AGENT(it_runs_until_it_is_told_to_stop),
        AGENT(without_anything_to_do_it_sleeps_a_day),
        AGENT(a_clock_that_was_wrong_does_not_stop_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
