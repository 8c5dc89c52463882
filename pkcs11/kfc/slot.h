// SPDX-License-Identifier: Apache-2.0
// A slot: the master key sealed under what scrypt makes of a PIN.
#pragma once

#include "kfc/kfc.h"
#include "kfc/layout.h"

/* KF_E_INPUT, KF_E_UNSUPPORTED for key derivations that this version does not know. */
kf_err kfc_slot_check(const uint8_t slot[static KFC_SLOT_LEN]);
bool kfc_slot_is_empty(const uint8_t slot[static KFC_SLOT_LEN]);
/* 1 to KFC_PIN_MAX bytes without NUL: KF_E_PIN_LENGTH. */
kf_err kfc_pin_check(const uint8_t *pin, size_t len);

/* A PIN and the container that it is for. */
struct kfc_slot_pin {
    const uint8_t *uuid;
    enum kfc_slot slot;
    const uint8_t *pin;
    size_t len;
};
/* `log_n` KFC_LOGN_MIN to KFC_LOGN_MAX. */
kf_err kfc_slot_seal(const struct kfc_slot_pin *pin, int log_n, const kf_locked *master,
                     uint8_t ret_slot[static KFC_SLOT_LEN]);
/* KF_E_PIN_WRONG. */
kf_err kfc_slot_open(const struct kfc_slot_pin *pin, const uint8_t slot[static KFC_SLOT_LEN],
                     kf_arena *arena, kf_locked *ret_master);
