// SPDX-License-Identifier: Apache-2.0
// Who must act next on a request, since when, and what keyfob does meanwhile.
#pragma once

#include <jansson.h>

#include "enroll/journal.h"

/* Array of {actor: "you", "ca", "approver", "recipient", "keyfob" ..., do, since?, at?} in the
 * order in which things happen; empty at an end. */
kf_err kf_next_json(const kf_request *request, json_t **ret_list);
