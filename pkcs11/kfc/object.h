// SPDX-License-Identifier: Apache-2.0
// One object as it is read.
#pragma once

#include "kfc/container.h"

/* Start with number, master (or NULL) and arena. */
typedef struct kfc_reading {
    uint32_t number;
    const kf_locked *master;
    kf_arena *arena;
    kf_buf open;
    kf_locked sealed;
} kfc_reading;

/* KF_E_INPUT when the body, or the index it is looked up in, is not right. */
kf_err kfc_reading_take(kfc_reading *reading, const kfc *container, kfc_image *image, size_t index);
void kfc_reading_clear(kfc_reading *reading);
