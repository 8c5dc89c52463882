// SPDX-License-Identifier: Apache-2.0
// The files of the keyring: each holds a secret, or says that the Secret Service has it.
#pragma once

#include "base/context.h"

enum kf_ring_place { KF_RING_NOWHERE, KF_RING_FILE, KF_RING_SERVICE };

/* KF_E_USAGE for what cannot be the name of a secret. */
kf_err kf_ring_check_name(const char *owner, const char *name);
/* data/secrets, closed to others; made when it is missing with `make`, KF_E_NOT_FOUND without.
 * KF_E_PERMISSION when it is open to others, a link, or not ours. */
kf_err kf_ring_folder(kf_context *context, bool make, char **ret_folder);
/* Where the secret lies; `ret_secret` is set for KF_RING_FILE. KF_E_PERMISSION for a file that
 * others could read or have made, KF_E_INPUT for one that is damaged. */
kf_err kf_ring_read(kf_context *context, const char *owner, const char *name,
                    enum kf_ring_place *ret_place, kf_secret **ret_secret);
/* Where it lies; KF_RING_FILE also for a file that kf_ring_read() refuses: it may be replaced and
 * removed. */
kf_err kf_ring_find(kf_context *context, const char *owner, const char *name,
                    enum kf_ring_place *ret_place);
/* The secret, or with NULL the word that the Secret Service has it. Old or new after a crash. */
kf_err kf_ring_write(kf_context *context, const char *owner, const char *name,
                     const kf_secret *secret);
/* The owner's files and what killed writers left of them; `name` NULL: all. */
kf_err kf_ring_remove(kf_context *context, const char *owner, const char *name);
/* Has the Secret Service any of the owner's? */
kf_err kf_ring_any_in_service(kf_context *context, const char *owner, bool *ret_any);
