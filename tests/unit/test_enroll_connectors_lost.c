// SPDX-License-Identifier: Apache-2.0
// Enrollments at a CA where every order costs money, while answers are lost and processes are
// killed at random: there are as many orders as requests. Arguments: how many ("10000"; few when
// there is none), and the seed.
#include "unit/connector_kill.h"

#include <inttypes.h>

#ifdef __SANITIZE_ADDRESS__
#define FEW 100
#else
#define FEW 400
#endif
#define ATTEMPTS_MAX 80
#define MOMENTS      18 /* about as many as an enrollment has */
#define LATE         4  /* attempts during which a look-up may find nothing of what is there */

static long rounds = FEW;
static uint64_t seed = 20261120;

static struct { long killed, faults, late, attempts, longest; } seen;

/* splitmix64: the same seed gives the same troubles. */
static uint64_t chance(uint64_t below) {
    static uint64_t state;
    if (state == 0)
        state = seed;
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

/* What befalls an attempt: nothing, a fault, a death, or both. */
static void make_trouble(struct death *ret_how) {
    static const char *const faults[] = {
        "lose",
        "lose",
        "refuse",
        "truncate",
        "cut:0",
        "cut:25",
        "cut:180",
        "html",
        "after:html",
        "empty",
        "after:empty",
        "garbage",
        "after:deep",
        "after:garbage",
        "status:429",
        "status:503",
        "after:refuse",
        "oversize",
        "after:status:502",
        "status:500",
        "after:status:504",
    };
    static const char *const paths[] = {"", "POST /order", "POST /order", "GET "};
    bool faulty = chance(100) < 55, deadly = chance(100) < 45;
    double_remote_set(&remote, "fault", "");
    if (faulty) {
        double_remote_set(&remote, "fault-count", chance(3) ? "1" : "2");
        double_remote_set(&remote, "fault-path", paths[chance(KF_COUNT(paths))]);
        double_remote_set(&remote, "fault", faults[chance(KF_COUNT(faults))]);
    }
    *ret_how = (struct death){.at = deadly ? (int)chance(MOMENTS) + 1 : 0, .before = chance(2)};
    seen.faults += faulty;
}

/* How the CA takes this order: at once or later, and how soon its look-up knows of it. */
static bool prepare_round(long number, char wanted[static KF_REQUEST_ID_MAX]) {
    bool late = chance(5) == 0;
    char lag[16];
    snprintf(wanted, KF_REQUEST_ID_MAX, "r-%ld", number);
    make_csr();
    snprintf(lag, sizeof lag, "late:%d", 1 + (int)chance(LATE));
    double_remote_set(&remote, "alternate_lookup", late ? lag : "on");
    double_remote_set(&remote, "decide", chance(4) ? "issue" : "pend");
    double_remote_set(&remote, "pending", "");
    seen.late += late;
    return late;
}

static void one_round(long number) {
    char wanted[KF_REQUEST_ID_MAX];
    enum fate fate = FATE_OPEN;
    bool late = prepare_round(number, wanted);
    long attempts = 0;
    while (fate != FATE_DONE) {
        struct death how;
        make_trouble(&how);
        fate = in_child(wanted, how);
        seen.killed += fate == FATE_KILLED;
        if (++attempts == LATE) {
            double_remote_set(&remote, "alternate_lookup", "on");
            double_remote_set(&remote, "pending", "issue");
        }
        if (!late || attempts > LATE) /* the look-up is right again before its time is over */
            clock_shift += (int64_t)chance(2000);
        if (fate == FATE_BAD || attempts == ATTEMPTS_MAX)
            fail_msg("%s (seed %" PRIu64 ") ended badly after %ld attempts", wanted, seed,
                     attempts);
    }
    seen.attempts += attempts;
    seen.longest = attempts > seen.longest ? attempts : seen.longest;
}

static void as_many_orders_as_requests(void **state) {
    time_t began = time(NULL);
    print_message("seed %" PRIu64 ", %ld rounds\n", seed, rounds);
    for (long i = 1; i <= rounds; i++) {
        one_round(i);
        if (i % 1000 == 0)
            print_message("%ld: %ld orders, %ld s\n", i, double_remote_count(&remote, "orders"),
                          (long)(time(NULL) - began));
    }
    print_message("%ld requests, %ld orders; %ld attempts (at most %ld for one): %ld killed, %ld "
                  "with a fault; %ld with a look-up that lags; %ld s\n",
                  rounds, double_remote_count(&remote, "orders"), seen.attempts, seen.longest,
                  seen.killed, seen.faults, seen.late, (long)(time(NULL) - began));
    assert_int_equal(double_remote_count(&remote, "orders"), rounds);
    open_context();
    assert_int_equal(stored(KF_STORE_PERSONAL), rounds);
    KF_AUTO_PTR(json_t) left = NULL;
    assert_ok(kf_requests_json(context, true, &left));
    assert_int_equal(json_array_size(left), 0);
}

static int setup(void **state) {
    service = &services[1];
    assert_string_equal(service->name, "digicert");
    begin_with_remote();
    return 0;
}

static int teardown(void **state) {
    double_remote_stop(&remote);
    return end(state);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_many_orders_as_requests, setup, teardown),
    };
    if (argc > 1)
        rounds = strtol(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
