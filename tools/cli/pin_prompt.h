// SPDX-License-Identifier: Apache-2.0
// Asking a person for a PIN: what the question says, and how a new PIN is asked for.
#pragma once

#include <keyfob/context.h>

/* "PIN", "new SO PIN"; of a software container "password", "new unblock secret" */
const char *pin_title(const struct kf_pin_question *question);
/* "PIN for Rutoken ECP (0914 3328) to make the key \"vpn\": "; NULL when out of memory. Free with
 * free(). */
char *pin_question_text(const struct kf_pin_question *question);
/* Ask on /dev/tty; new PINs twice, and with `strong` until they are worth something. Before a last
 * try the person must type "yes". */
kf_err pin_prompt(const struct kf_pin_question *question, bool strong, kf_secret **ret_pin);
/* The password of a key file; a new one twice. */
kf_err pin_prompt_file(const char *file, kf_secret **ret_password);
kf_err pin_prompt_new_file(const char *file, bool strong, kf_secret **ret_password);
