// SPDX-License-Identifier: Apache-2.0
// OpenSSL's queue of errors belongs to the program that we are a part of: libssl looks into it
// after its own calls.
#pragma once

#include <openssl/err.h>

#include "base/auto.h"

/* Errors that OpenSSL raises in this scope are forgotten at its end; those of the host stay. */
typedef struct kf_quiet {
    int marked;
} kf_quiet;
static inline kf_quiet kf_quiet_begin(void) {
    return (kf_quiet){.marked = ERR_set_mark()};
}
static inline void kf_quiet_clear(kf_quiet *quiet) {
    (void)quiet;
    ERR_pop_to_mark(); /* on a queue that was empty there is no mark: all of it goes */
}
#define KF_QUIET() KF_AUTO(kf_quiet) kf_quiet_ = kf_quiet_begin()
