// SPDX-License-Identifier: Apache-2.0
// One job: what its worker says, and what is told to it.
#include "web/calls/job.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "web/errors.h"

#define STEPS_MAX ((size_t)64 * 1024) /* bytes */

bool job_has_ended(const struct job *job) {
    return job->state >= JOB_DONE;
}

void job_free(struct job *job) {
    if (job->process)
        process_leave(job->process);
    loop_forget(job->calls->loop, job->cancel_timer);
    loop_forget(job->calls->loop, job->publish_timer);
    free(job->owner);
    json_decref(job->subject);
    json_decref(job->steps);
    json_decref(job->question);
    json_decref(job->result);
    json_decref(job->error);
    free(job);
}

/* --- what its worker says --- */

static bool same_name(const json_t *a, const json_t *b) {
    return kf_str_equal(json_string_value(json_object_get(a, "name")),
                        json_string_value(json_object_get(b, "name")));
}

/* The place of an earlier state of the same step; notes are not states of each other. */
static size_t place_of(const json_t *steps, const json_t *step) {
    size_t i;
    const json_t *earlier;
    const char *state = json_string_value(json_object_get(step, "state"));
    if (state && strcmp(state, "note") == 0)
        return json_array_size(steps);
    json_array_foreach(steps, i, earlier) {
        if (same_name(earlier, step))
            return i;
    }
    return i;
}

static void take_step(struct job *job, const json_t *step) {
    size_t i = place_of(job->steps, step), size = job_size_of(step);
    size_t before = job_size_of(json_array_get(job->steps, i));
    if (job->steps_size - before + size > STEPS_MAX)
        return;
    job->steps_size += size - before;
    if (i < json_array_size(job->steps))
        json_array_set_new(job->steps, i, json_deep_copy(step));
    else
        json_array_append_new(job->steps, json_deep_copy(step));
}

void job_set_question(struct job *job, const json_t *question) {
    json_decref(job->question);
    job->question = json_is_object(question) ? json_deep_copy(question) : NULL;
    job->state = job->question ? JOB_ASKING : JOB_RUNNING;
}

static void end_job(struct job *job, const json_t *result, const json_t *error) {
    bool stopped = error && (job->cancelled || error_code_of(error) == KF_E_INTERRUPTED);
    job_set_question(job, NULL);
    job->state = !error ? JOB_DONE : stopped ? JOB_CANCELLED : JOB_FAILED;
    job->result = json_deep_copy(result);
    job->error = json_deep_copy(error);
    job->result_size = job_size_of(job->result);
    job->ended_at = (int64_t)time(NULL);
    loop_forget(job->calls->loop, job->cancel_timer);
    job->cancel_timer = 0;
    process_leave(job->process);
    job->process = NULL;
    job->calls->jobs_running--;
}

kf_err job_tell(struct job *job, json_t *message) {
    if (!message)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    kf_err err = process_tell(job->process, message);
    json_decref(message);
    return err;
}

void job_answer_for_nobody(struct job *job) {
    (void)job_tell(job, json_pack("{s:O, s:b}", "answer",
                                  json_object_get(job->question, "question"), "cancel", true));
    job_set_question(job, NULL);
}

/* Whatever it says after a question, it does not wait for its answer any more. */
static void said(void *arg, enum said said, const json_t *value) {
    struct job *job = arg;
    calls *calls = job->calls;
    job_set_question(job, said == SAID_QUESTION ? value : NULL);
    if (job->question && job->left)
        job_answer_for_nobody(job);
    if (said == SAID_STEP)
        take_step(job, value);
    else if (said >= SAID_RESULT)
        end_job(job, said == SAID_RESULT ? value : NULL, said == SAID_ERROR ? value : NULL);
    if (said == SAID_STEP)
        job_publish_soon(job);
    else
        job_publish(job);
    if (job_has_ended(job))
        jobs_sweep_later(calls);
}

/* --- its beginning --- */

/* The {x} of its path, which are arguments as well. */
static json_t *subject_of(const struct route *route, const json_t *args) {
    json_t *subject = json_object();
    for (const char *at = route->path; (at = strchr(at, '{'));) {
        const char *end = strchr(at, '}');
        char name[32];
        if (!end || (size_t)(end - at) > sizeof name)
            break;
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
        json_object_set(subject, name, json_object_get(args, name));
        at = end;
    }
    return subject;
}

kf_err job_new(calls *calls, const struct call *call, struct job **ret_job) {
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        return kf_fail(KF_E_MEMORY, "out of memory for a job");
    *job = (struct job){.calls = calls,
                        .owner = strdup(call->owner),
                        .route = call->route,
                        .subject = subject_of(call->route, call->args),
                        .steps = json_array(),
                        .started_at = (int64_t)time(NULL)};
    if (!job->owner || !job->subject || !job->steps) {
        job_free(job);
        return kf_fail(KF_E_MEMORY, "out of memory for a job");
    }
    *ret_job = job;
    return KF_OK;
}

kf_err job_begin(struct job *job, const json_t *args) {
    KF_TRY(crew_take(&job->calls->crew, &job->process));
    return process_call(job->process, job->route->op, args, said, job);
}
