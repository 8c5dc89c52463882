// SPDX-License-Identifier: Apache-2.0
// The crew.
#include "web/calls/crew.h"

#include "base/context.h"
#include "web/calls/process.h"

#define SPARE_MS 100 /* after another was taken: that one has the processor first */
#define END_MS   5000

static void make_spare(void *arg) {
    struct crew *crew = arg;
    crew->spare_timer = 0;
    if (!crew->spare)
        (void)process_start(crew, &crew->spare); /* who needs one says why there is none */
}

void crew_prepare(struct crew *crew) {
    if (!crew->spare && !crew->spare_timer)
        (void)loop_after(crew->loop, SPARE_MS, make_spare, crew, &crew->spare_timer);
}

kf_err crew_take(struct crew *crew, process **ret_process) {
    process *spare = crew->spare;
    crew->spare = NULL;
    crew_prepare(crew);
    if (spare && process_lives(spare)) {
        *ret_process = spare;
        return KF_OK;
    }
    if (spare)
        process_leave(spare);
    return process_start(crew, ret_process);
}

void crew_clear(struct crew *crew) {
    int64_t until = kf_monotonic_ms() + END_MS;
    loop_forget(crew->loop, crew->spare_timer);
    crew->spare_timer = 0;
    for (process *at = crew->first; at; at = process_next(at))
        process_leave(at);
    for (process *at = crew->first; at; at = crew->first) {
        int64_t left = until - kf_monotonic_ms();
        if (!process_wait(at, left > 0 ? left : 0))
            process_kill(at);
    }
}
