// SPDX-License-Identifier: Apache-2.0
// Idempotency keys: what a page asked for once is done once, however often it asks (a line that
// broke, a second click).
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "web/calls/calls.h"

struct kept_call; /* of one key */

struct keys {
    struct kept_call *first;
    size_t count;
    uint8_t salt[32]; /* of the arguments' hashes: there may be a password among them */
    bool has_salt;
};

/* The one of this owner and key, made when there is none (`*ret_new`). KF_E_USAGE when it was of
 * another route or other arguments. */
kf_err keys_find(struct keys *keys, const struct call *call, struct kept_call **ret_kept,
                 bool *ret_new);
/* It did not come to anything: the same key may ask again. */
void keys_forget(struct keys *keys, struct kept_call *kept);
void keys_clear(struct keys *keys);

/* The number of a job. */
void kept_set_job(struct kept_call *kept, int64_t job);
int64_t kept_job(const struct kept_call *kept);
/* The answer of a ROUTE_WRITE; false while it is under way. */
void kept_set_answer(struct kept_call *kept, int status, const json_t *result, const json_t *error);
bool kept_answer(const struct kept_call *kept, int *ret_status, const json_t **ret_result,
                 const json_t **ret_error);
