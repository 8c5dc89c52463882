// SPDX-License-Identifier: Apache-2.0
// Jobs: long calls with steps, questions and a result, each by a worker of its own.
#include "web/calls/inside.h"

#include <string.h>
#include <time.h>

#include "base/context.h"
#include "base/text.h"
#include "web/errors.h"

#define RUNNING_MAX  16
#define KEPT_MAX     200
#define KEPT_SECONDS 3600
#define KEPT_BYTES   ((size_t)64 * 1024 * 1024) /* of results */
#define STEPS_MAX    ((size_t)64 * 1024)        /* bytes */
#define EVENT_MAX    ((size_t)64 * 1024)
#define CANCEL_MS    30000
#define SWEEP_MS     60000
#define PUBLISH_MS   100 /* between two events of steps */

enum state { RUNNING, ASKING, DONE, FAILED, CANCELLED };
static const char *const state_words[] = {"running", "asking", "done", "failed", "cancelled"};

struct job {
    calls *calls;
    int64_t number;
    char *owner;
    const struct route *route;
    enum state state;
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

/* --- as JSON --- */

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
static json_t *job_json(const struct job *job, json_t *result) {
    char id[32];
    snprintf(id, sizeof id, "j-%lld", (long long)job->number);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
                     "keyfob.job/1", "id", id, "op", job->route->op, "state",
                     state_words[job->state], "subject", or_null(job->subject), "steps",
                     or_null(job->steps), "question", or_null(job->question), "result",
                     or_null(result), "error", or_null(job->error), "started_at",
                     time_json(job->started_at), "ended_at", time_json(job->ended_at));
}

/* A large result is left out: who wants it asks for the job. */
static json_t *brief_json(const struct job *job) {
    bool large = job->result_size > EVENT_MAX;
    json_t *json = job_json(job, large ? NULL : job->result);
    if (json && large)
        json_object_set_new(json, "result_left_out", json_true());
    return json;
}

static void publish(struct job *job) {
    loop_forget(job->calls->loop, job->publish_timer);
    job->publish_timer = 0;
    job->published_at = kf_monotonic_ms();
    bus_publish(job->calls->bus, job->owner, "job.changed", brief_json(job));
}

static void publish_now(void *arg) {
    struct job *job = arg;
    job->publish_timer = 0;
    publish(job);
}

/* Steps come by the thousand, people look ten times a second. */
static void publish_soon(struct job *job) {
    int64_t ms = job->published_at + PUBLISH_MS - kf_monotonic_ms();
    if (job->publish_timer)
        return;
    if (ms <= 0 || loop_after(job->calls->loop, ms, publish_now, job, &job->publish_timer) != KF_OK)
        publish(job);
}

static kf_err give(const struct job *job, json_t **ret_job) {
    json_t *shared = job_json(job, job->result);
    json_t *json = json_deep_copy(shared);
    json_decref(shared);
    if (!json)
        return kf_fail(KF_E_MEMORY, "out of memory for a job");
    *ret_job = json;
    return KF_OK;
}

/* --- keeping and forgetting --- */

static bool has_ended(const struct job *job) {
    return job->state >= DONE;
}

static void free_job(struct job *job) {
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

static void sweep_later(calls *calls);

/* The newest come first in the list. */
static void sweep(void *arg) {
    calls *calls = arg;
    int64_t oldest = (int64_t)time(NULL) - KEPT_SECONDS;
    size_t count = 0, bytes = 0;
    calls->jobs_timer = 0;
    for (struct job **at = &calls->jobs; *at;) {
        struct job *job = *at;
        bool too_much = ++count > KEPT_MAX || (bytes += job->result_size) > KEPT_BYTES;
        if (!has_ended(job) || (job->ended_at > oldest && !too_much)) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        free_job(job);
    }
    sweep_later(calls);
}

static void sweep_later(calls *calls) {
    if (calls->jobs && !calls->jobs_timer)
        (void)loop_after(calls->loop, SWEEP_MS, sweep, calls, &calls->jobs_timer);
}

void jobs_clear(calls *calls) {
    loop_forget(calls->loop, calls->jobs_timer);
    while (calls->jobs) {
        struct job *job = calls->jobs;
        calls->jobs = job->next;
        if (job->process)
            process_leave(job->process);
        free_job(job);
    }
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

static size_t size_of(const json_t *json) {
    return json ? json_dumpb(json, NULL, 0, JSON_COMPACT) : 0;
}

static void take_step(struct job *job, const json_t *step) {
    size_t i = place_of(job->steps, step), size = size_of(step);
    size_t before = size_of(json_array_get(job->steps, i));
    if (job->steps_size - before + size > STEPS_MAX)
        return;
    job->steps_size += size - before;
    if (i < json_array_size(job->steps))
        json_array_set_new(job->steps, i, json_deep_copy(step));
    else
        json_array_append_new(job->steps, json_deep_copy(step));
}

static void set_question(struct job *job, const json_t *question) {
    json_decref(job->question);
    job->question = json_is_object(question) ? json_deep_copy(question) : NULL;
    job->state = job->question ? ASKING : RUNNING;
}

static void end_job(struct job *job, const json_t *result, const json_t *error) {
    bool stopped = error && (job->cancelled || error_code_of(error) == KF_E_INTERRUPTED);
    set_question(job, NULL);
    job->state = !error ? DONE : stopped ? CANCELLED : FAILED;
    job->result = json_deep_copy(result);
    job->error = json_deep_copy(error);
    job->result_size = size_of(job->result);
    job->ended_at = (int64_t)time(NULL);
    loop_forget(job->calls->loop, job->cancel_timer);
    job->cancel_timer = 0;
    process_leave(job->process);
    job->process = NULL;
    job->calls->jobs_running--;
}

static kf_err tell(struct job *job, json_t *message) {
    if (!message)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    kf_err err = process_tell(job->process, message);
    json_decref(message);
    return err;
}

static void answer_for_nobody(struct job *job) {
    (void)tell(job, json_pack("{s:O, s:b}", "answer", json_object_get(job->question, "question"),
                              "cancel", true));
    set_question(job, NULL);
}

/* Whatever it says after a question, it does not wait for its answer any more. */
static void said(void *arg, enum said said, const json_t *value) {
    struct job *job = arg;
    calls *calls = job->calls;
    set_question(job, said == SAID_QUESTION ? value : NULL);
    if (job->question && job->left)
        answer_for_nobody(job);
    if (said == SAID_STEP)
        take_step(job, value);
    else if (said >= SAID_RESULT)
        end_job(job, said == SAID_RESULT ? value : NULL, said == SAID_ERROR ? value : NULL);
    if (said == SAID_STEP)
        publish_soon(job);
    else
        publish(job);
    if (has_ended(job))
        sweep_later(calls);
}

/* --- starting one --- */

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

static kf_err check_room(const calls *calls) {
    if (calls->jobs_running < RUNNING_MAX)
        return KF_OK;
    kf_fail(KF_E_BUSY, "%d jobs are under way already", RUNNING_MAX);
    kf_error_hint("Wait for one of them to end, or cancel one.");
    return KF_E_BUSY;
}

static kf_err make_job(calls *calls, const struct call *call, struct job **ret_job) {
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
        free_job(job);
        return kf_fail(KF_E_MEMORY, "out of memory for a job");
    }
    *ret_job = job;
    return KF_OK;
}

static kf_err begin(struct job *job, const json_t *args) {
    KF_TRY(crew_take(&job->calls->crew, &job->process));
    return process_call(job->process, job->route->op, args, said, job);
}

static kf_err start(calls *calls, const struct call *call, struct job **ret_job) {
    struct job *job = NULL;
    KF_TRY(check_room(calls));
    KF_TRY(make_job(calls, call, &job));
    kf_err err = begin(job, call->args);
    if (err != KF_OK) {
        if (job->process)
            process_leave(job->process);
        free_job(job);
        return err;
    }
    job->number = ++calls->last_job;
    job->next = calls->jobs;
    calls->jobs = job;
    calls->jobs_running++;
    sweep(calls);
    publish(job);
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
    return err == KF_OK ? give(job, ret_job) : err;
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
    return give(job, ret_job);
}

kf_err calls_jobs(calls *calls, const char *owner, json_t **ret_jobs) {
    json_t *jobs = json_array();
    for (struct job *job = calls->jobs; job; job = job->next)
        if (strcmp(job->owner, owner) == 0)
            json_array_append_new(jobs, brief_json(job));
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
    KF_TRY(tell(job, answer_json(answer)));
    set_question(job, NULL);
    publish(job);
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
    if (has_ended(job))
        return kf_fail(KF_E_STATE, "the job \"%s\" has ended", id);
    if (job->cancelled)
        return KF_OK;
    KF_TRY(loop_after(calls->loop, CANCEL_MS, cancel_late, job, &job->cancel_timer));
    job->cancelled = true;
    if (process_lives(job->process)) /* of one that dies its end is heard */
        KF_TRY(tell(job, json_pack("{s:b}", "cancel", true)));
    set_question(job, NULL);
    publish(job);
    return KF_OK;
}

void calls_leave(calls *calls, const char *owner) {
    for (struct job *job = calls->jobs; job; job = job->next) {
        if (has_ended(job) || strcmp(job->owner, owner) != 0)
            continue;
        job->left = true;
        if (job->question)
            answer_for_nobody(job);
        publish(job);
    }
}
