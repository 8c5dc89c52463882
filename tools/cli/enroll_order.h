// SPDX-License-Identifier: Apache-2.0
// What `keyfob enroll` orders: from the options, from what there is only one of, from questions.
#pragma once

#include "names.h"
#include "output.h"

/* `order` points into the other fields and the command line. */
typedef struct enroll_input {
    struct kf_enroll_order order;
    struct names names;
    kf_buf subject, csr;
    char connection[256], token_uri[512];
    char *fields;
} enroll_input;

void enroll_input_clear(enroll_input *enroll);
/* The options alone. */
kf_err enroll_read(struct run *run, enroll_input *ret_enroll);
/* The only connection and, where a person watches, the only token; both are shown. */
kf_err enroll_choose(struct run *run, enroll_input *enroll);
/* Ask for the subject when there is none. */
kf_err enroll_ask(struct run *run, enroll_input *enroll);
/* --dry-run: what would be done. */
kf_err enroll_plan(struct run *run, const enroll_input *enroll);
