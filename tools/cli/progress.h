// SPDX-License-Identifier: Apache-2.0
// Progress: the library's steps as lines on standard error.
#pragma once

#include <keyfob/context.h>

#include "term.h"

struct progress {
    const struct term *term;
    bool quiet, verbose;
    bool noted;            /* the order's notes were shown with the plan: not again */
    bool open;             /* a line that is not finished stands on the terminal */
    int64_t waiting_since; /* monotonic milliseconds; 0 = nothing is waited for */
    unsigned turn;
    char waits_for[200]; /* the text of the last WAIT, which is printed once where nothing can be
                            redrawn */
};

void progress_step(struct progress *progress, const struct kf_step *step);
/* Take the unfinished line away, before anything else is printed. */
void progress_pause(struct progress *progress);
