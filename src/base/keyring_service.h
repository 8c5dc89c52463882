// SPDX-License-Identifier: Apache-2.0
// The Secret Service of the desktop session (org.freedesktop.secrets), through libsecret, which is
// loaded at the first call where there is a session bus. Every call has a time limit and ends when
// the person interrupts.
#pragma once

#include "base/context.h"

/* Does one answer that can keep a secret, now and without a person who is not there? Asked once in
 * a process, for at most two seconds; where no session bus is named, nothing is asked. */
bool kf_ring_service_answers(kf_context *context);
/* As kf_keyring_get() and so on, but in the service alone. KF_E_PERMISSION when it does not answer,
 * is locked, or the person does not unlock it; KF_E_INTERRUPTED. `name` NULL forgets all. */
kf_err kf_ring_service_get(kf_context *context, const char *owner, const char *name,
                           kf_secret **ret_secret);
kf_err kf_ring_service_put(kf_context *context, const char *owner, const char *name,
                           const kf_secret *secret);
kf_err kf_ring_service_forget(kf_context *context, const char *owner, const char *name);
