// SPDX-License-Identifier: Apache-2.0
// Software containers on the command line: --medium and its sisters, finding one, making one.
#pragma once

#include <limits.h>

#include "run.h"

/* Was --medium registry or disk given? */
bool medium_is_software(const struct run *run);
/* --dir and the other options of a new container make sense only with --medium: KF_E_USAGE. */
kf_err medium_refuse_options(const struct run *run);
/* What --medium, --dir and --unblock say; `folder` in it points into `ret_folder`. */
kf_err medium_order(struct run *run, const char *name, struct kf_medium_order *ret_order,
                    char ret_folder[static PATH_MAX]);
/* The folder or database in which the order's container would lie. Free with free(). */
char *medium_place(const struct run *run, const struct kf_medium_order *order);

/* The container that is there, or NULL; KF_E_EXISTS when it has a key already. */
kf_err medium_look(struct run *run, const struct kf_medium_order *order, kf_token **ret_token);
/* The same; when there is none it is made, and the command logs in with its new password. */
kf_err medium_open(struct run *run, const struct kf_medium_order *order, kf_token **ret_token,
                   bool *ret_made);
/* What was to go into a container that this command made has failed with `code`: the container is
 * removed, if it is empty. Returns `code`. */
kf_err medium_undo(struct run *run, kf_token *token, kf_err code);

bool token_is_software(kf_token *token);
/* "medium" and "place" of a token for its document. */
kf_err token_add_medium(kf_token *token, json_t *document);
