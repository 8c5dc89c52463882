// SPDX-License-Identifier: Apache-2.0
// Operations on certificates in files.
#pragma once

#include "web/worker/document.h"

/* The argument "store". */
kf_err certificate_store(const struct work *work, enum kf_store_kind fallback,
                         enum kf_store_kind *ret_kind);
kf_err certificate_add(struct work *work, json_t **ret_result);
kf_err certificate_read(struct work *work, json_t **ret_result);
kf_err certificate_match(struct work *work, json_t **ret_result);
