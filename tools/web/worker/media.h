// SPDX-License-Identifier: Apache-2.0
// Software containers of the arguments: where one is or will be.
#pragma once

#include <limits.h>

#include "web/worker/work.h"

/* {medium: registry|disk, folder?, unblock?} of the call or of a part of it; `name` and what was
 * given must live as long as the order. A folder without permissions (a stick) is told as a note.
 */
kf_err media_order(struct work *work, const json_t *given, const char *name,
                   struct kf_medium_order *ret_order, char ret_folder[static PATH_MAX]);
/* The folder or database of the order; malloc'ed, NULL when out of memory. */
char *media_place(const struct work *work, const struct kf_medium_order *order);
/* The token of the call, which must be a software container: KF_E_NOT_ON_TOKEN. */
kf_err media_token(struct work *work, kf_token **ret_token);
/* The same for a move: of one container in two places, as an interrupted move leaves it, the one
 * that is not where it goes. */
kf_err media_token_to_move(struct work *work, const struct kf_medium_order *order,
                           kf_token **ret_token);
