// SPDX-License-Identifier: Apache-2.0
// The store, for the rooms above it: what they may do beside <keyfob/store.h>.
#pragma once

#include <keyfob/store.h>

/* Bring the store's tables up to date; cheap when called again. Opens a transaction of its own, so
 * it comes before kf_db_begin(); afterwards kf_store_put() and kf_store_supersede() may be called
 * inside the caller's transaction. */
kf_err kf_store_prepare(kf_context *context);
