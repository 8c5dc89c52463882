// SPDX-License-Identifier: Apache-2.0
// Tries: wrong PINs are counted before they are checked, slowed down, and stopped at ten.
#pragma once

#include "kfc/kfc.h"

#define KFC_TRIES_MAX 10

/* Time comes in through pointers, so that tests can hold it still. */
struct kfc_clock {
    int64_t (*now)(void *arg);           /* seconds since the epoch */
    void (*sleep)(void *arg, int64_t s); /* waits between wrong PINs: 0 0 0 1 2 4 ... 60 s */
    void *arg;
};
extern const struct kfc_clock kfc_system_clock;

/* Count the try on disk (under the medium's lock), wait as long as the count says, unlock, and set
 * the count back to zero when the PIN was right. KF_E_PIN_WRONG, KF_E_PIN_LOCKED (without a check).
 * A medium that cannot be written (a stick with its switch on) is opened without counting.
 * KF_E_PIN_LENGTH is no try. `container` does not change; when another process wrote it meanwhile,
 * the PIN is checked against what is there now. May run beside functions that take a const kfc. */
kf_err kfc_tries_unlock(kfc *container, enum kfc_slot slot, const uint8_t *pin, size_t len,
                        kf_arena *arena, const struct kfc_clock *clock, kf_locked *ret_master);
/* After the user PIN was set by the SO. */
kf_err kfc_tries_forgive(kfc *container, enum kfc_slot slot);
/* For the token's flags: how many wrong ones in a row. */
kf_err kfc_tries_count(kfc *container, struct kf_tries *ret_tries);
