// SPDX-License-Identifier: Apache-2.0
// Calls: work done in processes of its own, so that a module that crashes takes nothing with it,
// each has its own login on a token, and what was inserted meanwhile is seen. One thread: the
// front's loop.
#pragma once

#include <jansson.h>

#include "web/calls/bus.h"
#include "web/front/loop.h"
#include "web/routes.h"

typedef struct calls calls;

struct calls_options {
    const char *home, *module; /* as in struct kf_context_options, or NULL */
    bool agent;                /* also run the agent */
    const char *program;       /* of the workers; NULL: this one, /proc/self/exe */
};

kf_err calls_new(loop *loop, bus *bus, const struct calls_options *options, calls **ret_calls);
/* Asks workers to stop, and ends those that do not within five seconds. */
void calls_free(calls *calls);

/* Answers once, later: `result` or `error` (keyfob.error/1), the other is NULL; both are borrowed.
 * `status` is that of HTTP. */
typedef void call_done_fn(void *arg, int status, const json_t *result, const json_t *error);

/* What is asked for. */
struct call {
    const struct route *route;
    json_t *args;      /* taken over, always */
    const char *owner; /* the session's id */
    const char *key;   /* of "Idempotency-Key", or NULL; for ROUTE_WRITE and ROUTE_JOB */
};

/* ROUTE_READ and ROUTE_WRITE go to the reader, which stays; ROUTE_ASK to a worker of its own, ended
 * after 90 seconds. With the `key` of an earlier ROUTE_WRITE of this owner and the same arguments
 * its answer is given again; with other arguments KF_E_USAGE. The id is for calls_abandon() when
 * nobody waits any more; 0 when `done` was called already. */
uint64_t calls_ask(calls *calls, const struct call *call, call_done_fn *done, void *arg);
void calls_abandon(calls *calls, uint64_t id);

/* --- jobs: keyfob.job/1 {id "j-5", op, state: running|asking|done|failed|cancelled, steps: [{name,
 * state, text, ms}], question: {...} or null, result, error, subject: {the path's parameters},
 * started_at, ended_at, result_left_out: true in events and lists when the result is larger than
 * 64 KiB} --- */

/* The job as JSON. KF_E_BUSY when too many are under way (16). With the `key` of an earlier job of
 * this owner and the same arguments that job is given again; with other arguments KF_E_USAGE. */
kf_err calls_start(calls *calls, const struct call *call, json_t **ret_job);
/* KF_E_NOT_FOUND, also for a job of another owner. Ended jobs are kept for an hour, 200 at most. */
kf_err calls_job(calls *calls, const char *owner, const char *id, json_t **ret_job);
kf_err calls_jobs(calls *calls, const char *owner, json_t **ret_jobs);
/* `answer`: {question, secret|text|yes|cancel}. KF_E_STATE when that is not being asked. */
kf_err calls_answer(calls *calls, const char *owner, const char *id, const json_t *answer);
/* The worker stops at the next safe place; one that does not within 30 seconds is ended. */
kf_err calls_cancel(calls *calls, const char *owner, const char *id);
/* The owner's session has ended: its questions are answered with "cancel". */
void calls_leave(calls *calls, const char *owner);

/* How many streams are open: while there are any, tokens and the database are watched. */
void calls_watch(calls *calls, size_t streams);
