// SPDX-License-Identifier: Apache-2.0
// The client's side of the Assuan protocol with a program of its own, as far as pinentry needs it.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <keyfob/error.h>
#include <keyfob/secret.h>

#define ASSUAN_LINE_MAX 1000 /* bytes with the line's end */

typedef struct assuan {
    int fd;          /* both ways */
    pid_t pid;       /* 0: none */
    kf_secret *room; /* what was read and not yet taken; may hold a PIN */
    /* Has the person given up? Asked a few times in a second; NULL: nobody asks. */
    bool (*stop)(void *arg);
    void *arg;
    int64_t deadline; /* kf_monotonic_ms() */
} assuan;

/* Starts `program`, found in PATH, and hears its greeting. KF_E_PIN_SOURCE. */
kf_err assuan_start(const char *program, assuan *ret_peer);
/* Ends the program. */
void assuan_clear(assuan *peer);
/* Sends "WORD text", the text escaped, and waits for OK. `ret_data` gets the last D line of the
 * answer; NULL where none is wanted. KF_E_INTERRUPTED when the person cancelled, or stop() says so,
 * or the deadline is over; KF_E_PIN_SOURCE when it answers ERR or ends. */
kf_err assuan_call(assuan *peer, const char *word, const char *text, kf_secret **ret_data);
