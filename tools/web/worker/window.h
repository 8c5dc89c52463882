// SPDX-License-Identifier: Apache-2.0
// A window of the desktop that asks for a PIN: a graphical `pinentry`, spoken to in the Assuan
// protocol (https://www.gnupg.org/documentation/manuals/assuan/), so that a PIN does not pass
// through the browser.
#pragma once

#include "web/worker/worker.h"

/* Do the settings want it, and is there a desktop? */
bool window_is_wanted(kf_context *context);

struct window_question {
    const char *title, *text, *prompt;
    const char *repeat;  /* prompt of the second time, for new PINs; NULL: once */
    const char *problem; /* what was wrong with the one before, or NULL */
};
/* KF_E_INTERRUPTED when the person or the page cancels, or nobody types for three minutes;
 * KF_E_PIN_SOURCE when there is no such program, or none with a window: then the page asks. */
kf_err window_ask(struct worker *worker, const struct window_question *question,
                  kf_secret **ret_secret);
