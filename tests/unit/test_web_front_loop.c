// SPDX-License-Identifier: Apache-2.0
// The front's loop: descriptors, timers and hooks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/context.h"
#include "web/front/loop.h"

struct bench {
    loop *loop;
    int ends[2]; /* of a pipe */
    int called, other;
    char order[8];
};

static int set_up(void **state) {
    static struct bench bench;
    bench = (struct bench){0};
    assert_int_equal(loop_new(&bench.loop), KF_OK);
    assert_int_equal(pipe(bench.ends), 0);
    *state = &bench;
    return 0;
}

static int tear_down(void **state) {
    struct bench *bench = *state;
    loop_free(bench->loop);
    close(bench->ends[0]);
    close(bench->ends[1]);
    return 0;
}

static void stop(void *arg) {
    loop_stop(((struct bench *)arg)->loop);
}

static void stop_after(struct bench *bench, int64_t ms) {
    uint64_t id;
    assert_int_equal(loop_after(bench->loop, ms, stop, bench, &id), KF_OK);
    assert_int_equal(loop_run(bench->loop), KF_OK);
}

static void on_ready(void *arg, short events) {
    struct bench *bench = arg;
    bench->called++;
    loop_unwatch(bench->loop, bench->ends[0]);
}

static void on_other(void *arg, short events) {
    ((struct bench *)arg)->other++;
}

static void a_descriptor_is_told_until_it_is_unwatched(void **state) {
    struct bench *bench = *state;
    assert_int_equal(write(bench->ends[1], "x", 1), 1);
    assert_int_equal(loop_watch(bench->loop, bench->ends[0], POLLIN, on_ready, bench), KF_OK);
    stop_after(bench, 10);
    assert_int_equal(bench->called, 1);
}

static void watching_again_replaces_what_is_called(void **state) {
    struct bench *bench = *state;
    assert_int_equal(write(bench->ends[1], "x", 1), 1);
    loop_watch(bench->loop, bench->ends[0], POLLIN, on_other, bench);
    loop_watch(bench->loop, bench->ends[0], POLLIN, on_ready, bench);
    stop_after(bench, 10);
    assert_int_equal(bench->called, 1);
    assert_int_equal(bench->other, 0);
}

static void close_the_other(void *arg, short events) {
    struct bench *bench = arg;
    bench->called++;
    loop_unwatch(bench->loop, bench->ends[0]);
    loop_unwatch(bench->loop, bench->ends[1]);
}

static void who_was_unwatched_in_the_same_round_is_not_told(void **state) {
    struct bench *bench = *state;
    assert_int_equal(write(bench->ends[1], "x", 1), 1);
    loop_watch(bench->loop, bench->ends[0], POLLIN, close_the_other, bench);
    loop_watch(bench->loop, bench->ends[1], POLLOUT, on_other, bench);
    stop_after(bench, 10);
    assert_int_equal(bench->called, 1);
    assert_int_equal(bench->other, 0);
}

static void note_a(void *arg) {
    struct bench *bench = arg;
    strcat(bench->order, "a");
}

static void note_b(void *arg) {
    struct bench *bench = arg;
    strcat(bench->order, "b");
}

static void timers_come_at_their_time(void **state) {
    struct bench *bench = *state;
    uint64_t a, b, forgotten;
    int64_t begun = kf_monotonic_ms();
    loop_after(bench->loop, 30, note_b, bench, &b);
    loop_after(bench->loop, 1, note_a, bench, &a);
    loop_after(bench->loop, 5, note_a, bench, &forgotten);
    loop_forget(bench->loop, forgotten);
    stop_after(bench, 40);
    assert_string_equal(bench->order, "ab");
    assert_true(kf_monotonic_ms() - begun >= 40);
    assert_true(a && b && a != b);
}

static void again(void *arg) {
    struct bench *bench = arg;
    uint64_t id;
    if (++bench->called < 3)
        loop_after(bench->loop, 0, again, bench, &id);
    else
        loop_stop(bench->loop);
}

static void a_timer_may_begin_another(void **state) {
    struct bench *bench = *state;
    uint64_t id;
    loop_after(bench->loop, 0, again, bench, &id);
    assert_int_equal(loop_run(bench->loop), KF_OK);
    assert_int_equal(bench->called, 3);
}

static void hurry(void *arg, int64_t *ms) {
    struct bench *bench = arg;
    if (*ms < 0 || *ms > 1)
        *ms = 1;
    bench->other++;
}

static void count_rounds(void *arg) {
    struct bench *bench = arg;
    if (++bench->called == 5)
        loop_stop(bench->loop);
}

static void hooks_come_around_every_wait(void **state) {
    struct bench *bench = *state;
    loop_before(bench->loop, hurry, bench);
    loop_after_wait(bench->loop, count_rounds, bench);
    assert_int_equal(loop_run(bench->loop), KF_OK);
    assert_int_equal(bench->called, 5);
    assert_int_equal(bench->other, 5);
}

static void too_many_watches_are_refused(void **state) {
    struct bench *bench = *state;
    kf_err code = KF_OK;
    int fd = 1000;
    for (; fd < 3000 && code == KF_OK; fd++)
        code = loop_watch(bench->loop, fd, POLLIN, on_ready, bench);
    assert_int_equal(code, KF_E_BUSY);
    loop_unwatch(bench->loop, 5000);
    loop_forget(bench->loop, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_descriptor_is_told_until_it_is_unwatched, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(watching_again_replaces_what_is_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_was_unwatched_in_the_same_round_is_not_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(timers_come_at_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_may_begin_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hooks_come_around_every_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_watches_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
