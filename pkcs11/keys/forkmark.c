// SPDX-License-Identifier: Apache-2.0
// One page, 1 here and 0 in the child of a fork.
#include "keys/forkmark.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool kf_forkmark_set(kf_forkmark *ret_mark) {
    uint8_t *page =
        mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    if (madvise(page, page_size(), MADV_WIPEONFORK) != 0) {
        munmap(page, page_size());
        return false;
    }
    *page = 1;
    ret_mark->page = page;
    return true;
}

void kf_forkmark_clear(kf_forkmark *mark) {
    if (mark->page)
        munmap(mark->page, page_size());
    mark->page = NULL;
}
