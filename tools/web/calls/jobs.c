// SPDX-License-Identifier: Apache-2.0
// Jobs: long calls with steps, questions and a result, each by a worker of its own.
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "web/calls/job.h"

#define RUNNING_MAX  16
#define KEPT_MAX     200
#define KEPT_SECONDS 3600
#define KEPT_BYTES   ((size_t)64 * 1024 * 1024) /* of results */
#define CANCEL_MS    30000
#define SWEEP_MS     60000

/* --- keeping and forgetting --- */

/* The newest come first in the list. */
static void sweep(calls *calls) {
    int64_t oldest = (int64_t)time(NULL) - KEPT_SECONDS;
    size_t count = 0, bytes = 0;
    for (struct job **at = &calls->jobs; *at;) {
        struct job *job = *at;
        bool too_much = ++count > KEPT_MAX || (bytes += job->result_size) > KEPT_BYTES;
        if (!job_has_ended(job) || (job->ended_at > oldest && !too_much)) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        job_free(job);
    }
}

static void sweep_now(void *arg) {
    calls *calls = arg;
    calls->jobs_timer = 0;
    sweep(calls);
    jobs_sweep_later(calls);
}

void jobs_sweep_later(calls *calls) {
    if (calls->jobs && !calls->jobs_timer)
        (void)loop_after(calls->loop, SWEEP_MS, sweep_now, calls, &calls->jobs_timer);
}

void jobs_clear(calls *calls) {
    loop_forget(calls->loop, calls->jobs_timer);
    while (calls->jobs) {
        struct job *job = calls->jobs;
        calls->jobs = job->next;
        job_free(job);
    }
}

/* --- starting one --- */

static kf_err check_room(const calls *calls) {
    if (calls->jobs_running < RUNNING_MAX)
        return KF_OK;
    kf_fail(KF_E_BUSY, "%d jobs are under way already", RUNNING_MAX);
    kf_error_hint("Wait for one of them to end, or cancel one.");
    return KF_E_BUSY;
}

static kf_err start(calls *calls, const struct call *call, struct job **ret_job) {
    struct job *job = NULL;
    KF_TRY(check_room(calls));
    KF_TRY(job_new(calls, call, &job));
    kf_err err = job_begin(job, call->args);
    if (err != KF_OK) {
        job_free(job);
        return err;
    }
    job->number = ++calls->last_job;
    job->next = calls->jobs;
    calls->jobs = job;
    calls->jobs_running++;
    sweep(calls);
    job_publish(job);
    *ret_job = job;
    return KF_OK;
}

static struct job *find(const calls *calls, int64_t number) {
    struct job *job = calls->jobs;
    while (job && job->number != number)
        job = job->next;
    return job;
}

static kf_err start_keyed(calls *calls, const struct call *call, struct job **ret_job) {
    struct kept_call *kept = NULL;
    bool new = false;
    KF_TRY(keys_find(&calls->keys, call, &kept, &new));
    if (new) {
        kf_err err = start(calls, call, ret_job);
        if (err == KF_OK)
            kept_set_job(kept, (*ret_job)->number);
        else
            keys_forget(&calls->keys, kept);
        return err;
    }
    struct job *job = find(calls, kept_job(kept));
    if (!job)
        return kf_fail(KF_E_NOT_FOUND, "this was done already, and its job is not kept any more");
    *ret_job = job;
    return KF_OK;
}

kf_err calls_start(calls *calls, const struct call *call, json_t **ret_job) {
    struct job *job = NULL;
    kf_err err = call->key ? start_keyed(calls, call, &job) : start(calls, call, &job);
    json_decref(call->args);
    return err == KF_OK ? job_json(job, ret_job) : err;
}

/* --- looking and acting --- */

static kf_err find_own(calls *calls, const char *owner, const char *id, struct job **ret_job) {
    char *end = NULL;
    long long number = strncmp(id, "j-", 2) == 0 ? strtoll(id + 2, &end, 10) : 0;
    struct job *job = number > 0 && !*end ? find(calls, number) : NULL;
    if (!job || strcmp(job->owner, owner) != 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no job \"%s\"", id);
    *ret_job = job;
    return KF_OK;
}

kf_err calls_job(calls *calls, const char *owner, const char *id, json_t **ret_job) {
    struct job *job = NULL;
    KF_TRY(find_own(calls, owner, id, &job));
    return job_json(job, ret_job);
}

kf_err calls_jobs(calls *calls, const char *owner, json_t **ret_jobs) {
    json_t *jobs = json_array();
    for (struct job *job = calls->jobs; job; job = job->next)
        if (strcmp(job->owner, owner) == 0)
            json_array_append_new(jobs, job_brief_json(job));
    json_t *shared = json_pack("{s:s, s:o}", "schema", "keyfob.jobs/1", "items", jobs);
    json_t *json = json_deep_copy(shared);
    json_decref(shared);
    if (!json)
        return kf_fail(KF_E_MEMORY, "out of memory for the jobs");
    *ret_jobs = json;
    return KF_OK;
}

static kf_err check_asked(const struct job *job, const json_t *answer) {
    json_int_t asked = json_integer_value(json_object_get(job->question, "question"));
    if (job->question && json_integer_value(json_object_get(answer, "question")) == asked)
        return KF_OK;
    kf_fail(KF_E_STATE, "the job \"j-%lld\" does not ask this any more", (long long)job->number);
    kf_error_key("The answer was not used.");
    kf_error_hint("Look at the job's steps.");
    return KF_E_STATE;
}

/* The answer as it goes to the worker: the number, and the one member that answers. */
static json_t *answer_json(const json_t *answer) {
    static const char *const members[] = {"secret", "text", "yes", "cancel"};
    json_t *json = json_pack("{s:O}", "answer", json_object_get(answer, "question"));
    for (size_t i = 0; i < KF_COUNT(members); i++) {
        json_t *value = json_object_get(answer, members[i]);
        if (value)
            json_object_set(json, members[i], value);
    }
    return json;
}

kf_err calls_answer(calls *calls, const char *owner, const char *id, const json_t *answer) {
    struct job *job = NULL;
    KF_TRY(find_own(calls, owner, id, &job));
    KF_TRY(check_asked(job, answer));
    KF_TRY(job_tell(job, answer_json(answer)));
    job_set_question(job, NULL);
    job_publish(job);
    return KF_OK;
}

static void cancel_late(void *arg) {
    struct job *job = arg;
    job->cancel_timer = 0;
    process_end(job->process, KF_E_INTERRUPTED, "this did not stop when asked to, and was ended");
}

kf_err calls_cancel(calls *calls, const char *owner, const char *id) {
    struct job *job = NULL;
    KF_TRY(find_own(calls, owner, id, &job));
    if (job_has_ended(job))
        return kf_fail(KF_E_STATE, "the job \"%s\" has ended", id);
    if (job->cancelled)
        return KF_OK;
    KF_TRY(loop_after(calls->loop, CANCEL_MS, cancel_late, job, &job->cancel_timer));
    job->cancelled = true;
    if (process_lives(job->process)) /* of one that dies its end is heard */
        KF_TRY(job_tell(job, json_pack("{s:b}", "cancel", true)));
    job_set_question(job, NULL);
    job_publish(job);
    return KF_OK;
}

void calls_leave(calls *calls, const char *owner) {
    for (struct job *job = calls->jobs; job; job = job->next) {
        if (job_has_ended(job) || strcmp(job->owner, owner) != 0)
            continue;
        job->left = true;
        if (job->question)
            job_answer_for_nobody(job);
        job_publish(job);
    }
}
