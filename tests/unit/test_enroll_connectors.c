// SPDX-License-Identifier: Apache-2.0
// The common suite, first part: every connector issues, waits and is refused alike, and whatever
// befalls the order on its way, the CA has it once.
#include "unit/connector_trials.h"

static void connect_and_sign_in(const char *more) {
    add_connection(more);
    assert_ok(sign_in());
}

/* --- issued, waiting, refused --- */

static void issues_at_once(const struct trial *trial) {
    connect_and_sign_in(NULL);
    assert_ok(enroll());
    assert_done();
    assert_int_equal(double_count(d, "certificates"), 2); /* the old one is the other */
}

/* Accepted, and somebody at the CA must act: who, and since when. */
static void enroll_and_wait(void) {
    double_set(d, "decide", "pend");
    kf_err err = enroll();
    if (err != KF_E_NEEDS_PERSON)
        assert_fails_with(err, KF_E_PENDING);
    assert_failed(err);
    assert_state("waiting");
    assert_int_equal(double_count(d, "orders"), 1);
}

static void waits_and_is_issued(const struct trial *trial) {
    connect_and_sign_in(NULL);
    enroll_and_wait();
    assert_failed(go_on()); /* the CA has not decided yet */
    assert_state("waiting");
    double_set(d, "pending", "issue");
    assert_recovers();
}

static void is_rejected_at_once(const struct trial *trial) {
    connect_and_sign_in(NULL);
    double_set(d, "decide", "reject");
    kf_err err = enroll();
    if (err == KF_E_PENDING || err == KF_E_NEEDS_PERSON) /* this CA says it when it is asked */
        err = go_on();
    assert_fails_with(err, KF_E_REJECTED);
    assert_state("rejected");
    assert_string_not_equal(request_text("reason"), "");
    assert_untouched();
}

static void is_rejected_after_a_while(const struct trial *trial) {
    connect_and_sign_in(NULL);
    enroll_and_wait();
    double_set(d, "pending", "reject");
    assert_fails_with(go_on(), KF_E_REJECTED);
    assert_state("rejected");
    assert_untouched();
}

/* --- trouble while the order is on its way --- */

static void the_order_meets(const char *fault) {
    double_set(d, "fault-path", service->order);
    double_set(d, "fault", fault);
    assert_failed(enroll());
    assert_true(double_count(d, "faults") > 0);
    assert_string_not_equal(id, "");
}

static void the_order_meets_trouble(const struct trial *trial) {
    connect_and_sign_in("timeout=1");
    the_order_meets(trial->what);
    assert_untouched();
    assert_recovers();
}

/* Not permitted: the end of it, or a matter of the session. */
static void the_order_is_forbidden(const struct trial *trial) {
    connect_and_sign_in(NULL);
    the_order_meets(trial->what);
    assert_int_equal(double_count(d, "orders"), 0);
    if (strcmp(request_text("state"), "rejected") == 0)
        assert_untouched();
    else
        assert_recovers();
}

/* Ends after `at` bytes, in the home where others did before; false when that was all of it. */
static bool ends_at(long at, long orders) {
    char fault[24];
    kf_err err = KF_E_FAILED;
    snprintf(fault, sizeof fault, "cut:%ld", at);
    make_csr();
    id[0] = '\0';
    double_set(d, "fault-path", service->order);
    double_set(d, "fault", fault);
    bool cut = enroll() != KF_OK;
    double_set(d, "fault", "");
    for (int i = 0; cut && i < 4 && err != KF_OK; i++)
        err = go_on();
    assert_state("done");
    assert_int_equal(double_count(d, "orders"), orders);
    return cut;
}

static void the_answer_ends_anywhere(const struct trial *trial) {
    long at = 0, orders = 1;
    connect_and_sign_in(NULL);
    while (ends_at(at, orders))
        at += 13, orders++;
    assert_in_range(at, 100, 16384);
    assert_untouched();
}

/* Right after it, without a break: still one. */
static void it_is_resumed_at_once(const struct trial *trial) {
    connect_and_sign_in("timeout=1");
    the_order_meets(trial->what);
    for (int i = 0; i < 3; i++)
        (void)resume();
    assert_true(double_count(d, "orders") <= 1);
    if (double_count(d, "orders") == 1 && strcmp(request_text("state"), "done") != 0)
        assert_recovers();
}

/* The answer is lost, and what finds the order again meets the same. */
static void the_lookup_meets_trouble_too(const struct trial *trial) {
    connect_and_sign_in("timeout=1");
    the_order_meets("lose");
    double_set(d, "fault", "");
    double_set(d, "fault-count", "2");
    double_set(d, "fault", trial->what);
    clock_shift += 60;
    assert_failed(resume());
    assert_recovers();
}

/* --- trouble while it waits --- */

static void the_question_meets_trouble(const struct trial *trial) {
    connect_and_sign_in("timeout=1");
    enroll_and_wait();
    double_set(d, "pending", "issue");
    double_set(d, "fault-count", "-1");
    double_set(d, "fault-path", service->poll);
    double_set(d, "fault", trial->what);
    assert_failed(go_on());
    assert_true(double_count(d, "faults") > 0);
    assert_state("waiting");
    assert_untouched();
    assert_recovers();
}

#define ORDER(text)                                                                                \
    { .name = "an order meets " text, .run = the_order_meets_trouble, .what = text }
#define AGAIN(text)                                                                                \
    { .name = "an order met " text ", resumed at once", .run = it_is_resumed_at_once, .what = text }
#define LOOK(text)                                                                                 \
    {                                                                                              \
        .name = "a lost order's look-up meets " text, .run = the_lookup_meets_trouble_too,         \
        .what = text                                                                               \
    }
#define POLL(text)                                                                                 \
    { .name = "a question meets " text, .run = the_question_meets_trouble, .what = text }

static const struct trial trials[] = {
    {.name = "issues at once", .run = issues_at_once},
    {.name = "waits and is issued", .run = waits_and_is_issued},
    {.name = "is rejected at once", .run = is_rejected_at_once},
    {.name = "is rejected after a while", .run = is_rejected_after_a_while},
    {.name = "an answer ends anywhere", .run = the_answer_ends_anywhere},
    ORDER("refuse"),
    ORDER("lose"),
    ORDER("truncate"),
    ORDER("cut:0"),
    ORDER("cut:1"),
    ORDER("cut:12"),
    ORDER("cut:60"),
    ORDER("cut:-10"),
    ORDER("cut:-1"),
    ORDER("html"),
    ORDER("after:html"),
    ORDER("empty"),
    ORDER("after:empty"),
    ORDER("garbage"),
    ORDER("after:garbage"),
    ORDER("deep"),
    ORDER("after:deep"),
    ORDER("oversize"),
    ORDER("after:oversize-stream"),
    ORDER("after:endless-headers"),
    ORDER("slow"),
    ORDER("stall"),
    ORDER("after:stall"),
    ORDER("status:401"),
    {.name = "an order is forbidden", .run = the_order_is_forbidden, .what = "status:403"},
    ORDER("status:429"),
    ORDER("status:500"),
    ORDER("after:status:500"),
    ORDER("status:503"),
    ORDER("after:status:502"),
    ORDER("after:status:504"),
    AGAIN("lose"),
    AGAIN("refuse"),
    AGAIN("html"),
    AGAIN("status:503"),
    LOOK("lose"),
    LOOK("html"),
    LOOK("status:503"),
    LOOK("empty"),
    POLL("refuse"),
    POLL("lose"),
    POLL("truncate"),
    POLL("cut:40"),
    POLL("cut:-1"),
    POLL("html"),
    POLL("empty"),
    POLL("garbage"),
    POLL("deep"),
    POLL("oversize"),
    POLL("oversize-stream"),
    POLL("endless-headers"),
    POLL("slow"),
    POLL("stall"),
    POLL("status:401"),
    POLL("status:403"),
    POLL("status:404"),
    POLL("status:429"),
    POLL("status:500"),
    POLL("status:503"),
};

int main(int argc, char **argv) {
    return run_trials(trials, KF_COUNT(trials), argv[1]);
}
