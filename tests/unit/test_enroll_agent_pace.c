// SPDX-License-Identifier: Apache-2.0
// How often the agent asks a CA: ten thousand requests, a hundred restarts, and one question for
// many.
#include "unit/agent_fixture.h"

#define CROWD 10000

/* Copies of r-1 with ids of their own, all of them due. */
static void make_crowd(int count) {
    kf_db *db = NULL;
    assert_ok(kf_context_db(context, &db));
    assert_ok(kf_db_run(db,
                        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n"
                        " WHERE i < ?)"
                        " INSERT INTO requests (number, state, seq, created, updated, connection,"
                        " client_id, profile, order_json, token_uri, token_label, token_serial,"
                        " container, cka_id, spki, csr, attempt, sent_at, not_accepted, ticket,"
                        " checked_at, next_poll, polls)"
                        " SELECT i, state, seq, created, updated, connection, client_id || i,"
                        " profile, order_json, token_uri, token_label, token_serial, container,"
                        " cka_id, spki, csr, attempt, sent_at, not_accepted, 't-' || i,"
                        " checked_at, next_poll, 9 FROM n, requests WHERE number = 1",
                        "i", (int64_t)count));
    assert_ok(kf_db_run(db, "UPDATE requests SET polls = 9", NULL));
}

/* The most requests that the CA saw in any minute. */
static int busiest_minute(int64_t seconds) {
    static int at[2 * 86400];
    int64_t begin = clock_shift, end = begin + seconds;
    int most = 0;
    memset(at, 0, sizeof at);
    while (clock_shift < end) {
        int before = lab->polls;
        assert_ok(go_round());
        at[clock_shift - begin] += lab->polls - before;
        int64_t next = next_round();
        clock_shift += next < 1 ? 1 : next;
    }
    for (int64_t i = 0; i + 60 <= seconds; i++) {
        int sum = 0;
        for (int j = 0; j < 60; j++)
            sum += at[i + j];
        most = sum > most ? sum : most;
    }
    return most;
}

static void ten_thousand_requests_are_spread(void **state) {
    wait_at("a");
    make_crowd(CROWD);
    SCRIPT(poll, TAKE);
    clock_shift += DAY;
    int most = busiest_minute(HOUR / 4);
    if (most > 30 || most < 20)
        fail_msg("%d requests in a minute", most);
    assert_true(lab->polls >= 15 * 24); /* and none of its time is wasted */
}

static void a_hundred_restarts_are_no_burst(void **state) {
    wait_at("a");
    make_crowd(CROWD);
    SCRIPT(poll, TAKE);
    clock_shift += DAY;
    for (int i = 0; i < 100; i++) {
        restart();
        assert_ok(go_round());
    }
    assert_true(lab->polls >= 1 && lab->polls <= 5);
}

static void a_crowd_at_a_ca_that_is_down_sends_one_after_the_other(void **state) {
    wait_at("a");
    make_crowd(CROWD);
    SCRIPT(poll, LOSE);
    clock_shift += DAY;
    live(6 * HOUR);
    if (lab->polls > 15)
        fail_msg("%d requests in six hours", lab->polls);
    assert_int_equal(told[KF_NEWS_PROBLEM], 1);
}

static void a_crowd_that_is_signed_out_sends_one_after_the_other(void **state) {
    wait_at("a");
    make_crowd(CROWD);
    SCRIPT(poll, SIGN_IN);
    clock_shift += DAY;
    live(6 * HOUR);
    if (lab->polls > 15)
        fail_msg("%d requests in six hours", lab->polls);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
}

/* --- one question for many --- */

static int questions;
static size_t asked_last;
static int64_t since_last;
static const char *ticket_with_news;

static kf_err tell_changes(void *state, const char *const *tickets, size_t count, int64_t since,
                           bool *ret_news) {
    questions++;
    asked_last = count;
    since_last = since;
    for (size_t i = 0; i < count; i++)
        ret_news[i] = ticket_with_news && strcmp(tickets[i], ticket_with_news) == 0;
    return KF_OK;
}

static void ask_for_changes_too(void) {
    static struct kf_connector connector;
    if (!connector.name) {
        connector = ca_connectors[0];
        connector.name = "scripted-changes";
        connector.changes = tell_changes;
        assert_ok(kf_connector_register(&connector));
    }
    questions = 0;
    ticket_with_news = NULL;
    assert_ok(kf_connection_add(context, "many", "scripted-changes", NULL, 0));
    accept_root("many");
}

static void two_hundred_are_asked_about_with_one_question(void **state) {
    ask_for_changes_too();
    wait_at("many");
    make_crowd(150);
    clock_shift += DAY;
    int64_t sent = 0;
    KF_AUTO(kf_request) request = {0};
    load(&request);
    sent = request.checked_at;
    assert_ok(go_round());
    assert_int_equal(questions, 1);
    assert_int_equal(asked_last, 150);
    assert_true(since_last <= sent);
    assert_int_equal(lab->polls, 0);
    assert_true(next_round() > 45 * 60); /* all of them have their next time */
}

static void only_those_with_news_are_asked_about_themselves(void **state) {
    ask_for_changes_too();
    wait_at("many");
    make_crowd(150);
    SCRIPT(poll, TAKE);
    ticket_with_news = "t-77";
    clock_shift += DAY;
    assert_ok(go_round());
    assert_int_equal(lab->polls, 1);
    assert_string_equal(lab->ticket, "t-77");
}

static void a_crowd_needs_few_questions(void **state) {
    ask_for_changes_too();
    wait_at("many");
    make_crowd(CROWD);
    clock_shift += DAY;
    live(5 * 60); /* 10,000 / 200 = 50 questions at 25 a minute */
    assert_int_equal(questions, 50);
    assert_int_equal(lab->polls, 0);
}

/* What happened since then is before the time that would be asked about. */
static void what_a_wrong_clock_asked_about_is_asked_about_again(void **state) {
    ask_for_changes_too();
    wait_at("many");
    make_crowd(20);
    SCRIPT(poll, TAKE);
    clock_shift += 2 * 365 * (int64_t)DAY;
    assert_ok(go_round());
    assert_int_equal(questions, 1);
    clock_shift -= 2 * 365 * (int64_t)DAY - HOUR;
    restart();
    assert_ok(go_round());
    assert_int_equal(questions, 1);
    assert_int_equal(lab->polls, 4); /* the question that was not asked counts too */
}

static void now_and_then_a_request_is_asked_about_itself(void **state) {
    KF_AUTO(kf_request) request = {0};
    ask_for_changes_too();
    wait_at("many");
    make_crowd(20);
    load(&request);
    request.polls = 11;
    assert_ok(kf_journal_save(context, &request));
    SCRIPT(poll, TAKE);
    clock_shift += DAY;
    assert_ok(go_round());
    assert_int_equal(questions, 1);
    assert_int_equal(lab->polls, 1);
    assert_string_equal(lab->ticket, "t-1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        AGENT(ten_thousand_requests_are_spread),
        AGENT(a_hundred_restarts_are_no_burst),
        AGENT(a_crowd_at_a_ca_that_is_down_sends_one_after_the_other),
        AGENT(a_crowd_that_is_signed_out_sends_one_after_the_other),
        AGENT(two_hundred_are_asked_about_with_one_question),
        AGENT(only_those_with_news_are_asked_about_themselves),
        AGENT(a_crowd_needs_few_questions),
        AGENT(what_a_wrong_clock_asked_about_is_asked_about_again),
        AGENT(now_and_then_a_request_is_asked_about_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
