// SPDX-License-Identifier: Apache-2.0
// The common suite, third part: killed at every moment at which something becomes durable or is
// said to the CA, an enrollment goes on and the CA has one order.
#include "unit/connector_kill.h"

static int numbers; /* of requests so far */

static long orders(void) {
    return double_remote_count(&remote, "orders");
}

/* Goes on until it is done; nobody dies any more. */
static void finish(const char *wanted) {
    enum fate fate = FATE_OPEN;
    for (int i = 0; i < 6 && fate != FATE_DONE; i++) {
        clock_shift += 3700;
        fate = in_child(wanted, (struct death){0});
        if (fate == FATE_BAD)
            fail_msg("%s of \"%s\" ended badly", wanted, service->name);
    }
    assert_int_equal(fate, FATE_DONE);
}

static void name_next(char wanted[static KF_REQUEST_ID_MAX]) {
    snprintf(wanted, KF_REQUEST_ID_MAX, "r-%d", ++numbers);
    make_csr();
}

/* One order that is killed so, and its end; true when it lived to it. */
static bool one_order(struct death how) {
    char wanted[KF_REQUEST_ID_MAX];
    long had = orders();
    name_next(wanted);
    enum fate fate = in_child(wanted, how);
    if (fate != FATE_DONE)
        finish(wanted);
    assert_int_equal(orders(), had + 1);
    return fate == FATE_DONE;
}

/* The same, and it is the question of a request that waits which is killed. */
static bool one_question(struct death how) {
    char wanted[KF_REQUEST_ID_MAX];
    long had = orders();
    name_next(wanted);
    double_remote_set(&remote, "decide", "pend");
    double_remote_set(&remote, "pending", "");
    assert_int_equal(in_child(wanted, (struct death){0}), FATE_OPEN);
    double_remote_set(&remote, "pending", "issue");
    clock_shift += 3700;
    enum fate fate = in_child(wanted, how);
    if (fate != FATE_DONE)
        finish(wanted);
    assert_int_equal(orders(), had + 1);
    return fate == FATE_DONE;
}

static void at_every_moment(bool (*one)(struct death how), const char *what) {
    int points = 0;
    for (int before = 0; before < 2; before++) {
        int at = 1;
        while (!one((struct death){.at = at, .before = before}))
            at++;
        assert_in_range(at, 8, 200);
        points += at - 1;
    }
    print_message("%s: %s: killed %d times, %ld orders for %d requests\n", service->name, what,
                  points, orders(), numbers);
    assert_int_equal(orders(), numbers);
}

static int setup(void **state) {
    service = *state;
    numbers = 0;
    begin_with_remote();
    return 0;
}

static int teardown(void **state) {
    double_remote_stop(&remote);
    return end(state);
}

static void an_enrollment_is_killed_at_every_moment(void **state) {
    at_every_moment(one_order, "enrolling");
}

static void a_question_is_killed_at_every_moment(void **state) {
    at_every_moment(one_question, "asking");
}

int main(void) {
    struct CMUnitTest tests[2 * SERVICES];
    for (size_t i = 0; i < SERVICES; i++) {
        tests[2 * i] = (struct CMUnitTest)cmocka_unit_test_prestate_setup_teardown(
            an_enrollment_is_killed_at_every_moment, setup, teardown, (void *)&services[i]);
        tests[2 * i + 1] = (struct CMUnitTest)cmocka_unit_test_prestate_setup_teardown(
            a_question_is_killed_at_every_moment, setup, teardown, (void *)&services[i]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
