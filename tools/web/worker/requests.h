// SPDX-License-Identifier: Apache-2.0
// How an operation on a request ends.
#pragma once

#include "web/worker/document.h"

/* keyfob.request/1 of `id`. A CA that has not decided yet, or waits for a person, is no error; any
 * other code goes along with the request. "" is no request: `code` as it is. */
kf_err request_result(struct work *work, const char *id, kf_err code, json_t **ret_result);
