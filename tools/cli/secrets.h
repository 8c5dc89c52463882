// SPDX-License-Identifier: Apache-2.0
// Secrets for a CA: from --secret-source NAME=SOURCE, or asked for without echo. No option takes a
// secret itself.
#pragma once

#include "pin.h"

struct run;

#define SECRETS_MAX 8

struct secret_source {
    char *name; /* "password" */
    struct pin_source source;
};
struct secrets {
    struct secret_source items[SECRETS_MAX];
    size_t count;
};

/* Reads the options; a variable that is named is read and wiped at once. KF_E_USAGE,
 * KF_E_PIN_SOURCE. */
kf_err secrets_init(struct secrets *secrets, const struct line *line);
void secrets_clear(struct secrets *secrets);

/* Was a source given for `name`? */
bool secrets_have(const struct run *run, const char *name);
/* The secret `name`, which is never empty: from its source, otherwise the person is asked
 * `question`. KF_E_NEEDS_PERSON when nobody can be asked. */
kf_err secrets_get(struct run *run, const char *name, const char *question, kf_secret **ret_secret);
/* The same where Enter alone means none: NULL. */
kf_err secrets_get_optional(struct run *run, const char *name, const char *question,
                            kf_secret **ret_secret);
