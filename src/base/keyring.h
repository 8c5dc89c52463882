// SPDX-License-Identifier: Apache-2.0
// Secrets that must outlive the process (CA passwords, API keys, sessions): in the Secret Service
// of the desktop session where one answers, otherwise in files closed to others (0600) under
// data/secrets. Never in the database. Where each of them lies is written in its file, so that it
// is never looked for in one place while it is in the other.
#pragma once

#include "base/context.h"

/* `owner` is what the secret belongs to ("connection/4f1c..."), `name` which of its secrets
 * ("password"): a-z, 0-9, "-", "/", at most 64 characters each. One person has one Secret Service
 * for all of keyfob's home folders: an owner must never be named twice, in any of them. */
/* NULL in `ret_secret` when there is none. KF_E_PERMISSION for a file that others could read, and
 * for a secret in a Secret Service that does not give it here and now. */
kf_err kf_keyring_get(kf_context *context, const char *owner, const char *name,
                      kf_secret **ret_secret);
/* Is one kept? Asks neither the Secret Service nor the person. */
kf_err kf_keyring_has(kf_context *context, const char *owner, const char *name, bool *ret_kept);
/* Durable when it returns; replaces. A secret that lies in the Secret Service stays there:
 * KF_E_PERMISSION when that is not possible, unless keyfob.conf says files. */
kf_err kf_keyring_put(kf_context *context, const char *owner, const char *name,
                      const kf_secret *secret);
/* `name` NULL: all of the owner's. None is fine. KF_E_PERMISSION when one cannot be taken out of
 * the Secret Service, unless keyfob.conf says files. */
kf_err kf_keyring_forget(kf_context *context, const char *owner, const char *name);
/* Where a secret that is set now would go, in words for a person ("the keyring of your desktop
 * session"); new string, free(). */
kf_err kf_keyring_place(kf_context *context, char **ret_text);
