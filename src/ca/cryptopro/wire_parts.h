// SPDX-License-Identifier: Apache-2.0
// What the readers of the service's answers share.
#pragma once

#include "ca/cryptopro/wire.h"

/* A text that is not empty, or NULL. */
const char *kf_cp_text_of(const json_t *object, const char *key);
bool kf_cp_is_oid(const char *text); /* NULL is none */
/* KF_E_CA_ANSWER: the answer has no usable `what`. */
kf_err kf_cp_unreadable(const char *what);
/* The answer, and in it what stands under `member`: an object or an array, owned by the answer. */
kf_err kf_cp_read_member(const void *data, size_t len, const char *member, json_t **ret_json,
                         const json_t **ret_value);
/* An object, also when it stands first in an array; NULL when there is none. */
const json_t *kf_cp_only_object(const json_t *value);
/* A new array of the objects in an array, or of one object that stands alone. */
kf_err kf_cp_as_array(const json_t *value, size_t max, json_t **ret_list);
