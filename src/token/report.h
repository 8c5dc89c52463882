// SPDX-License-Identifier: Apache-2.0
// The steps of a check, for people and programs: {"name", "ok", "text"}; the first error is kept.
#pragma once

#include <jansson.h>

#include "base/buf.h"

struct kf_report {
    json_t *steps;
    kf_err first;
    struct kf_error_saved saved;
};

/* Note a step that came to `error`; `text` says what was well, the error's sentence what was not.
 * Gives `error` back. */
kf_err kf_report_step(struct kf_report *report, const char *name, kf_err error, const char *text);
/* {"schema", "name", "ok", "steps"}; gives the first error back with its sentence. */
kf_err kf_report_end(struct kf_report *report, const char *schema, const char *name,
                     json_t **ret_json);
