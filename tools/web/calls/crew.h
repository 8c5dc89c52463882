// SPDX-License-Identifier: Apache-2.0
// The crew: all worker processes of the front, and one that waits for work so that nobody waits for
// its start.
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "web/front/loop.h"

typedef struct process process;

struct crew {
    loop *loop;
    const char *program, *home, *module;                            /* see struct calls_options */
    void (*event)(void *arg, const char *type, const json_t *data); /* told by any of them */
    void *arg;
    process *first;          /* all of them */
    process *spare, *reader; /* NULL: there is none */
    uint64_t spare_timer;
};

/* The spare one, or a new one. The next spare one is started a little later. */
kf_err crew_take(struct crew *crew, process **ret_process);
/* Make a spare one soon. */
void crew_prepare(struct crew *crew);
/* Ends all, within five seconds; waits for them. */
void crew_clear(struct crew *crew);
