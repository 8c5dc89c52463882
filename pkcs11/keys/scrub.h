// SPDX-License-Identifier: Apache-2.0
// The stack below a function, wiped when the function ends: OpenSSL clears its variables, but what
// the compiler and the dynamic linker saved in between stays.
#pragma once

#include "base/auto.h"

/* In every function that others call with private numbers. */
#define KF_SCRUB() KF_AUTO(kf_scrub) kf_scrub_ = {0}

typedef struct kf_scrub {
    char nothing;
} kf_scrub;
void kf_scrub_clear(kf_scrub *scrub);
