// SPDX-License-Identifier: Apache-2.0
// The insides of `calls`, for this room only.
#pragma once

#include "web/calls/calls.h"
#include "web/calls/keys.h"
#include "web/calls/process.h"

struct ask;
struct job;

/* A call that goes on in the background, begun again when it ends: the watches and the agent. */
struct standing {
    struct calls *calls;
    const char *op;
    int64_t patience_ms; /* without a step from it; then it is ended. 0: for ever */
    uint64_t patience;
    process *process;  /* NULL: it does not run */
    uint64_t timer;    /* until it is begun (again), or ended */
    unsigned failures; /* in a row, each after a short run */
    int64_t begun_at;
};

struct calls {
    loop *loop;
    bus *bus;
    char *home, *module, *program;
    struct crew crew;
    struct keys keys;

    struct ask *asks; /* in the order of their coming */
    size_t ask_count;
    uint64_t last_ask;
    struct ask *reading; /* what the reader does */

    struct job *jobs; /* the newest first */
    size_t jobs_running;
    int64_t last_job;
    uint64_t jobs_timer;

    size_t streams;
    struct standing tokens, database, agent;
};

/* --- asks.c --- */
void asks_clear(calls *calls);

/* --- jobs.c --- */
void jobs_clear(calls *calls);

/* --- standing.c --- */
void standing_start(struct standing *standing);
/* In `ms`; forgets what was to be done before. */
void standing_start_in(struct standing *standing, int64_t ms);
void standing_stop_in(struct standing *standing, int64_t ms);
void standing_clear(struct standing *standing);
