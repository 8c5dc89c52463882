// SPDX-License-Identifier: Apache-2.0
// The nearest word to one that was mistyped: {.wanted = what was typed}, told of each that there
// is.
#pragma once

#include <stddef.h>

struct kf_nearest {
    const char *wanted;
    const char *best;
    size_t distance;
};
void kf_nearest_try(struct kf_nearest *nearest, const char *candidate);
/* NULL when nothing is near enough to be meant. */
const char *kf_nearest_word(const struct kf_nearest *nearest);
