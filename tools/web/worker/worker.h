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
    int64_t questions; /* how many were asked in it */
    bool cancelled;
    const char *home, *module;
};

/* What keyfob-worker.so exports: `keyfob __worker`. */
int keyfob_work(int argc, char **argv);
/* Send {"call": ..., NAME: value}; takes over `value`. */
kf_err worker_tell(struct worker *worker, const char *name, json_t *value);
