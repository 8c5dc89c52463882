// SPDX-License-Identifier: Apache-2.0
// Asking a person for a PIN: what the question says, and how a new PIN is asked for.
#pragma once

#include <keyfob/context.h>

/* "PIN", "SO PIN", "new PIN", "new SO PIN" */
const char *pin_title(enum kf_pin_kind kind);
/* "PIN for Rutoken ECP (0914 3328) to make the key \"vpn\": "; NULL when out of memory. Free with
 * free(). */
char *pin_question_text(const struct kf_pin_question *question);
/* Ask on /dev/tty; new PINs twice. Before a last try the person must type "yes". */
kf_err pin_prompt(const struct kf_pin_question *question, kf_secret **ret_pin);
