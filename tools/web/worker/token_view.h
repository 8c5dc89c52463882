// SPDX-License-Identifier: Apache-2.0
// A token, and what is on it, as the page shows it.
#pragma once

#include "web/worker/work.h"

/* keyfob.token/1 with "medium" {medium, where, name, has_unblock, writable} and
 * "containers" [keyfob.container/1], what can be read without a login. Where the token does not
 * answer, "error" (keyfob.error/1) says why; that is no failure of the whole. */
kf_err token_view(struct work *work, kf_token *token, bool details, json_t **ret_view);
/* Its containers, all of them with `login`. */
kf_err token_containers(kf_token *token, bool login, json_t **ret_containers);
/* The event "token.changed" (or another one of it). */
void token_event(struct work *work, const char *type, const kf_token *token);
bool token_is_software(kf_token *token);
