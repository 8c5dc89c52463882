// SPDX-License-Identifier: Apache-2.0
// Jobs: steps, questions, answers, ends, owners, and how many there may be.
#include "calls_fixture.h"

static const struct route steps = {ROUTE_POST, "/x/{name}/steps", ROUTE_JOB, "steps"};
static const struct route many_steps = {ROUTE_POST, "/many", ROUTE_JOB, "many_steps"};
static const struct route ask_pin = {ROUTE_POST, "/x/{name}/pin", ROUTE_JOB, "ask_pin"};
static const struct route wait_for_cancel = {ROUTE_POST, "/wait", ROUTE_JOB, "wait"};
static const struct route hang = {ROUTE_POST, "/hang", ROUTE_JOB, "hang"};
static const struct route deaf = {ROUTE_POST, "/deaf", ROUTE_JOB, "deaf"};
static const struct route crash = {ROUTE_POST, "/crash", ROUTE_JOB, "crash"};
static const struct route echo = {ROUTE_POST, "/echo", ROUTE_JOB, "echo"};
static const struct route large = {ROUTE_POST, "/large", ROUTE_JOB, "large"};

/* --- jobs --- */

static char job_id[32];
static const char *wanted_state;

static json_t *job_now(struct bench *bench) {
    json_t *job = NULL;
    assert_int_equal(calls_job(bench->calls, OWN, job_id, &job), KF_OK);
    return job;
}

static bool has_state(struct bench *bench) {
    json_t *job = job_now(bench);
    bool is = strcmp(text_of(job, "state"), wanted_state) == 0;
    json_decref(job);
    return is;
}

/* The job when it is in this state. */
static json_t *job_when(struct bench *bench, const char *state) {
    wanted_state = state;
    assert_true(run_until(bench, has_state, 20000));
    return job_now(bench);
}

static kf_err start_with(struct bench *bench, const struct route *route, json_t *args,
                         const char *owner, const char *key) {
    json_t *job = NULL;
    struct call call = {.route = route, .args = args, .owner = owner, .key = key};
    kf_err err = calls_start(bench->calls, &call, &job);
    if (err == KF_OK)
        snprintf(job_id, sizeof job_id, "%s", text_of(job, "id"));
    json_decref(job);
    return err;
}

static void start(struct bench *bench, const struct route *route) {
    assert_int_equal(start_with(bench, route, json_pack("{s:s}", "name", "n"), OWN, NULL), KF_OK);
}

static const json_t *last_event(const struct bench *bench) {
    return json_array_get(bench->events, json_array_size(bench->events) - 1);
}

static kf_err answer(struct bench *bench, const char *owner, json_t *text) {
    kf_err err = calls_answer(bench->calls, owner, job_id, text);
    json_decref(text);
    return err;
}

static void a_job_keeps_the_last_state_of_each_step(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &steps);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "done");
    const json_t *kept = json_object_get(job, "steps");
    assert_int_equal(json_array_size(kept), 3);
    assert_string_equal(text_of(json_array_get(kept, 0), "state"), "done");
    assert_string_equal(text_of(json_array_get(kept, 2), "text"), "two");
    assert_string_equal(text_of(json_object_get(job, "subject"), "name"), "n");
    assert_string_equal(text_of(job, "op"), "steps");
    assert_int_equal(strlen(text_of(job, "ended_at")), 20);
    assert_string_equal(text_of(json_object_get(last_event(&bench), "data"), "state"), "done");
    tear_down(&bench);
}

static void steps_have_an_end(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &many_steps);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "done");
    size_t size = json_dumpb(json_object_get(job, "steps"), NULL, 0, JSON_COMPACT);
    assert_in_range(size, 60000, 70000);
    tear_down(&bench);
}

static void an_answer_reaches_the_worker_and_is_not_kept(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &ask_pin);
    KF_AUTO_PTR(json_t) asking = job_when(&bench, "asking");
    assert_string_equal(text_of(json_object_get(asking, "question"), "kind"), "pin");
    assert_int_equal(answer(&bench, OWN, json_pack("{s:i, s:s}", "question", 1, "secret", "1234")),
                     KF_OK);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "done");
    assert_true(json_is_true(json_object_get(json_object_get(job, "result"), "right")));
    assert_true(json_is_null(json_object_get(job, "question")));
    KF_AUTO_FREE char *events = json_dumps(bench.events, 0);
    assert_null(strstr(events, "1234"));
    tear_down(&bench);
}

static void an_answer_to_what_is_not_asked_is_refused(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &ask_pin);
    json_decref(job_when(&bench, "asking"));
    assert_int_equal(answer(&bench, OWN, json_pack("{s:i, s:s}", "question", 2, "secret", "1")),
                     KF_E_STATE);
    assert_int_equal(answer(&bench, "other", json_pack("{s:i, s:s}", "question", 1, "secret", "1")),
                     KF_E_NOT_FOUND);
    assert_int_equal(answer(&bench, OWN, json_pack("{s:i, s:b}", "question", 1, "cancel", 1)),
                     KF_OK);
    assert_int_equal(answer(&bench, OWN, json_pack("{s:i, s:b}", "question", 1, "cancel", 1)),
                     KF_E_STATE);
    json_decref(job_when(&bench, "cancelled"));
    tear_down(&bench);
}

static void who_leaves_answers_with_cancel(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &ask_pin);
    json_decref(job_when(&bench, "asking"));
    calls_leave(bench.calls, "other");
    KF_AUTO_PTR(json_t) still = job_now(&bench);
    assert_string_equal(text_of(still, "state"), "asking");
    calls_leave(bench.calls, OWN);
    json_decref(job_when(&bench, "cancelled"));
    tear_down(&bench);
}

static void cancel_stops_the_worker_at_a_safe_place(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &wait_for_cancel);
    assert_int_equal(calls_cancel(bench.calls, "other", job_id), KF_E_NOT_FOUND);
    assert_int_equal(calls_cancel(bench.calls, OWN, job_id), KF_OK);
    assert_int_equal(calls_cancel(bench.calls, OWN, job_id), KF_OK);
    json_decref(job_when(&bench, "cancelled"));
    assert_int_equal(calls_cancel(bench.calls, OWN, job_id), KF_E_STATE);
    tear_down(&bench);
}

static void a_worker_that_reads_no_more_keeps_nobody_busy(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &deaf);
    json_decref(job_when(&bench, "asking"));
    assert_int_equal(calls_cancel(bench.calls, OWN, job_id), KF_OK);
    clock_t before = clock();
    assert_false(run_until(&bench, never, 500));
    assert_in_range(clock() - before, 0, CLOCKS_PER_SEC / 10);
    tear_down(&bench);
}

static void a_crash_fails_the_job_and_nothing_else(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &crash);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "failed");
    assert_string_equal(text_of(json_object_get(job, "error"), "code"), "module_failed");
    start(&bench, &echo);
    json_decref(job_when(&bench, "done"));
    tear_down(&bench);
}

static void a_worker_that_is_killed_while_it_asks_fails_the_job(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    start(&bench, &ask_pin);
    json_decref(job_when(&bench, "asking"));
    for (process *at = bench.calls->crew.first; at; at = process_next(at))
        kill(process_pid(at), SIGKILL);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "failed");
    assert_true(json_is_null(json_object_get(job, "question")));
    tear_down(&bench);
}

static void jobs_belong_to_their_owner(void **state) {
    struct bench bench;
    KF_AUTO_PTR(json_t) mine = NULL;
    KF_AUTO_PTR(json_t) others = NULL;
    json_t *job = NULL;
    (void)state;
    set_up_with_this(&bench);
    assert_int_equal(start_with(&bench, &echo, NULL, "other", NULL), KF_OK);
    assert_int_equal(calls_job(bench.calls, OWN, job_id, &job), KF_E_NOT_FOUND);
    assert_int_equal(calls_job(bench.calls, OWN, "j-x", &job), KF_E_NOT_FOUND);
    assert_int_equal(calls_jobs(bench.calls, OWN, &mine), KF_OK);
    assert_int_equal(calls_jobs(bench.calls, "other", &others), KF_OK);
    assert_int_equal(json_array_size(json_object_get(mine, "items")), 0);
    assert_int_equal(json_array_size(json_object_get(others, "items")), 1);
    assert_false(run_until(&bench, never, 200));
    assert_int_equal(json_array_size(bench.events), 0);
    tear_down(&bench);
}

static void the_same_key_starts_one_job(void **state) {
    struct bench bench;
    char first[32];
    (void)state;
    set_up_with_this(&bench);
    assert_int_equal(start_with(&bench, &echo, json_pack("{s:i}", "a", 1), OWN, "k"), KF_OK);
    snprintf(first, sizeof first, "%s", job_id);
    json_decref(job_when(&bench, "done"));
    assert_int_equal(start_with(&bench, &echo, json_pack("{s:i}", "a", 1), OWN, "k"), KF_OK);
    assert_string_equal(job_id, first);
    assert_int_equal(start_with(&bench, &echo, json_pack("{s:i}", "a", 2), OWN, "k"), KF_E_USAGE);
    assert_int_equal(start_with(&bench, &steps, json_pack("{s:i}", "a", 1), OWN, "k"), KF_E_USAGE);
    assert_int_equal(start_with(&bench, &echo, json_pack("{s:i}", "a", 1), "other", "k"), KF_OK);
    assert_string_not_equal(job_id, first);
    tear_down(&bench);
}

static void sixteen_jobs_run_and_the_next_waits_for_room(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    for (int i = 0; i < 16; i++)
        start(&bench, &wait_for_cancel);
    assert_int_equal(start_with(&bench, &echo, NULL, OWN, "k"), KF_E_BUSY);
    assert_int_equal(calls_cancel(bench.calls, OWN, job_id), KF_OK);
    json_decref(job_when(&bench, "cancelled"));
    assert_int_equal(start_with(&bench, &echo, NULL, OWN, "k"), KF_OK);
    tear_down(&bench);
}

static void two_hundred_jobs_are_kept(void **state) {
    struct bench bench;
    KF_AUTO_PTR(json_t) jobs = NULL;
    (void)state;
    set_up_with_this(&bench);
    for (int i = 0; i < 210; i++) {
        start(&bench, &echo);
        json_decref(job_when(&bench, "done"));
    }
    assert_int_equal(calls_jobs(bench.calls, OWN, &jobs), KF_OK);
    assert_int_equal(json_array_size(json_object_get(jobs, "items")), 200);
    json_t *oldest = NULL;
    assert_int_equal(calls_job(bench.calls, OWN, "j-10", &oldest), KF_E_NOT_FOUND);
    tear_down(&bench);
}

static void a_large_result_is_left_out_of_events(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    assert_int_equal(start_with(&bench, &large, json_pack("{s:i}", "size", 100000), OWN, NULL),
                     KF_OK);
    KF_AUTO_PTR(json_t) job = job_when(&bench, "done");
    const json_t *told = json_object_get(last_event(&bench), "data");
    assert_true(json_is_true(json_object_get(told, "result_left_out")));
    assert_true(json_is_null(json_object_get(told, "result")));
    assert_int_equal(strlen(text_of(json_object_get(job, "result"), "text")), 100000);
    tear_down(&bench);
}

static void jobs_under_way_are_ended_with_keyfob(void **state) {
    struct bench bench;
    (void)state;
    size_t before = open_descriptors();
    set_up_with_this(&bench);
    start(&bench, &hang);
    start(&bench, &ask_pin);
    json_decref(job_when(&bench, "asking"));
    tear_down(&bench);
    assert_int_equal(open_descriptors(), before);
}

static void the_watch_runs_while_somebody_listens(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    calls_watch(bench.calls, 1);
    assert_non_null(bench.calls->tokens.process);
    calls_watch(bench.calls, 0);
    calls_watch(bench.calls, 2);
    assert_false(run_until(&bench, never, 5500));
    assert_non_null(bench.calls->tokens.process);
    calls_watch(bench.calls, 0);
    assert_false(run_until(&bench, never, 5500));
    assert_null(bench.calls->tokens.process);
    tear_down(&bench);
}

static bool watch_runs(struct bench *bench) {
    return bench->calls->tokens.process != NULL;
}

static void a_watch_that_dies_is_begun_again(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    calls_watch(bench.calls, 1);
    pid_t first = process_pid(bench.calls->tokens.process);
    kill(first, SIGKILL);
    assert_false(run_until(&bench, never, 300));
    assert_null(bench.calls->tokens.process);
    assert_true(run_until(&bench, watch_runs, 3000));
    assert_int_not_equal(process_pid(bench.calls->tokens.process), first);
    tear_down(&bench);
}

static void a_watch_that_hangs_is_ended_and_begun_again(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    bench.calls->tokens.patience_ms = 300;
    calls_watch(bench.calls, 1);
    pid_t first = process_pid(bench.calls->tokens.process);
    assert_false(run_until(&bench, never, 600));
    assert_null(bench.calls->tokens.process);
    bench.calls->tokens.patience_ms = 0;
    assert_true(run_until(&bench, watch_runs, 3000));
    assert_int_not_equal(process_pid(bench.calls->tokens.process), first);
    assert_non_null(bench.calls->database.process);
    tear_down(&bench);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_job_keeps_the_last_state_of_each_step),
    cmocka_unit_test(steps_have_an_end),
    cmocka_unit_test(an_answer_reaches_the_worker_and_is_not_kept),
    cmocka_unit_test(an_answer_to_what_is_not_asked_is_refused),
    cmocka_unit_test(who_leaves_answers_with_cancel),
    cmocka_unit_test(cancel_stops_the_worker_at_a_safe_place),
    cmocka_unit_test(a_worker_that_reads_no_more_keeps_nobody_busy),
    cmocka_unit_test(a_crash_fails_the_job_and_nothing_else),
    cmocka_unit_test(a_worker_that_is_killed_while_it_asks_fails_the_job),
    cmocka_unit_test(jobs_belong_to_their_owner),
    cmocka_unit_test(the_same_key_starts_one_job),
    cmocka_unit_test(sixteen_jobs_run_and_the_next_waits_for_room),
    cmocka_unit_test(two_hundred_jobs_are_kept),
    cmocka_unit_test(a_large_result_is_left_out_of_events),
    cmocka_unit_test(jobs_under_way_are_ended_with_keyfob),
    cmocka_unit_test(the_watch_runs_while_somebody_listens),
    cmocka_unit_test(a_watch_that_dies_is_begun_again),
    cmocka_unit_test(a_watch_that_hangs_is_ended_and_begun_again),
};

MAIN_OF_TESTS(tests)
