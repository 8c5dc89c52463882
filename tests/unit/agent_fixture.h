// SPDX-License-Identifier: Apache-2.0
// What the tests of the agent share: rounds of it, what it told, and time that passes at once.
#pragma once

#include "unit/enroll_fixture.h"

#include <keyfob/agent.h>

#define HOUR 3600
#define DAY  (24 * HOUR)

#define NEWS_KINDS 7
static int told[NEWS_KINDS];
static char last_news[1024];
static bool rude_agent; /* renew too */

static void hear(void *arg, const struct kf_agent_news *news) {
    told[news->kind]++;
    snprintf(last_news, sizeof last_news, "%s", news->text);
}

__attribute__((unused)) static int news(void) {
    int all = 0;
    for (int i = 0; i < NEWS_KINDS; i++)
        all += told[i];
    return all;
}

static kf_err go_round(void) {
    struct kf_agent_options options = {.once = true, .renew = rude_agent, .tell = hear};
    return kf_agent_run(context, &options);
}

__attribute__((unused)) static int64_t next_round(void) {
    int64_t seconds = -1;
    assert_ok(kf_agent_next(context, &seconds));
    return seconds;
}

/* Rounds when something is due, for so long of virtual time. */
__attribute__((unused)) static void live(int64_t seconds) {
    int64_t end = clock_shift + seconds;
    while (clock_shift < end) {
        assert_ok(go_round());
        int64_t next = next_round();
        clock_shift += next < 1 ? 1 : next < end - clock_shift ? next : end - clock_shift;
    }
}

/* The agent's process ends, and another begins. */
__attribute__((unused)) static void restart(void) {
    kf_context_free(KF_MOVE(context));
    open_context();
}

__attribute__((unused)) static void store_pin(bool stored) {
    room->ui.pin_is_stored = stored;
    restart();
}

/* As an agent without a terminal: nobody is there. */
static int setup_agent(void **state) {
    assert_int_equal(setup_enroll(state), 0);
    memset(told, 0, sizeof told);
    last_news[0] = '\0';
    rude_agent = false;
    return 0;
}

#define AGENT(test) cmocka_unit_test_setup_teardown(test, setup_agent, teardown_enroll)

/* A request at "a" that waits for the CA; no PIN was asked for after this. */
__attribute__((unused)) static void wait_at(const char *connection) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll(connection), KF_E_PENDING);
    room->person.asked = 0;
}
