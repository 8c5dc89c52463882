// SPDX-License-Identifier: Apache-2.0
// Who must act next on a request, since when, and what keyfob does meanwhile.
#pragma once

#include <jansson.h>

#include "enroll/journal.h"

/* Array of {actor: "you", "ca", "approver", "recipient", "keyfob" ..., what, do, since?, at?} in
 * the order in which things happen; empty at an end. `do` is a sentence, `what` the same as a word:
 * sign_in make_key sign send find_out decide check insert store install check_again try_again
 * tell_ca destroy_key, decide_revocation withdraw trust correct (quarantined), ask_ca. */
kf_err kf_next_json(const kf_request *request, json_t **ret_list);
