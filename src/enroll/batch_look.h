// SPDX-License-Identifier: Apache-2.0
// What the look at a table knows: the CA, its forms, and what was seen so far.
#pragma once

#include "enroll/batch_rows.h"
#include "enroll/service.h"

struct kf_batch_look {
    kf_context *context;
    const kf_batch *batch;
    kf_service service;
    json_t *forms;      /* {template: form, or null where the CA has none} */
    json_t *problems;   /* of the table as a whole */
    json_t *prints;     /* {print: row} */
    json_t *containers; /* {name: row} */
    json_t *requests;   /* {PEM: row} */
    json_t *notes;      /* what the CA says of the rows */
};

/* The row's own template, else that of all rows; "" is none. `row` may be NULL. */
const char *kf_batch_template(const kf_batch_look *look, const kf_batch_row *row);
/* Asked for once a template; NULL where the CA has no form. */
kf_err kf_batch_form(kf_batch_look *look, const char *template, const json_t **ret_form);
/* NULL when it has none of the name. */
const json_t *kf_batch_form_field(const json_t *form, const char *name);
