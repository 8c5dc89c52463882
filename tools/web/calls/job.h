// SPDX-License-Identifier: Apache-2.0
// One job, for this room only.
#pragma once

#include "web/calls/inside.h"

#define JOB_EVENT_MAX ((size_t)64 * 1024) /* a larger result is left out of events and lists */

enum job_state { JOB_RUNNING, JOB_ASKING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };

struct job {
    calls *calls;
    int64_t number;
    char *owner;
    const struct route *route;
    enum job_state state;
    json_t *subject, *steps, *question, *result, *error; /* NULL: none */
    size_t steps_size, result_size;
    int64_t started_at, ended_at;
    process *process;
    uint64_t cancel_timer, publish_timer;
    int64_t published_at;
    bool cancelled; /* was asked for */
    bool left;      /* nobody is there any more who could answer */
    struct job *next;
};

/* Its number and place in the list are the list's. Free with job_free(), which leaves its process.
 */
kf_err job_new(calls *calls, const struct call *call, struct job **ret_job);
void job_free(struct job *job);
/* A worker begins with it. */
kf_err job_begin(struct job *job, const json_t *args);
bool job_has_ended(const struct job *job);
kf_err job_tell(struct job *job, json_t *message); /* takes over `message` */
void job_set_question(struct job *job, const json_t *question);
/* Nobody is there who could: "cancel". */
void job_answer_for_nobody(struct job *job);

/* --- job_json.c --- */
/* The whole; a copy. */
kf_err job_json(const struct job *job, json_t **ret_job);
/* Without a large result; shares the job's parts, which change. */
json_t *job_brief_json(const struct job *job);
size_t job_size_of(const json_t *json);
void job_publish(struct job *job);
/* At most ten times a second. */
void job_publish_soon(struct job *job);

/* --- jobs.c --- */
void jobs_sweep_later(calls *calls);
