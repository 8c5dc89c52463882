// SPDX-License-Identifier: Apache-2.0
// A mark that tells a process from the child that it forks, without a handler: a page that the
// kernel hands to the child as zeros (Linux 4.14).
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct kf_forkmark {
    uint8_t *page;
} kf_forkmark;

/* False when the system cannot do it. */
bool kf_forkmark_set(kf_forkmark *ret_mark);
/* Was the mark set by this very process? */
static inline bool kf_forkmark_is_ours(const kf_forkmark *mark) {
    return *mark->page != 0;
}
void kf_forkmark_clear(kf_forkmark *mark);
