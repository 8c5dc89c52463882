// SPDX-License-Identifier: Apache-2.0
// One worker process: its line, the call that it does, and its end.
#pragma once

#include "web/calls/crew.h"

/* What it says of its call. RESULT and ERROR (keyfob.error/1) come once and are the last; a process
 * that dies gives an ERROR. */
enum said { SAID_STEP, SAID_QUESTION, SAID_RESULT, SAID_ERROR };
typedef void process_fn(void *arg, enum said said, const json_t *value);

kf_err process_start(struct crew *crew, process **ret_process);
/* One call at a time. That it dies is told to `fn`, never from within this. */
kf_err process_call(process *process, const char *op, const json_t *args, process_fn *fn,
                    void *arg);
/* An answer, or {"cancel": true}. */
kf_err process_tell(process *process, const json_t *message);
/* False: it has died, or is being ended. */
bool process_lives(const process *process);
pid_t process_pid(const process *process);
/* Nobody listens any more: its line is closed, so that it ends by itself; one that does not within
 * five seconds is ended. It is freed when it is gone, never within this. */
void process_leave(process *process);
/* SIGTERM, and two seconds later SIGKILL. Its call gives an error with this code and sentence. */
void process_end(process *process, kf_err code, const char *why);

/* --- for crew_clear() --- */
/* Waits up to `ms` for its end; false when it goes on. Frees it when it is gone. */
bool process_wait(process *process, int64_t ms);
/* At once. Frees it. */
void process_kill(process *process);
process *process_next(const process *process);
