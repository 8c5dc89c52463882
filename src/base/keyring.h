// SPDX-License-Identifier: Apache-2.0
// Secrets that must outlive the process (CA passwords, API keys, sessions): in the Secret Service
// of the desktop session where one answers, otherwise in files closed to others (0600) under
// data/secrets. Never in the database.
#pragma once

#include "base/context.h"

/* `owner` is what the secret belongs to ("connection/4"), `name` which of its secrets ("password"):
 * a-z, 0-9, "-", "/", at most 64 characters each. */
/* NULL in `ret_secret` when there is none. KF_E_PERMISSION for a file that others could read. */
kf_err kf_keyring_get(kf_context *context, const char *owner, const char *name,
                      kf_secret **ret_secret);
/* Durable when it returns; replaces. */
kf_err kf_keyring_put(kf_context *context, const char *owner, const char *name,
                      const kf_secret *secret);
/* `name` NULL: all of the owner's. None is fine. */
kf_err kf_keyring_forget(kf_context *context, const char *owner, const char *name);
