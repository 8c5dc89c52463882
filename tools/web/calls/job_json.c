// SPDX-License-Identifier: Apache-2.0
// Jobs as documents, and their events.
#include <time.h>

#include "base/context.h"
#include "base/text.h"
#include "web/calls/job.h"

#define PUBLISH_MS 100 /* between two events of steps */

static const char *const state_words[] = {"running", "asking", "done", "failed", "cancelled"};

static json_t *time_json(int64_t seconds) {
    char text[21];
    if (seconds == 0)
        return json_null();
    kf_time_text(seconds, text);
    return json_string(text);
}

static json_t *or_null(json_t *value) {
    return value ? json_incref(value) : json_null();
}

/* Shares the job's parts, which change. */
static json_t *shared_json(const struct job *job, json_t *result) {
    char id[32];
    snprintf(id, sizeof id, "j-%lld", (long long)job->number);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
                     "keyfob.job/1", "id", id, "op", job->route->op, "state",
                     state_words[job->state], "subject", or_null(job->subject), "steps",
                     or_null(job->steps), "question", or_null(job->question), "result",
                     or_null(result), "error", or_null(job->error), "started_at",
                     time_json(job->started_at), "ended_at", time_json(job->ended_at));
}

size_t job_size_of(const json_t *json) {
    return json ? json_dumpb(json, NULL, 0, JSON_COMPACT) : 0;
}

/* A large result is left out: who wants it asks for the job. */
json_t *job_brief_json(const struct job *job) {
    bool large = job->result_size > JOB_EVENT_MAX;
    json_t *json = shared_json(job, large ? NULL : job->result);
    if (json && large)
        json_object_set_new(json, "result_left_out", json_true());
    return json;
}

void job_publish(struct job *job) {
    loop_forget(job->calls->loop, job->publish_timer);
    job->publish_timer = 0;
    job->published_at = kf_monotonic_ms();
    bus_publish(job->calls->bus, job->owner, "job.changed", job_brief_json(job));
}

static void publish_now(void *arg) {
    struct job *job = arg;
    job->publish_timer = 0;
    job_publish(job);
}

/* Steps come by the thousand, people look ten times a second. */
void job_publish_soon(struct job *job) {
    int64_t ms = job->published_at + PUBLISH_MS - kf_monotonic_ms();
    if (job->publish_timer)
        return;
    if (ms <= 0 || loop_after(job->calls->loop, ms, publish_now, job, &job->publish_timer) != KF_OK)
        job_publish(job);
}

kf_err job_json(const struct job *job, json_t **ret_job) {
    json_t *shared = shared_json(job, job->result);
    json_t *json = json_deep_copy(shared);
    json_decref(shared);
    if (!json)
        return kf_fail(KF_E_MEMORY, "out of memory for a job");
    *ret_job = json;
    return KF_OK;
}
