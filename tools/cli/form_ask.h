// SPDX-License-Identifier: Apache-2.0
// Drawing a CA's form (keyfob.form/1) on the terminal: what is missing is asked for, field by
// field.
#pragma once

#include "common/form.h"
#include "output.h"

enum form_ask {
    FORM_MISSING, /* only what is required and has no value */
    FORM_ALL      /* everything that can be changed; Enter takes the value that is there */
};

/* Ask for what `values` (an object) lacks, where a person can be asked; then check the whole form.
 * `ret_values` as the library wants them. KF_E_USAGE, after a line for each field in question. */
kf_err form_fill(struct run *run, const json_t *form, enum form_ask how, json_t *values,
                 json_t **ret_values);
/* The fields as a table, for --dry-run. */
kf_err form_show(struct run *run, const json_t *form);
