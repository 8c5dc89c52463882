// SPDX-License-Identifier: Apache-2.0
// Wiping the stack, and the registers that would be saved to it next.
#include "keys/scrub.h"

#include <string.h>

/* Bytes; what was found lay within 5 KiB, most of it saved by the dynamic linker. */
#define DEPTH ((size_t)12 * 1024)

__attribute__((noinline)) void kf_scrub_clear(kf_scrub *scrub) {
    __attribute__((uninitialized)) char below[DEPTH];
    explicit_bzero(below, sizeof below);
    /* memcpy() moved keys through vector registers and leaves them there: now it moves zeros. The
     * dynamic linker saves them all when it next looks up a function. */
    for (volatile size_t len = 16; len <= DEPTH / 8; len *= 2)
        memmove(below, below + DEPTH / 2, len);
    explicit_bzero(below, 1); /* or the copies would be for nothing, to the compiler */
}
