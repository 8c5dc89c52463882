// SPDX-License-Identifier: Apache-2.0
// The agent: rounds of what is due, one process for a home.
#include "enroll/agent.h"

#include <time.h>

#include "base/file.h"
#include "base/text.h"

#define SLEEP_MAX  60 /* seconds: clocks are turned, and computers sleep */
#define SLEEP_MIN  2
#define LOOK_EVERY 60 /* seconds between two looks at tokens and ends */
#define DAY        ((int64_t)24 * 3600)

static kf_err lock_home(kf_context *context, kf_lock *ret_lock) {
    KF_AUTO_FREE char *path = NULL;
    KF_TRY(kf_context_data_path(context, "agent.lock", &path));
    kf_err err = kf_lock_take(path, ret_lock);
    if (err == KF_E_BUSY)
        return kf_fail(err, "another keyfob agent is running for this home");
    return err;
}

/* --- one round --- */

/* Tokens come when they come, and a CA that has just issued is no reason to wait. */
static kf_err look_around(kf_agent *agent) {
    int64_t now = kf_context_now(agent->context);
    bool due = now - agent->looked_at >= LOOK_EVERY || now < agent->looked_at;
    if (!due && !agent->issued)
        return KF_OK;
    agent->looked_at = now;
    agent->issued = false;
    KF_TRY(kf_agent_install(agent));
    return kf_agent_renew(agent);
}

static kf_err go_round(kf_agent *agent) {
    KF_TRY(kf_agent_ask(agent));
    return look_around(agent);
}

/* --- until told to stop --- */

/* Woken by a signal, not ten times a second. False when the person wants to stop. */
static bool sleep_for(const kf_agent *agent, int64_t seconds) {
    int64_t end = kf_monotonic_ms() + seconds * 1000;
    while (!kf_context_interrupted(agent->context)) {
        if (kf_monotonic_ms() >= end)
            return true;
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    return false;
}

static kf_err wait_for_next(kf_agent *agent) {
    int64_t seconds = 0;
    KF_TRY(kf_agent_next(agent->context, &seconds));
    if (seconds > SLEEP_MIN)
        kf_agent_close_cas(agent);
    seconds = seconds < SLEEP_MIN ? SLEEP_MIN : seconds > SLEEP_MAX ? SLEEP_MAX : seconds;
    return sleep_for(agent, seconds) ? KF_OK : KF_E_INTERRUPTED;
}

static kf_err run(kf_agent *agent) {
    kf_err err = KF_OK;
    while (err == KF_OK) {
        err = go_round(agent);
        if (err == KF_OK && agent->options.once)
            return KF_OK;
        if (err == KF_OK)
            err = wait_for_next(agent);
    }
    return err == KF_E_INTERRUPTED ? KF_OK : err;
}

kf_err kf_agent_run(kf_context *context, const struct kf_agent_options *options) {
    KF_AUTO(kf_lock) lock = {0};
    kf_agent agent = {.context = context, .options = *options};
    KF_TRY(lock_home(context, &lock));
    KF_TRY(kf_agent_db(context, &agent.db));
    kf_err err = run(&agent);
    kf_agent_close_cas(&agent);
    return err;
}

kf_err kf_agent_next(kf_context *context, int64_t *ret_seconds) {
    kf_agent agent = {.context = context};
    int64_t ask = DAY, install = DAY, end = DAY;
    KF_TRY(kf_agent_db(context, &agent.db));
    KF_TRY(kf_agent_next_ask(&agent, &ask));
    KF_TRY(kf_agent_next_install(&agent, &install));
    KF_TRY(kf_agent_next_end(&agent, &end));
    int64_t next = ask < install ? ask : install;
    next = next < end ? next : end;
    *ret_seconds = next < 0 ? 0 : next > DAY ? DAY : next;
    return KF_OK;
}
