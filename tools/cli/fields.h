// SPDX-License-Identifier: Apache-2.0
// Values for a CA's form, from the command line: --set FIELD=VALUE, --set-file FIELD=PATH, and
// words FIELD=VALUE.
#pragma once

#include "run.h"

/* FIELD=VALUE into the object; the same field once more makes a list. `what` is what wants it,
 * "--set". KF_E_USAGE. */
kf_err fields_set(json_t *fields, const char *word, const char *what);
/* FIELD=PATH: the text of that file. */
kf_err fields_set_file(json_t *fields, const char *word);
/* --set and --set-file, as they were given: a new object, empty when there are none. */
kf_err fields_given(const struct run *run, json_t **ret_fields);
/* The text of a file as a value. KF_E_INPUT when it is not UTF-8. */
kf_err fields_file(const char *path, json_t **ret_text);
/* As text for the library; KF_E_MEMORY. Free with free(). */
kf_err fields_text(const json_t *fields, char **ret_text);
