// SPDX-License-Identifier: Apache-2.0
// Locked memory: what is in it is not swapped out, not in a core dump, zero in the child of a fork,
// and wiped when it is given back. Everything secret that outlives one call lies here.
#pragma once

#include <keyfob/error.h>
#include <stdint.h>

#include "base/auto.h"

typedef struct kf_arena kf_arena;

/* One arena serves a whole process: it takes pages as they are needed and unmaps them (wiped) when
 * nothing is in them any more. Safe for many threads. KF_E_MEMORY. */
kf_err kf_arena_new(kf_arena **ret_arena);
/* Wipes and unmaps whatever is still in it. NULL is welcome. */
void kf_arena_free(kf_arena *arena);
KF_DEFINE_AUTO_PTR(kf_arena)

/* False once the system's limit on locked memory (RLIMIT_MEMLOCK) was spent: it works all the same,
 * undumped and wiped, but could be swapped out. */
bool kf_arena_is_locked(const kf_arena *arena);

/* Bytes in an arena. Start with `= {0}`. */
typedef struct kf_locked {
    kf_arena *arena;
    uint8_t *data;
    size_t len;
} kf_locked;

#define KF_LOCKED_MAX ((size_t)64 * 1024)

/* Room for `len` bytes (1 to KF_LOCKED_MAX), zeroed. */
kf_err kf_locked_new(kf_arena *arena, size_t len, kf_locked *ret_locked);
kf_err kf_locked_copy(kf_arena *arena, const void *data, size_t len, kf_locked *ret_locked);
/* Hand over: `to` is cleared first, `from` is empty afterwards. */
void kf_locked_move(kf_locked *to, kf_locked *from);
/* Wipes. */
void kf_locked_clear(kf_locked *locked);
