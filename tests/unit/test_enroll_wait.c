// SPDX-License-Identifier: Apache-2.0
// Waiting, interruptions, clocks that go wrong, and the last step: store and state together.
#include "unit/enroll_fixture.h"

static int finalized_at_wait;

static void look_when_waiting(void *arg, const struct kf_step *step) {
    if (strcmp(step->name, "wait") == 0)
        finalized_at_wait = calls(room, "C_Finalize");
}

static bool stop_after_a_moment(void *arg) {
    static int64_t begin;
    if (finalized_at_wait < 0) {
        begin = 0;
        return false;
    }
    begin = begin ? begin : kf_monotonic_ms();
    return kf_monotonic_ms() - begin > 200;
}

static void open_impatient_context(void) {
    kf_context_free(KF_MOVE(context));
    finalized_at_wait = -1;
    room->ui.step = look_when_waiting;
    room->ui.interrupted = stop_after_a_moment;
    struct kf_context_options options = {
        .home = room->dir, .module = KF_TEST_FAKE_TOKEN, .ui = &room->ui, .clock = turned_clock};
    assert_ok(kf_context_new(&options, &context));
}

static void a_long_wait_lets_go_of_the_token(void **state) {
    struct kf_enroll_order order = an_order("a");
    order.wait = -1;
    lab->delay = 3600;
    SCRIPT(submit, TAKE);
    open_impatient_context();
    assert_fails(kf_enroll(context, &order, id), KF_E_INTERRUPTED);
    assert_int_equal(finalized_at_wait, 1);
    assert_state("waiting");
}

static void a_short_wait_keeps_the_token(void **state) {
    struct kf_enroll_order order = an_order("a");
    order.wait = -1;
    lab->delay = 30;
    SCRIPT(submit, TAKE);
    open_impatient_context();
    assert_fails(kf_enroll(context, &order, id), KF_E_INTERRUPTED);
    assert_int_equal(finalized_at_wait, 0);
    assert_state("waiting");
}

static void waiting_ends_when_its_time_is_over(void **state) {
    struct kf_enroll_order order = an_order("a");
    order.wait = 1;
    lab->delay = 3600;
    SCRIPT(submit, TAKE);
    assert_says(kf_enroll(context, &order, id), KF_E_PENDING, "processed by \"a\"");
    assert_non_null(strstr(kf_error_next(KF_E_PENDING), "keyfob wait r-1"));
    assert_state("waiting");
    assert_int_equal(lab->polls, 0);
}

/* Interrupted between any two steps: what comes is what would have come. */
static void an_interruption_anywhere_can_be_gone_on_from(void **state) {
    static const char *const classes[] = {"a", "b", "c"};
    for (size_t i = 0; i < KF_COUNT(classes); i++) {
        kf_err err = KF_E_INTERRUPTED;
        for (int at = 1; err == KF_E_INTERRUPTED; at++) {
            int sends = lab->sends;
            interrupt_at = at;
            err = enroll(classes[i]);
            interrupt_at = 0;
            assert_ok(err == KF_E_INTERRUPTED ? resume() : err);
            assert_state("done");
            assert_int_equal(lab->sends, sends + 1);
        }
    }
}

/* A request that stopped in the state `name`. */
static void stop_in(const char *name) {
    for (int at = 1; at < 20; at++) {
        interrupt_at = at;
        kf_err err = enroll("a");
        interrupt_at = 0;
        assert_fails(err, KF_E_INTERRUPTED);
        if (strcmp(request_text("state"), name) == 0)
            return;
        assert_ok(kf_request_withdraw(context, id, false));
    }
    fail_msg("no request stopped in \"%s\"", name);
}

static void a_signed_request_that_was_not_sent_is_withdrawn_freely(void **state) {
    stop_in("csr");
    assert_token(1, 0);
    assert_ok(kf_request_withdraw(context, id, false));
    assert_state("withdrawn");
    assert_token(0, 0);
    assert_int_equal(lab->sends + lab->cancels, 0);
}

static void a_certificate_may_come_for_a_request_that_was_never_sent(void **state) {
    KF_AUTO_FREE uint8_t *csr = NULL;
    struct kf_ca_answer answer = {0};
    size_t len = 0;
    stop_in("csr");
    assert_ok(kf_request_csr(context, id, &csr, &len));
    struct kf_ca_order order = {.csr = csr, .csr_len = len};
    assert_ok(give_cert(&answer, &order));
    assert_ok(kf_request_import(context, id, answer.body, answer.body_len));
    kf_ca_answer_clear(&answer);
    assert_state("done");
    assert_token(1, 1);
    assert_int_equal(lab->sends, 0);
}

static void the_signed_bytes_stay_the_same_over_a_stop(void **state) {
    KF_AUTO(kf_request) before = {0};
    KF_AUTO(kf_request) after = {0};
    stop_in("csr");
    load(&before);
    assert_ok(resume());
    load(&after);
    assert_true(kf_buf_equal(&before.csr, &after.csr));
}

/* --- clocks --- */

static void a_clock_that_went_back_sends_nothing_twice(void **state) {
    SCRIPT(submit, TAKE_AND_LOSE);
    lab->hidden = true;
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    clock_shift = -2 * 365 * 86400;
    assert_fails(resume(), KF_E_CA_UNREACHABLE);
    clock_shift = 0;
    lab->hidden = false;
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void a_certificate_that_has_expired_meanwhile_is_not_installed(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    lab->flaw = EXPIRED;
    assert_fails(resume(), KF_E_QUARANTINED);
    assert_token(1, 0);
}

/* --- the last step --- */

static void forbid_storing(bool forbid) {
    kf_db *db = NULL;
    assert_ok(kf_context_db(context, &db));
    assert_ok(kf_db_run(db,
                        forbid ? "CREATE TRIGGER test_forbids BEFORE INSERT ON certificates"
                                 " BEGIN SELECT RAISE(ABORT, 'not now'); END"
                               : "DROP TRIGGER test_forbids",
                        NULL));
}

static void store_and_last_state_go_together(void **state) {
    SCRIPT(submit, TAKE);
    assert_fails(enroll("a"), KF_E_PENDING);
    assert_int_equal(stored(KF_STORE_PERSONAL), 0); /* makes the table */
    forbid_storing(true);
    assert_int_not_equal(resume(), KF_OK);
    assert_state("written");
    assert_token(1, 1);
    forbid_storing(false);
    assert_int_equal(stored(KF_STORE_PERSONAL), 0);
    assert_ok(resume());
    assert_enrolled();
}

static void a_ca_that_cannot_be_told_is_told_later(void **state) {
    lab->deaf = 1;
    assert_fails(enroll("a"), KF_E_CA_UNREACHABLE);
    assert_state("written");
    assert_ok(resume());
    assert_enrolled();
    assert_int_equal(lab->acknowledged, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(a_long_wait_lets_go_of_the_token),
        ENROLL(a_short_wait_keeps_the_token),
        ENROLL(waiting_ends_when_its_time_is_over),
        ENROLL(an_interruption_anywhere_can_be_gone_on_from),
        ENROLL(a_signed_request_that_was_not_sent_is_withdrawn_freely),
        ENROLL(a_certificate_may_come_for_a_request_that_was_never_sent),
        ENROLL(the_signed_bytes_stay_the_same_over_a_stop),
        ENROLL(a_clock_that_went_back_sends_nothing_twice),
        ENROLL(a_certificate_that_has_expired_meanwhile_is_not_installed),
        ENROLL(store_and_last_state_go_together),
        ENROLL(a_ca_that_cannot_be_told_is_told_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
