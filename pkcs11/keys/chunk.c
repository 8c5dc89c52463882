// SPDX-License-Identifier: Apache-2.0
// Locked pages and the list of their free units.
#include "keys/chunk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RUN_GOES_ON UINT16_MAX

static uint8_t *map_pages(bool *ret_is_locked) {
    uint8_t *pages =
        mmap(NULL, KF_CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    /* The child of a fork must not have the keys, so this one is no courtesy (Linux 4.14). */
    if (madvise(pages, KF_CHUNK_SIZE, MADV_WIPEONFORK) != 0 ||
        madvise(pages, KF_CHUNK_SIZE, MADV_DONTDUMP) != 0) {
        munmap(pages, KF_CHUNK_SIZE);
        return NULL;
    }
    /* mlock2, as AddressSanitizer puts a mlock() in place that does nothing and says that it did.
     * The limit is the host's; where it is spent we go on unlocked and say so. */
    *ret_is_locked = mlock2(pages, KF_CHUNK_SIZE, 0) == 0;
    return pages;
}

struct kf_chunk *kf_chunk_new(void) {
    struct kf_chunk *chunk = calloc(1, sizeof *chunk);
    if (!chunk)
        return NULL;
    chunk->pages = map_pages(&chunk->is_locked);
    chunk->free_units = KF_CHUNK_UNITS;
    if (chunk->pages)
        return chunk;
    free(chunk);
    return NULL;
}

void kf_chunk_free(struct kf_chunk *chunk) {
    if (!chunk)
        return;
    explicit_bzero(chunk->pages, KF_CHUNK_SIZE);
    munmap(chunk->pages, KF_CHUNK_SIZE);
    free(chunk);
}

bool kf_chunk_holds(const struct kf_chunk *chunk, const uint8_t *data) {
    return data >= chunk->pages && data < chunk->pages + KF_CHUNK_SIZE;
}

/* First fit. KF_CHUNK_UNITS when there is no run of that length. */
static size_t find_run(const struct kf_chunk *chunk, size_t wanted) {
    size_t run = 0;
    for (size_t i = 0; i < KF_CHUNK_UNITS; i++) {
        run = chunk->runs[i] ? 0 : run + 1;
        if (run == wanted)
            return i + 1 - wanted;
    }
    return KF_CHUNK_UNITS;
}

uint8_t *kf_chunk_take(struct kf_chunk *chunk, size_t len) {
    size_t wanted = (len + KF_CHUNK_UNIT - 1) / KF_CHUNK_UNIT;
    if (wanted > chunk->free_units)
        return NULL;
    size_t first = find_run(chunk, wanted);
    if (first == KF_CHUNK_UNITS)
        return NULL;
    chunk->runs[first] = (uint16_t)wanted;
    for (size_t i = first + 1; i < first + wanted; i++)
        chunk->runs[i] = RUN_GOES_ON;
    chunk->free_units -= wanted;
    return chunk->pages + first * KF_CHUNK_UNIT;
}

void kf_chunk_give_back(struct kf_chunk *chunk, uint8_t *data) {
    size_t first = (size_t)(data - chunk->pages) / KF_CHUNK_UNIT;
    size_t count = chunk->runs[first];
    explicit_bzero(data, count * KF_CHUNK_UNIT);
    memset(chunk->runs + first, 0, count * sizeof chunk->runs[0]);
    chunk->free_units += count;
}
