// SPDX-License-Identifier: Apache-2.0
// The agent with the real connectors, over HTTP to their doubles: connections are reused, and a CA
// that is down, busy, or wants a sign-in is not pestered.
#include "unit/connector_trials.h"

#include <keyfob/agent.h>

#define HOUR  3600
#define CROWD 4

static int told[7];
static char last_news[1024];

static void hear(void *arg, const struct kf_agent_news *news) {
    told[news->kind]++;
    snprintf(last_news, sizeof last_news, "%s", news->text);
}

static void go_round(void) {
    struct kf_agent_options options = {.once = true, .tell = hear};
    assert_ok(kf_agent_run(context, &options));
}

/* Rounds when something is due, for so long of virtual time. */
static void live(int64_t seconds) {
    int64_t end = clock_shift + seconds;
    while (clock_shift < end) {
        int64_t next = 0;
        go_round();
        assert_ok(kf_agent_next(context, &next));
        clock_shift += next < 1 ? 1 : next < end - clock_shift ? next : end - clock_shift;
    }
}

/* Requests that the CA has not decided on. */
static void have_waiting(void) {
    memset(told, 0, sizeof told);
    add_connection(NULL);
    assert_ok(sign_in());
    double_set(d, "decide", "pend");
    for (int i = 0; i < CROWD; i++) {
        make_csr();
        kf_err err = enroll();
        assert_true(err == KF_E_PENDING || err == KF_E_NEEDS_PERSON);
    }
}

static void one_http_connection_serves_a_round(const struct trial *trial) {
    have_waiting();
    long connections = double_count(d, "connections"), requests = double_count(d, "requests");
    clock_shift += HOUR;
    go_round();
    assert_true(double_count(d, "requests") > requests);
    assert_int_equal(double_count(d, "connections"), connections + 1);
}

static void all_that_is_issued_is_installed(const struct trial *trial) {
    have_waiting();
    live(HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], 0);
    double_set(d, "pending", "issue");
    live(3 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], CROWD);
    assert_int_equal(stored(KF_STORE_PERSONAL), 1 + CROWD);
    assert_int_equal(double_count(d, "orders"), CROWD);
}

static void trouble_is_told_once_and_waited_out(const struct trial *trial) {
    have_waiting();
    long requests = double_count(d, "requests");
    double_set(d, "fault", trial->what);
    double_set(d, "fault-count", "-1");
    live(24 * HOUR);
    long asked = double_count(d, "requests") - requests;
    if (asked > 120)
        fail_msg("%ld requests in a day of trouble", asked);
    assert_int_equal(told[KF_NEWS_PROBLEM], 1);
    double_set(d, "fault", "");
    double_set(d, "pending", "issue");
    live(4 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], CROWD);
    assert_int_equal(double_count(d, "orders"), CROWD);
}

static void a_pause_that_is_asked_for_is_made(const struct trial *trial) {
    have_waiting();
    double_set(d, "retry-after", "7200");
    double_set(d, "fault", "status:429");
    double_set(d, "fault-count", "-1");
    clock_shift += 100;
    go_round();
    long requests = double_count(d, "requests");
    live(7000);
    if (double_count(d, "requests") > requests)
        fail_msg("%ld requests in the pause", double_count(d, "requests") - requests);
}

/* Every credential is tried once: no account is locked by the agent. */
static void a_sign_in_that_ended_is_not_repeated(const struct trial *trial) {
    have_waiting();
    long logins = double_count(d, "logins"), requests = double_count(d, "requests");
    double_set(d, "fault", "status:401");
    double_set(d, "fault-count", "-1");
    live(24 * HOUR);
    assert_int_equal(double_count(d, "logins"), logins);
    if (double_count(d, "requests") - requests > 60)
        fail_msg("%ld requests in a day", double_count(d, "requests") - requests);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU] + told[KF_NEWS_PROBLEM], 1);
    double_set(d, "fault", "");
    double_set(d, "pending", "issue");
    assert_ok(sign_in());
    live(2 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], CROWD);
}

static void a_session_that_privacyidea_ended_is_told_once(void **state) {
    service = &services[0];
    begin(DOUBLE_PLAIN);
    have_waiting();
    long logins = double_count(d, "logins"), requests = double_count(d, "requests");
    double_set(d, "session", "ended");
    live(24 * HOUR);
    assert_int_equal(told[KF_NEWS_NEEDS_YOU], 1);
    assert_non_null(strstr(last_news, "keyfob connection login ca"));
    assert_int_equal(double_count(d, "logins"), logins);
    assert_true(double_count(d, "requests") - requests < 60);
    double_set(d, "pending", "issue");
    assert_ok(sign_in());
    live(2 * HOUR);
    assert_int_equal(told[KF_NEWS_INSTALLED], CROWD);
}

int main(int argc, char **argv) {
    static const struct trial trials[] = {
        {"one HTTP connection serves a round", one_http_connection_serves_a_round, NULL,
         DOUBLE_PLAIN},
        {"all that is issued is installed", all_that_is_issued_is_installed, NULL, DOUBLE_PLAIN},
        {"a CA that hangs up", trouble_is_told_once_and_waited_out, "refuse", DOUBLE_PLAIN},
        {"a CA that answers with pages", trouble_is_told_once_and_waited_out, "html", DOUBLE_PLAIN},
        {"a CA that is broken", trouble_is_told_once_and_waited_out, "status:503", DOUBLE_PLAIN},
        {"a pause that is asked for is made", a_pause_that_is_asked_for_is_made, NULL,
         DOUBLE_PLAIN},
        {"a sign-in that ended is not repeated", a_sign_in_that_ended_is_not_repeated, NULL,
         DOUBLE_PLAIN},
    };
    const struct CMUnitTest own[] = {
        cmocka_unit_test_teardown(a_session_that_privacyidea_ended_is_told_once, end)};
    int failed = run_trials(trials, KF_COUNT(trials), argc > 1 ? argv[1] : NULL);
    return failed + cmocka_run_group_tests(own, NULL, NULL);
}
