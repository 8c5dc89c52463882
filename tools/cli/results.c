// SPDX-License-Identifier: Apache-2.0
// Standard output kept clean: printf() of a module shares our buffer, write() our descriptor.
#include "results.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int kept = -1; /* the real standard output; -1: it is closed, or not guarded */

/* What is in the buffer belongs to where it leads now. */
static void lead_to(int fd) {
    fflush(stdout);
    if (kept >= 0)
        dup2(fd, STDOUT_FILENO);
}

void results_guard(void) {
    kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    lead_to(STDERR_FILENO);
}

void results_begin(void) {
    lead_to(kept);
}

void results_end(void) {
    lead_to(STDERR_FILENO);
}

void results_release(void) {
    lead_to(kept);
    if (kept >= 0)
        close(kept);
    kept = -1;
}
