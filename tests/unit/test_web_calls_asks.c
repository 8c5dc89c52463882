// SPDX-License-Identifier: Apache-2.0
// Calls that are answered once: the reader, workers of their own, and their deaths.
#include "calls_fixture.h"

static const struct route read_echo = {ROUTE_GET, "/echo", ROUTE_READ, "echo"};
static const struct route read_crash = {ROUTE_GET, "/crash", ROUTE_READ, "crash"};
static const struct route read_count = {ROUTE_GET, "/count", ROUTE_READ, "count"};
static const struct route write_count = {ROUTE_POST, "/count", ROUTE_WRITE, "count"};
static const struct route write_slow = {ROUTE_POST, "/slow", ROUTE_WRITE, "slow"};
static const struct route ask_echo = {ROUTE_GET, "/echo", ROUTE_ASK, "echo"};
static const struct route ask_slow = {ROUTE_GET, "/slow", ROUTE_ASK, "slow"};
static const struct route ask_crash = {ROUTE_GET, "/crash", ROUTE_ASK, "crash"};
static const struct route ask_garbage = {ROUTE_GET, "/garbage", ROUTE_ASK, "garbage"};
static const struct route ask_hang = {ROUTE_GET, "/hang", ROUTE_ASK, "hang"};
static const struct route ask_large = {ROUTE_GET, "/large", ROUTE_ASK, "large"};
static const struct route ask_event = {ROUTE_GET, "/event", ROUTE_ASK, "event"};
static const struct route ask_descriptors = {ROUTE_GET, "/fds", ROUTE_ASK, "descriptors"};

static void reads_are_done_by_one_reader(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &read_echo, json_pack("{s:s}", "a", "b"));
    json_int_t first = result_number(&bench, "pid");
    assert_int_equal(bench.status, 200);
    assert_string_equal(text_of(json_object_get(bench.result, "args"), "a"), "b");
    ask(&bench, &read_echo, NULL);
    assert_int_equal(result_number(&bench, "pid"), first);
    tear_down(&bench);
}

static void each_ask_has_a_worker_of_its_own(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &ask_echo, NULL);
    json_int_t first = result_number(&bench, "pid");
    ask(&bench, &ask_echo, NULL);
    assert_int_not_equal(result_number(&bench, "pid"), first);
    tear_down(&bench);
}

static void many_asks_wait_for_each_other_and_are_all_answered(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    for (int i = 0; i < 20; i++) {
        struct call call = {.route = i % 2 ? &ask_slow : &read_echo, .owner = OWN};
        assert_int_not_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    }
    run_until_answers(&bench, 20);
    assert_int_equal(bench.status, 200);
    tear_down(&bench);
}

static void too_many_asks_are_refused_at_once(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    struct call call = {.route = &ask_hang, .owner = OWN};
    for (int i = 0; i < 64; i++)
        assert_int_not_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    assert_int_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    assert_int_equal(bench.answers, 1);
    assert_int_equal(bench.status, 409);
    assert_string_equal(error_word(&bench), "busy");
    calls_free(bench.calls); /* the rest is answered when keyfob ends */
    bench.calls = NULL;
    assert_int_equal(bench.answers, 65);
    tear_down(&bench);
}

static void a_crash_says_how_it_was_and_that_the_key_is_safe(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &ask_crash, NULL);
    assert_int_equal(bench.status, 502);
    assert_string_equal(error_word(&bench), "module_failed");
    assert_string_equal(text_of(bench.error, "message"),
                        "the worker ended (signal 11): the PKCS#11 module or keyfob crashed");
    assert_string_equal(
        text_of(bench.error, "key"),
        "What was finished on the token is safe; a request that was begun can be resumed.");
    ask(&bench, &ask_echo, NULL);
    assert_int_equal(bench.status, 200);
    tear_down(&bench);
}

static void a_reader_that_crashes_is_replaced(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &read_crash, NULL);
    assert_string_equal(error_word(&bench), "module_failed");
    ask(&bench, &read_echo, NULL);
    assert_int_equal(bench.status, 200);
    tear_down(&bench);
}

static void a_read_survives_the_death_of_an_idle_reader(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &read_echo, NULL);
    pid_t reader = (pid_t)result_number(&bench, "pid");
    kill(reader, SIGKILL);
    ask(&bench, &read_echo, NULL);
    assert_int_equal(bench.status, 200);
    assert_int_not_equal(result_number(&bench, "pid"), reader);
    kill((pid_t)result_number(&bench, "pid"), SIGKILL);
    assert_false(run_until(&bench, never, 200)); /* now its death is known before */
    ask(&bench, &read_echo, NULL);
    assert_int_equal(bench.status, 200);
    tear_down(&bench);
}

static void a_worker_that_talks_nonsense_is_ended(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &ask_garbage, NULL);
    assert_string_equal(error_word(&bench), "module_failed");
    tear_down(&bench);
}

static void who_leaves_ends_the_worker(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    struct call call = {.route = &ask_echo, .owner = OWN};
    uint64_t id = calls_ask(bench.calls, &call, remember_answer, &bench);
    calls_abandon(bench.calls, id);
    calls_abandon(bench.calls, id);
    assert_false(run_until(&bench, never, 300));
    assert_int_equal(bench.answers, 0);
    tear_down(&bench);
}

static void a_large_answer_comes_whole(void **state) {
    struct bench bench;
    size_t size = (size_t)8 * 1024 * 1024;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &ask_large, json_pack("{s:I}", "size", (json_int_t)size));
    assert_int_equal(strlen(text_of(bench.result, "text")), size);
    tear_down(&bench);
}

static void a_large_argument_comes_whole(void **state) {
    struct bench bench;
    size_t size = (size_t)8 * 1024 * 1024;
    KF_AUTO_FREE char *text = malloc(size + 1);
    (void)state;
    memset(text, 'y', size);
    text[size] = '\0';
    set_up_with_this(&bench);
    ask(&bench, &ask_echo, json_pack("{s:s}", "text", text));
    assert_string_equal(text_of(json_object_get(bench.result, "args"), "text"), text);
    tear_down(&bench);
}

static void a_worker_has_nothing_open_but_its_line(void **state) {
    struct bench bench;
    (void)state;
    int leaked = dup(0); /* not close-on-exec */
    set_up_with_this(&bench);
    ask(&bench, &ask_descriptors, NULL);
    const json_t *open = json_object_get(bench.result, "open");
    assert_int_equal(json_array_size(open), 4);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(json_integer_value(json_array_get(open, i)), 0, 3);
    tear_down(&bench);
    close(leaked);
}

static void a_worker_speaks_of_its_business_only(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    ask(&bench, &ask_event, NULL);
    assert_int_equal(json_array_size(bench.events), 1);
    assert_string_equal(text_of(json_array_get(bench.events, 0), "type"), "request.changed");
    tear_down(&bench);
}

static void a_write_with_the_same_key_is_done_once(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    for (int i = 1; i <= 3; i++) {
        struct call call = {.route = &write_count,
                            .args = json_pack("{s:s}", "name", "a"),
                            .owner = OWN,
                            .key = "k1"};
        calls_ask(bench.calls, &call, remember_answer, &bench);
        run_until_answers(&bench, i);
        assert_int_equal(result_number(&bench, "count"), 1);
    }
    ask(&bench, &read_count, NULL);
    assert_int_equal(result_number(&bench, "count"), 2);
    tear_down(&bench);
}

static void a_write_that_is_under_way_answers_both(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    struct call call = {.route = &write_slow, .owner = OWN, .key = "k1"};
    assert_int_not_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    assert_int_not_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    run_until_answers(&bench, 2);
    assert_int_equal(bench.status, 200);
    tear_down(&bench);
}

static void a_key_is_of_its_owner_and_its_arguments(void **state) {
    struct bench bench;
    (void)state;
    set_up_with_this(&bench);
    struct call call = {.route = &write_count, .owner = OWN, .key = "k1"};
    calls_ask(bench.calls, &call, remember_answer, &bench);
    run_until_answers(&bench, 1);
    call.owner = "somebody else";
    calls_ask(bench.calls, &call, remember_answer, &bench);
    run_until_answers(&bench, 2);
    assert_int_equal(result_number(&bench, "count"), 2);
    call = (struct call){.route = &write_count,
                         .args = json_pack("{s:s}", "name", "other"),
                         .owner = OWN,
                         .key = "k1"};
    assert_int_equal(calls_ask(bench.calls, &call, remember_answer, &bench), 0);
    assert_int_equal(bench.status, 400);
    assert_string_equal(error_word(&bench), "usage");
    tear_down(&bench);
}

static void nothing_stays_open(void **state) {
    struct bench bench;
    (void)state;
    size_t before = open_descriptors();
    set_up_with_this(&bench);
    for (int i = 0; i < 10; i++)
        ask(&bench, i % 2 ? &ask_crash : &ask_echo, NULL);
    tear_down(&bench);
    assert_int_equal(open_descriptors(), before);
}

static void a_program_that_is_not_there_is_an_error(void **state) {
    struct bench bench;
    (void)state;
    set_up(&bench, &(struct calls_options){.program = "/nowhere/keyfob"});
    ask(&bench, &ask_echo, NULL);
    assert_string_equal(error_word(&bench), "failed");
    tear_down(&bench);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads_are_done_by_one_reader),
    cmocka_unit_test(each_ask_has_a_worker_of_its_own),
    cmocka_unit_test(many_asks_wait_for_each_other_and_are_all_answered),
    cmocka_unit_test(too_many_asks_are_refused_at_once),
    cmocka_unit_test(a_crash_says_how_it_was_and_that_the_key_is_safe),
    cmocka_unit_test(a_reader_that_crashes_is_replaced),
    cmocka_unit_test(a_read_survives_the_death_of_an_idle_reader),
    cmocka_unit_test(a_worker_that_talks_nonsense_is_ended),
    cmocka_unit_test(who_leaves_ends_the_worker),
    cmocka_unit_test(a_large_answer_comes_whole),
    cmocka_unit_test(a_large_argument_comes_whole),
    cmocka_unit_test(a_worker_has_nothing_open_but_its_line),
    cmocka_unit_test(a_worker_speaks_of_its_business_only),
    cmocka_unit_test(a_write_with_the_same_key_is_done_once),
    cmocka_unit_test(a_write_that_is_under_way_answers_both),
    cmocka_unit_test(a_key_is_of_its_owner_and_its_arguments),
    cmocka_unit_test(nothing_stays_open),
    cmocka_unit_test(a_program_that_is_not_there_is_an_error),
};

MAIN_OF_TESTS(tests)
