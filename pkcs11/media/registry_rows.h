// SPDX-License-Identifier: Apache-2.0
// The rows of the registry, on a connection that the caller guards. Containers that are not there
// are KF_E_NOT_FOUND, rows that make no sense KF_E_INPUT.
#pragma once

#include "base/db.h"
#include "media/medium.h"

/* Make the tables when they are not there yet. */
kf_err kf_registry_prepare(kf_db *db);
/* Names, each ended by a NUL. */
kf_err kf_registry_names(kf_db *db, kf_buf *names);
kf_err kf_registry_stamp(kf_db *db, const char *name, struct kf_stamp *ret_stamp);
kf_err kf_registry_read(kf_db *db, const char *name, uint64_t offset, size_t len,
                        kf_buf *ret_bytes);
/* In a transaction of the caller. */
kf_err kf_registry_put(kf_db *db, const char *name, const void *data, size_t len, bool is_new);
/* The next two are one statement and need none. */
kf_err kf_registry_remove(kf_db *db, const char *name);
kf_err kf_registry_set_tries(kf_db *db, const char *name, const struct kf_tries *tries);
kf_err kf_registry_tries(kf_db *db, const char *name, struct kf_tries *ret_tries);
