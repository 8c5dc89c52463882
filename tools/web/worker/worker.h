// SPDX-License-Identifier: Apache-2.0
// A worker: a process that takes calls from the front on descriptor 3, one at a time, until that is
// closed.
#pragma once

#include "web/wire.h"
#include "web/worker/work.h"

struct worker {
    int fd;
    wire_inbox inbox;
    int64_t call;      /* the present one */
    struct work *work; /* that does it */
    int64_t questions; /* how many were asked in it */
    bool cancelled;    /* the person does not want it any more, or the front is gone */
    const char *home, *module;
    kf_context *context; /* made by the first call, and kept: the database stays open */
    json_t *answer;      /* that came while nobody looked for it, see worker_listen() */
    bool without_window; /* there is none: the page asks */
    json_t *waiting;     /* calls that came during the present one */
};

/* What keyfob-worker.so exports: `keyfob __worker [--home DIR] [--module PATH]`. */
int keyfob_work(int argc, char **argv);
/* Do the call in `message` and send what comes of it. An error of its own is one of the line to the
 * front. */
kf_err worker_call(struct worker *worker, const json_t *message);
void worker_clear(struct worker *worker);

/* Send {"call": ..., NAME: value}; takes over `value`. */
kf_err worker_tell(struct worker *worker, const char *name, json_t *value);
/* Take in what the front has sent meanwhile, after at most `ms`: "cancelled" and "answer". */
void worker_listen(struct worker *worker, int ms);

/* --- person.c --- */
/* The ui of the context, whose `arg` is the worker. */
extern const struct kf_ui worker_ui;
/* A question that is not answered here. Takes it over. */
kf_err worker_announce(struct worker *worker, json_t *question);
kf_err worker_ask_secret(struct worker *worker, json_t *question, kf_secret **ret_secret);

/* --- pins.c, for the ui --- */
kf_err worker_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin);
void worker_keypad(void *arg, const struct kf_pin_question *question);
