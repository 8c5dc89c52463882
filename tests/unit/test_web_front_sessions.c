// SPDX-License-Identifier: Apache-2.0
// Sessions: secrets, the lock when nobody is there, and the end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "web/front/session.h"

#define AGENT "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

struct bench {
    loop *loop;
    bus *bus;
    sessions *sessions;
    int ended;
    char told[200]; /* types of events, with blanks between */
};

static void on_event(void *arg, uint64_t id, const char *type, const char *data) {
    struct bench *bench = arg;
    strcat(strcat(bench->told, type), " ");
}

static void on_ended(void *arg, const struct session *session) {
    ((struct bench *)arg)->ended++;
}

static struct bench *set_up_for(void **state, int64_t lock, int64_t life, int64_t warn) {
    static struct bench bench;
    bench = (struct bench){0};
    const struct sessions_options options = {
        .lock_ms = lock, .life_ms = life, .warn_ms = warn, .ended = on_ended, .arg = &bench};
    assert_int_equal(loop_new(&bench.loop), KF_OK);
    assert_int_equal(bus_new(&bench.bus), KF_OK);
    assert_int_equal(sessions_new(bench.loop, bench.bus, &options, &bench.sessions), KF_OK);
    *state = &bench;
    return &bench;
}

static int tear_down(void **state) {
    struct bench *bench = *state;
    sessions_free(bench->sessions);
    bus_free(bench->bus);
    loop_free(bench->loop);
    return 0;
}

static struct session *begin(struct bench *bench) {
    struct session *session = NULL;
    assert_int_equal(session_begin(bench->sessions, AGENT, &session), KF_OK);
    bus_join(bench->bus, session->id, 0, on_event, bench);
    return session;
}

static void stop(void *arg) {
    loop_stop(((struct bench *)arg)->loop);
}

static void wait_for(struct bench *bench, int64_t ms) {
    uint64_t id;
    assert_int_equal(loop_after(bench->loop, ms, stop, bench, &id), KF_OK);
    assert_int_equal(loop_run(bench->loop), KF_OK);
}

static void each_has_secrets_of_its_own(void **state) {
    struct bench *bench = set_up_for(state, 0, 0, 0);
    struct session *one = begin(bench), *two = begin(bench);
    assert_int_equal(strlen(one->cookie), 64);
    assert_int_equal(strlen(one->token), 64);
    assert_string_not_equal(one->cookie, one->token);
    assert_string_not_equal(one->cookie, two->cookie);
    assert_string_not_equal(one->token, two->token);
    assert_string_equal(one->browser, "Firefox on Linux");
    assert_ptr_equal(session_find(bench->sessions, one->cookie), one);
    assert_ptr_equal(session_named(bench->sessions, two->id), two);
    assert_null(session_find(bench->sessions, one->token));
    assert_null(session_find(bench->sessions, ""));
}

static void it_locks_when_nobody_is_there(void **state) {
    struct bench *bench = set_up_for(state, 100, 10000, 50);
    struct session *session = begin(bench);
    wait_for(bench, 70);
    assert_string_equal(bench->told, "session.locking ");
    session_extend(session);
    wait_for(bench, 40);
    assert_int_equal(bench->ended, 0);
    wait_for(bench, 120);
    assert_string_equal(bench->told, "session.locking session.locking session.ended ");
    assert_int_equal(bench->ended, 1);
}

static void it_ends_after_its_life_whoever_is_there(void **state) {
    struct bench *bench = set_up_for(state, 10000, 60, 20);
    struct session *session = begin(bench);
    wait_for(bench, 30);
    session_extend(session);
    wait_for(bench, 60);
    assert_int_equal(bench->ended, 1);
}

static void a_session_that_should_have_ended_opens_nothing(void **state) {
    struct bench *bench = set_up_for(state, 20, 10000, 10);
    char cookie[SESSION_SECRET];
    strcpy(cookie, begin(bench)->cookie);
    struct timespec nap = {.tv_nsec = 30000000}; /* as in a computer that slept: no timer came */
    nanosleep(&nap, NULL);
    assert_null(session_find(bench->sessions, cookie));
    assert_int_equal(bench->ended, 1);
}

static void the_lock_can_be_set(void **state) {
    struct bench *bench = set_up_for(state, 600000, 0, 0);
    struct session *session = begin(bench);
    int64_t before = session_left(session, session->locks);
    sessions_set_lock(bench->sessions, 10); /* too short: not taken */
    assert_in_range(before - session_left(session, session->locks), 0, 1000);
    sessions_set_lock(bench->sessions, 300);
    assert_in_range(before - session_left(session, session->locks), 300000, 301000);
}

static void the_list_has_no_secrets(void **state) {
    struct bench *bench = set_up_for(state, 0, 0, 0);
    struct session *mine = begin(bench), *other = begin(bench);
    json_t *list = sessions_json(bench->sessions, mine);
    KF_AUTO_FREE char *text = json_dumps(list, 0);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
    assert_null(strstr(text, mine->cookie));
    assert_null(strstr(text, other->token));
    assert_non_null(strstr(text, "\"this\": true"));
    json_decref(list);
}

static void there_are_not_too_many(void **state) {
    struct bench *bench = set_up_for(state, 0, 0, 0);
    struct session *session = NULL;
    kf_err code = KF_OK;
    int count = 0;
    for (; count < 1000 && code == KF_OK; count++)
        code = session_begin(bench->sessions, NULL, &session);
    assert_int_equal(code, KF_E_BUSY);
    assert_int_equal(count, 129);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_has_secrets_of_its_own, tear_down),
        cmocka_unit_test_teardown(it_locks_when_nobody_is_there, tear_down),
        cmocka_unit_test_teardown(it_ends_after_its_life_whoever_is_there, tear_down),
        cmocka_unit_test_teardown(a_session_that_should_have_ended_opens_nothing, tear_down),
        cmocka_unit_test_teardown(the_lock_can_be_set, tear_down),
        cmocka_unit_test_teardown(the_list_has_no_secrets, tear_down),
        cmocka_unit_test_teardown(there_are_not_too_many, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
