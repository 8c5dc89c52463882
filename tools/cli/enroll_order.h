// SPDX-License-Identifier: Apache-2.0
// What `keyfob enroll` orders: from the options, from what there is only one of, from questions.
#pragma once

#include <limits.h>

#include "names.h"
#include "output.h"

/* `order` points into the other fields and the command line. */
typedef struct enroll_input {
    struct kf_enroll_order order;
    struct names names;
    kf_buf subject, csr;
    char connection[256], token_uri[512];
    char *fields;
    struct kf_medium_order medium; /* with --medium registry or disk */
    char folder[PATH_MAX], name[64];
    kf_token *found; /* its container, when it is there already */
} enroll_input;

void enroll_input_clear(enroll_input *enroll);
/* The options alone. */
kf_err enroll_read(struct run *run, enroll_input *ret_enroll);
/* The only connection and, where a person watches, the only token; both are shown. */
kf_err enroll_choose(struct run *run, enroll_input *enroll);
/* Ask for the subject when there is none. */
kf_err enroll_ask(struct run *run, enroll_input *enroll);
/* --medium registry or disk: the name of the container, which is free or has no key yet. */
kf_err enroll_medium(struct run *run, enroll_input *enroll);
/* And the container itself, which is made when it is not there: the order's token. */
kf_err enroll_open_medium(struct run *run, enroll_input *enroll);
/* --dry-run: what would be done. */
kf_err enroll_plan(struct run *run, const enroll_input *enroll);
