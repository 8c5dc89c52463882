// SPDX-License-Identifier: Apache-2.0
// Calls that are answered once: by the reader, one after the other, or each by a worker of its own.
#include "web/calls/inside.h"

#include <string.h>

#include "base/auto.h"
#include "web/errors.h"

#define ASKS_MAX    64 /* under way and waiting */
#define WORKERS_MAX 6  /* of ROUTE_ASK at once */
#define READ_MS     30000
#define OTHER_MS    90000 /* a person may have to unlock the keyring for a ROUTE_WRITE */

struct ask {
    calls *calls;
    uint64_t id;
    const struct route *route;
    json_t *args;
    call_done_fn *done; /* NULL: nobody waits any more */
    void *arg;
    struct kept_call *kept; /* of its key, or NULL */
    bool follows;           /* another one with this key is under way: its answer is ours */
    process *process;       /* that does it */
    bool again;             /* a reader that died was no fault of this */
    uint64_t timer;
    struct ask *next;
};

static bool is_for_reader(const struct ask *ask) {
    return ask->route->kind != ROUTE_ASK;
}

static void serve_next(calls *calls);

/* --- the end of one --- */

static void unlink_ask(struct ask *ask) {
    calls *calls = ask->calls;
    struct ask **at = &calls->asks;
    while (*at && *at != ask)
        at = &(*at)->next;
    if (*at) {
        *at = ask->next;
        calls->ask_count--;
    }
    if (calls->reading == ask)
        calls->reading = NULL;
    loop_forget(calls->loop, ask->timer);
    ask->timer = 0;
}

static void free_ask(struct ask *ask) {
    json_decref(ask->args);
    free(ask);
}

static void answer(struct ask *ask, int status, const json_t *result, const json_t *error) {
    call_done_fn *done = ask->done;
    void *arg = ask->arg;
    unlink_ask(ask);
    free_ask(ask);
    if (done)
        done(arg, status, result, error);
}

/* Those that wait for the answer of `kept`. */
static void answer_followers(calls *calls, const struct kept_call *kept, int status,
                             const json_t *result, const json_t *error) {
    for (;;) {
        struct ask *at = calls->asks;
        while (at && !(at->follows && at->kept == kept))
            at = at->next;
        if (!at)
            return;
        answer(at, status, result, error);
    }
}

/* `result` or `error`; both are borrowed. */
static void finish(struct ask *ask, const json_t *result, const json_t *error) {
    calls *calls = ask->calls;
    struct kept_call *kept = ask->kept;
    int status = error ? error_status(error) : 200;
    if (kept)
        kept_set_answer(kept, status, result, error);
    answer(ask, status, result, error);
    if (kept)
        answer_followers(calls, kept, status, result, error);
}

static void fail(struct ask *ask, kf_err code) {
    json_t *error = error_json(code);
    finish(ask, NULL, error);
    json_decref(error);
}

/* --- doing one --- */

/* Only a reader that had been idle may have died of something else. */
static bool read_again(struct ask *ask, const json_t *error) {
    if (ask->route->kind != ROUTE_READ || ask->again || error_code_of(error) != KF_E_MODULE ||
        json_object_get(error, "request") || process_lives(ask->process))
        return false;
    ask->again = true;
    ask->process = ask->calls->crew.reader = NULL;
    loop_forget(ask->calls->loop, ask->timer);
    ask->timer = 0;
    ask->calls->reading = NULL;
    serve_next(ask->calls);
    return true;
}

static void said(void *arg, enum said said, const json_t *value) {
    struct ask *ask = arg;
    calls *calls = ask->calls;
    process *process = ask->process;
    bool reader = is_for_reader(ask);
    if (said < SAID_RESULT)
        return; /* nobody is asked, and nobody sees the steps */
    if (said == SAID_ERROR && reader && read_again(ask, value))
        return;
    if (reader && !process_lives(process))
        calls->crew.reader = NULL;
    if (!reader)
        process_leave(process);
    finish(ask, said == SAID_RESULT ? value : NULL, said == SAID_ERROR ? value : NULL);
    serve_next(calls);
}

static int64_t patience_ms(const struct ask *ask) {
    return ask->route->kind == ROUTE_READ ? READ_MS : OTHER_MS;
}

static void too_long(void *arg) {
    struct ask *ask = arg;
    char why[64];
    ask->timer = 0;
    snprintf(why, sizeof why, "this took longer than %d seconds and was ended",
             (int)(patience_ms(ask) / 1000));
    process_end(ask->process, KF_E_FAILED, why);
}

static kf_err take_process(struct ask *ask) {
    calls *calls = ask->calls;
    if (!is_for_reader(ask))
        return crew_take(&calls->crew, &ask->process);
    if (calls->crew.reader && !process_lives(calls->crew.reader)) {
        process_leave(calls->crew.reader);
        calls->crew.reader = NULL;
    }
    if (!calls->crew.reader)
        KF_TRY(crew_take(&calls->crew, &calls->crew.reader));
    ask->process = calls->crew.reader;
    return KF_OK;
}

static kf_err call(struct ask *ask) {
    KF_TRY(take_process(ask));
    kf_err err = loop_after(ask->calls->loop, patience_ms(ask), too_long, ask, &ask->timer);
    if (err == KF_OK)
        err = process_call(ask->process, ask->route->op, ask->args, said, ask);
    if (err != KF_OK && !is_for_reader(ask))
        process_leave(ask->process);
    return err;
}

/* False when it has failed at once. */
static bool begin(struct ask *ask) {
    kf_err err = call(ask);
    if (err != KF_OK) {
        fail(ask, err);
        return false;
    }
    if (ask->route->kind != ROUTE_READ) { /* may hold secrets */
        json_decref(ask->args);
        ask->args = NULL;
    }
    if (is_for_reader(ask))
        ask->calls->reading = ask;
    return true;
}

static size_t busy_workers(const calls *calls) {
    size_t count = 0;
    for (const struct ask *at = calls->asks; at; at = at->next)
        count += at->process && !is_for_reader(at);
    return count;
}

static struct ask *next_waiting(const calls *calls) {
    bool worker_free = busy_workers(calls) < WORKERS_MAX;
    for (struct ask *at = calls->asks; at; at = at->next)
        if (!at->process && !at->follows && (is_for_reader(at) ? !calls->reading : worker_free))
            return at;
    return NULL;
}

static void serve_next(calls *calls) {
    for (struct ask *next; (next = next_waiting(calls));)
        (void)begin(next);
}

/* --- asking --- */

static void answer_error(call_done_fn *done, void *arg, kf_err code) {
    json_t *error = error_json(code);
    done(arg, kf_error_info(code)->http, NULL, error);
    json_decref(error);
}

static kf_err add(calls *calls, const struct call *call, struct kept_call *kept, bool follows,
                  struct ask **ret_ask) {
    if (calls->ask_count >= ASKS_MAX) {
        kf_fail(KF_E_BUSY, "more than %d calls are waiting", ASKS_MAX);
        kf_error_hint("Try again in a moment.");
        return KF_E_BUSY;
    }
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask)
        return kf_fail(KF_E_MEMORY, "out of memory for a call");
    *ask = (struct ask){.calls = calls,
                        .id = ++calls->last_ask,
                        .route = call->route,
                        .args = json_incref(call->args),
                        .kept = kept,
                        .follows = follows};
    struct ask **end = &calls->asks;
    while (*end)
        end = &(*end)->next;
    *end = ask;
    calls->ask_count++;
    *ret_ask = ask;
    return KF_OK;
}

static uint64_t ask_new(calls *calls, const struct call *call, struct kept_call *kept, bool follows,
                        call_done_fn *done, void *arg) {
    struct ask *ask = NULL;
    kf_err err = add(calls, call, kept, follows, &ask);
    if (err != KF_OK) {
        if (kept && !follows)
            keys_forget(&calls->keys, kept);
        answer_error(done, arg, err);
        return 0;
    }
    uint64_t id = ask->id;
    ask->done = done;
    ask->arg = arg;
    serve_next(calls);
    for (ask = calls->asks; ask && ask->id != id;)
        ask = ask->next;
    return ask ? id : 0;
}

static uint64_t ask_keyed(calls *calls, const struct call *call, call_done_fn *done, void *arg) {
    struct kept_call *kept = NULL;
    const json_t *result = NULL, *error = NULL;
    bool new = false;
    int status = 0;
    kf_err err = keys_find(&calls->keys, call, &kept, &new);
    if (err != KF_OK) {
        answer_error(done, arg, err);
        return 0;
    }
    if (kept_answer(kept, &status, &result, &error)) {
        done(arg, status, result, error);
        return 0;
    }
    return ask_new(calls, call, kept, !new, done, arg);
}

uint64_t calls_ask(calls *calls, const struct call *call, call_done_fn *done, void *arg) {
    uint64_t id = call->key && call->route->kind == ROUTE_WRITE
                      ? ask_keyed(calls, call, done, arg)
                      : ask_new(calls, call, NULL, false, done, arg);
    json_decref(call->args);
    return id;
}

/* What changes something goes on to its end. */
void calls_abandon(calls *calls, uint64_t id) {
    struct ask *ask = calls->asks;
    while (ask && ask->id != id)
        ask = ask->next;
    if (!ask)
        return;
    ask->done = NULL;
    if (ask->route->kind == ROUTE_WRITE || (ask->process && is_for_reader(ask)))
        return;
    if (ask->process)
        process_leave(ask->process);
    unlink_ask(ask);
    free_ask(ask);
    serve_next(calls);
}

void asks_clear(calls *calls) {
    while (calls->asks) {
        struct ask *ask = calls->asks;
        ask->kept = NULL;
        kf_fail(KF_E_INTERRUPTED, "keyfob serve is being stopped");
        fail(ask, KF_E_INTERRUPTED);
    }
}
