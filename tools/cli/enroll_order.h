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
    const struct kf_connector *connector; /* NULL: not known yet */
    json_t *given;                        /* --set and --set-file */
    json_t *form;                         /* the CA's, where a person is asked; or NULL */
    json_t *plan;                         /* what the CA makes of it, once it was asked */
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
/* These go with the order. */
kf_err enroll_set_fields(enroll_input *enroll, const json_t *fields);
/* Where a person can be asked: what the CA's form wants and was not given. */
kf_err enroll_form(struct run *run, enroll_input *enroll);
/* Paid orders and agreements are shown as a whole, and confirmed. */
kf_err enroll_confirm(struct run *run, enroll_input *enroll);
/* Ask for the subject when there is none, unless the CA says it. */
kf_err enroll_ask(struct run *run, enroll_input *enroll);
/* --medium registry or disk: the name of the container, which is free or has no key yet. */
kf_err enroll_medium(struct run *run, enroll_input *enroll);
/* And the container itself, which is made when it is not there: the order's token. */
kf_err enroll_open_medium(struct run *run, enroll_input *enroll);
/* What the CA makes of the order: kf_enroll_plan(). */
kf_err enroll_ca_plan(struct run *run, const enroll_input *enroll, json_t **ret_plan);
/* --dry-run: what would be done. */
kf_err enroll_plan(struct run *run, const enroll_input *enroll);
