// SPDX-License-Identifier: Apache-2.0
// Calls that go on in the background: the watch and the agent. One that ends is begun again, later
// each time that it fails.
#include "web/calls/inside.h"

#include "base/auto.h"
#include "base/context.h"
#include "web/errors.h"

#define BUSY_MS (5 * 60 * 1000)  /* the agent of another process works for this home */
#define GOOD_MS (10 * 60 * 1000) /* who ran so long is not failing */

static void begin(void *arg);

void standing_start_in(struct standing *standing, int64_t ms) {
    loop *loop = standing->calls->loop;
    loop_forget(loop, standing->timer);
    standing->timer = 0;
    (void)loop_after(loop, ms, begin, standing, &standing->timer);
}

static int64_t pause_ms(const struct standing *standing) {
    static const int64_t seconds[] = {1, 5, 15, 60, 300};
    size_t last = KF_COUNT(seconds) - 1;
    return 1000 * seconds[standing->failures < last ? standing->failures : last];
}

static void begin_later(struct standing *standing) {
    if (kf_monotonic_ms() - standing->begun_at > GOOD_MS)
        standing->failures = 0;
    int64_t ms = pause_ms(standing);
    standing->failures++;
    standing_start_in(standing, ms);
}

static void hangs(void *arg) {
    struct standing *standing = arg;
    standing->patience = 0;
    process_end(standing->process, KF_E_MODULE, "a driver does not answer");
}

static void expect_a_sign(struct standing *standing) {
    loop_forget(standing->calls->loop, standing->patience);
    standing->patience = 0;
    if (standing->patience_ms)
        (void)loop_after(standing->calls->loop, standing->patience_ms, hangs, standing,
                         &standing->patience);
}

static void leave(struct standing *standing) {
    loop_forget(standing->calls->loop, standing->patience);
    standing->patience = 0;
    if (standing->process)
        process_leave(standing->process);
    standing->process = NULL;
}

static void said(void *arg, enum said said, const json_t *value) {
    struct standing *standing = arg;
    if (said < SAID_RESULT) {
        expect_a_sign(standing);
        return;
    }
    leave(standing);
    if (said == SAID_ERROR && error_code_of(value) == KF_E_BUSY)
        standing_start_in(standing, BUSY_MS);
    else
        begin_later(standing);
}

static kf_err call(struct standing *standing) {
    KF_TRY(crew_take(&standing->calls->crew, &standing->process));
    kf_err err = process_call(standing->process, standing->op, NULL, said, standing);
    if (err == KF_OK)
        expect_a_sign(standing);
    else
        leave(standing);
    return err;
}

static void begin(void *arg) {
    struct standing *standing = arg;
    standing->timer = 0;
    standing->begun_at = kf_monotonic_ms();
    if (!standing->process && call(standing) != KF_OK)
        begin_later(standing);
}

void standing_start(struct standing *standing) {
    loop_forget(standing->calls->loop, standing->timer);
    standing->timer = 0;
    standing->failures = 0;
    if (!standing->process)
        begin(standing);
}

static void stop(void *arg) {
    struct standing *standing = arg;
    standing->timer = 0;
    leave(standing);
}

void standing_stop_in(struct standing *standing, int64_t ms) {
    loop_forget(standing->calls->loop, standing->timer);
    standing->timer = 0;
    if (loop_after(standing->calls->loop, ms, stop, standing, &standing->timer) != KF_OK)
        stop(standing);
}

void standing_clear(struct standing *standing) {
    if (!standing->calls)
        return;
    loop_forget(standing->calls->loop, standing->timer);
    stop(standing);
}
