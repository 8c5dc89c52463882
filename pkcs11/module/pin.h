// SPDX-License-Identifier: Apache-2.0
// PINs on their way to a container: what may be one, and the check that is slow.
#pragma once

#include "module/session.h"

#define KFM_PIN_MIN 4

struct kfm_pin {
    const uint8_t *data;
    CK_ULONG len;
};

/* A PIN that can become one: CKR_ARGUMENTS_BAD, CKR_PIN_LEN_RANGE (in bytes), CKR_PIN_INVALID (not
 * UTF-8, or with a NUL in it). */
CK_RV kfm_pin_check_new(struct kfm_pin pin);
/* Counts a try and checks the PIN against the container `name` as it is on the medium now. No lock
 * of a slot is held: this takes long. A PIN that nobody can have set is wrong without being
 * counted. CKR_USER_PIN_NOT_INITIALIZED; CKR_PIN_LOCKED, also for the SO PIN of a container that
 * has none. */
CK_RV kfm_pin_unlock(struct kfm_module *module, kf_medium *medium, const char *name,
                     enum kfc_slot slot, struct kfm_pin pin, kfc **ret_container,
                     kf_locked *ret_master);
