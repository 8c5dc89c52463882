// SPDX-License-Identifier: Apache-2.0
// Errors as documents: keyfob.error/1 {schema, code, message, key, next: [{text, cli?}]}.
#pragma once

#include <jansson.h>
#include <keyfob/error.h>

/* What stands for this thread's last error. NULL when there is no memory. */
json_t *error_json(kf_err code);
/* The code of such a document; KF_E_FAILED when it says none that is known. */
kf_err error_code_of(const json_t *error);
/* Its status of HTTP. */
int error_status(const json_t *error);
