// SPDX-License-Identifier: Apache-2.0
// Calls with keyfob's own workers and a token that crashes, hangs, is pulled out, and is put back.
#include "calls_fixture.h"

#include <sys/stat.h>

static char home[256];

static void play(const char *lines) {
    char from[300], to[300];
    snprintf(from, sizeof from, "%s/script.new", home);
    snprintf(to, sizeof to, "%s/script", home);
    FILE *file = fopen(from, "w");
    assert_non_null(file);
    fprintf(file, "token label=card serial=77\n%s\n", lines);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(from, to), 0);
}

static void set_up_home(struct bench *bench) {
    const char *tmp = getenv("TMPDIR");
    char path[300];
    snprintf(home, sizeof home, "%s/keyfob-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(home));
    snprintf(path, sizeof path, "%s/script", home);
    setenv("FAKE_TOKEN", path, 1);
    snprintf(path, sizeof path, "%s/state", home);
    assert_int_equal(mkdir(path, 0700), 0);
    setenv("FAKE_TOKEN_STATE", path, 1);
    play("");
    set_up(bench, &(struct calls_options){
                      .home = home, .module = KF_TEST_FAKE_TOKEN, .program = KF_TEST_PROGRAM});
}

static void tear_down_home(struct bench *bench) {
    char command[300];
    tear_down(bench);
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    assert_int_equal(system(command), 0);
}

static const struct route *route_to(const char *op) {
    for (size_t i = 0; i < route_count; i++)
        if (strcmp(routes[i].op, op) == 0)
            return &routes[i];
    fail_msg("no route leads to %s", op);
    return NULL;
}

static size_t tokens_in(const struct bench *bench) {
    return json_array_size(json_object_get(bench->result, "items"));
}

static const char *wanted_event;
static bool has_event(struct bench *bench) {
    size_t i;
    const json_t *event;
    json_array_foreach(bench->events, i, event) {
        if (strcmp(text_of(event, "type"), wanted_event) == 0)
            return true;
    }
    return false;
}

static const json_t *event_when(struct bench *bench, const char *type) {
    wanted_event = type;
    assert_true(run_until(bench, has_event, 10000));
    size_t i;
    const json_t *event, *data = NULL;
    json_array_foreach(bench->events, i, event) {
        if (strcmp(text_of(event, "type"), type) == 0)
            data = json_object_get(event, "data");
    }
    return data;
}

static void tokens_are_listed_and_the_database_is_read(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    ask(&bench, route_to("token.list"), NULL);
    assert_int_equal(bench.status, 200);
    assert_int_equal(tokens_in(&bench), 1);
    ask(&bench, route_to("connection.list"), NULL);
    assert_int_equal(bench.status, 200);
    tear_down_home(&bench);
}

static void a_module_that_aborts_is_an_error_of_its_call_alone(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    play("crash C_GetTokenInfo 1 abort");
    ask(&bench, route_to("token.list"), NULL);
    assert_string_equal(error_word(&bench), "module_failed");
    assert_non_null(strstr(text_of(bench.error, "message"), "the worker ended (signal 6)"));
    ask(&bench, route_to("connection.list"), NULL);
    assert_int_equal(bench.status, 200);
    play("");
    ask(&bench, route_to("token.list"), NULL);
    assert_int_equal(tokens_in(&bench), 1);
    tear_down_home(&bench);
}

static void each_call_sees_what_was_inserted_meanwhile(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    play("absent");
    ask(&bench, route_to("token.list"), NULL);
    assert_int_equal(tokens_in(&bench), 0);
    play("");
    ask(&bench, route_to("token.list"), NULL);
    assert_int_equal(tokens_in(&bench), 1);
    tear_down_home(&bench);
}

static void the_watch_tells_that_a_token_goes_and_comes(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    calls_watch(bench.calls, 1);
    event_when(&bench, "token.changed");
    play("absent");
    assert_string_equal(text_of(event_when(&bench, "token.removed"), "serial"), "77");
    play("");
    assert_string_equal(text_of(event_when(&bench, "token.inserted"), "label"), "card");
    tear_down_home(&bench);
}

static void a_watch_whose_module_crashes_comes_back(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    calls_watch(bench.calls, 1);
    event_when(&bench, "token.changed");
    json_array_clear(bench.events);
    play("crash C_GetSlotList 1 kill");
    assert_false(run_until(&bench, never, 2500));
    play("");
    event_when(&bench, "token.changed");
    tear_down_home(&bench);
}

static void what_others_write_is_told_though_a_driver_hangs(void **state) {
    struct bench bench;
    char command[700];
    (void)state;
    set_up_home(&bench);
    play("slow C_GetSlotList 5000");
    calls_watch(bench.calls, 1);
    event_when(&bench, "reset");
    snprintf(command, sizeof command, "'%s' --home '%s' ca init lab >/dev/null 2>&1",
             KF_TEST_PROGRAM, home);
    assert_int_equal(system(command), 0);
    assert_string_equal(text_of(event_when(&bench, "connection.changed"), "name"), "lab");
    tear_down_home(&bench);
}

static void a_wrong_write_is_an_error_and_the_reader_goes_on(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    ask(&bench, route_to("settings.change"), json_pack("{s:s}", "theme", "pink"));
    assert_int_equal(bench.status, 400);
    ask(&bench, route_to("settings.change"), json_pack("{s:s}", "theme", "dark"));
    assert_int_equal(bench.status, 200);
    assert_string_equal(text_of(bench.result, "theme"), "dark");
    event_when(&bench, "settings.changed");
    tear_down_home(&bench);
}

/* --- jobs --- */

static char job_id[32];
static json_t *job;

static bool job_waits_or_ended(struct bench *bench) {
    json_decref(job);
    assert_int_equal(calls_job(bench->calls, OWN, job_id, &job), KF_OK);
    return strcmp(text_of(job, "state"), "running") != 0;
}

static void start_with_pin(struct bench *bench, const char *op) {
    json_t *started = NULL;
    struct call call = {
        .route = route_to(op), .args = json_pack("{s:s}", "token", "77"), .owner = OWN};
    assert_int_equal(calls_start(bench->calls, &call, &started), KF_OK);
    snprintf(job_id, sizeof job_id, "%s", text_of(started, "id"));
    json_decref(started);
    job = NULL;
    assert_true(run_until(bench, job_waits_or_ended, 10000));
    assert_string_equal(text_of(job, "state"), "asking");
}

static void answer_pin(struct bench *bench, const char *pin) {
    json_t *question = json_object_get(json_object_get(job, "question"), "question");
    json_t *answer = json_pack("{s:O, s:s}", "question", question, "secret", pin);
    assert_int_equal(calls_answer(bench->calls, OWN, job_id, answer), KF_OK);
    json_decref(answer);
    assert_true(run_until(bench, job_waits_or_ended, 10000));
}

static void a_job_asks_for_the_pin_and_goes_on(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    start_with_pin(&bench, "token.test");
    assert_string_equal(text_of(json_object_get(job, "question"), "kind"), "pin");
    answer_pin(&bench, "1234");
    assert_string_equal(text_of(job, "state"), "done");
    json_decref(job);
    tear_down_home(&bench);
}

static void a_module_that_crashes_in_a_job_fails_it(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    play("crash C_GenerateKeyPair 1 segv");
    start_with_pin(&bench, "token.test");
    answer_pin(&bench, "1234");
    assert_string_equal(text_of(job, "state"), "failed");
    assert_string_equal(text_of(json_object_get(job, "error"), "code"), "module_failed");
    json_decref(job);
    tear_down_home(&bench);
}

static void a_session_that_ends_takes_its_questions_along(void **state) {
    struct bench bench;
    (void)state;
    set_up_home(&bench);
    start_with_pin(&bench, "token.test");
    calls_leave(bench.calls, OWN);
    assert_true(run_until(&bench, job_waits_or_ended, 10000));
    assert_string_equal(text_of(job, "state"), "cancelled");
    json_decref(job);
    tear_down_home(&bench);
}

/* --- the agent --- */

static bool agent_runs(struct bench *bench) {
    return bench->calls->agent.process != NULL;
}

static void the_agent_runs_beside(void **state) {
    struct bench bench;
    char lock[300];
    (void)state;
    set_up_home(&bench);
    calls_free(bench.calls);
    const struct calls_options options = {
        .home = home, .module = KF_TEST_FAKE_TOKEN, .program = KF_TEST_PROGRAM, .agent = true};
    assert_int_equal(calls_new(bench.loop, bench.bus, &options, &bench.calls), KF_OK);
    assert_true(run_until(&bench, agent_runs, 5000));
    assert_false(run_until(&bench, never, 1000));
    snprintf(lock, sizeof lock, "%s/agent.lock", home);
    assert_int_equal(access(lock, F_OK), 0);
    assert_true(agent_runs(&bench));
    assert_int_equal(bench.calls->agent.failures, 0);
    tear_down_home(&bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_listed_and_the_database_is_read),
        cmocka_unit_test(a_module_that_aborts_is_an_error_of_its_call_alone),
        cmocka_unit_test(each_call_sees_what_was_inserted_meanwhile),
        cmocka_unit_test(the_watch_tells_that_a_token_goes_and_comes),
        cmocka_unit_test(a_watch_whose_module_crashes_comes_back),
        cmocka_unit_test(what_others_write_is_told_though_a_driver_hangs),
        cmocka_unit_test(a_wrong_write_is_an_error_and_the_reader_goes_on),
        cmocka_unit_test(a_job_asks_for_the_pin_and_goes_on),
        cmocka_unit_test(a_module_that_crashes_in_a_job_fails_it),
        cmocka_unit_test(a_session_that_ends_takes_its_questions_along),
        cmocka_unit_test(the_agent_runs_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
