// SPDX-License-Identifier: Apache-2.0
// The arena: chunks behind a lock.
#include "keys/arena.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "keys/chunk.h"
#include "keys/forkmark.h"

struct kf_arena {
    pthread_mutex_t lock;
    struct kf_chunk *chunks;
    bool spilled; /* a chunk could not be locked */
    kf_forkmark mark;
};

/* In the child of a fork everything reads as zero, and the lock may be held by a thread that is
 * not there. */
static bool is_of_this_process(const kf_arena *arena) {
    return kf_forkmark_is_ours(&arena->mark);
}

kf_err kf_arena_new(kf_arena **ret_arena) {
    kf_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return kf_fail(KF_E_MEMORY, "out of memory for keys");
    if (!kf_forkmark_set(&arena->mark)) {
        free(arena);
        return kf_fail(KF_E_MEMORY, "the system gives no memory that a forked process cannot read");
    }
    pthread_mutex_init(&arena->lock, NULL);
    *ret_arena = arena;
    return KF_OK;
}

void kf_arena_free(kf_arena *arena) {
    if (!arena)
        return;
    for (struct kf_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        kf_chunk_free(chunk);
    }
    if (is_of_this_process(arena))
        pthread_mutex_destroy(&arena->lock);
    kf_forkmark_clear(&arena->mark);
    free(arena);
}

bool kf_arena_is_locked(const kf_arena *arena) {
    return !__atomic_load_n(&arena->spilled, __ATOMIC_RELAXED);
}

/* From the chunks that are there, else from a new one. With the lock held. */
static uint8_t *take(kf_arena *arena, size_t len) {
    for (struct kf_chunk *chunk = arena->chunks; chunk; chunk = chunk->next) {
        uint8_t *data = kf_chunk_take(chunk, len);
        if (data)
            return data;
    }
    struct kf_chunk *chunk = kf_chunk_new();
    if (!chunk)
        return NULL;
    if (!chunk->is_locked)
        __atomic_store_n(&arena->spilled, true, __ATOMIC_RELAXED);
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return kf_chunk_take(chunk, len);
}

/* With the lock held. */
static void give_back(kf_arena *arena, uint8_t *data) {
    struct kf_chunk **link = &arena->chunks;
    while (*link && !kf_chunk_holds(*link, data))
        link = &(*link)->next;
    struct kf_chunk *chunk = *link;
    if (!chunk)
        abort(); /* also in builds without assert(): a secret from nowhere cannot be wiped */
    kf_chunk_give_back(chunk, data);
    if (chunk->free_units < KF_CHUNK_UNITS)
        return;
    *link = chunk->next;
    kf_chunk_free(chunk);
}

kf_err kf_locked_new(kf_arena *arena, size_t len, kf_locked *ret_locked) {
    if (len == 0 || len > KF_LOCKED_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a secret must have 1 to %zu bytes", KF_LOCKED_MAX);
    if (!is_of_this_process(arena))
        return kf_fail(KF_E_STATE, "the keys of a forked process's parent are out of reach");
    pthread_mutex_lock(&arena->lock);
    uint8_t *data = take(arena, len);
    pthread_mutex_unlock(&arena->lock);
    if (!data)
        return kf_fail(KF_E_MEMORY, "out of memory for keys");
    *ret_locked = (kf_locked){.arena = arena, .data = data, .len = len};
    return KF_OK;
}

kf_err kf_locked_copy(kf_arena *arena, const void *data, size_t len, kf_locked *ret_locked) {
    kf_locked locked = {0};
    KF_TRY(kf_locked_new(arena, len, &locked));
    memcpy(locked.data, data, len);
    *ret_locked = locked;
    return KF_OK;
}

void kf_locked_move(kf_locked *to, kf_locked *from) {
    kf_locked moved = *from;
    *from = (kf_locked){0};
    kf_locked_clear(to);
    *to = moved;
}

void kf_locked_clear(kf_locked *locked) {
    if (!locked || !locked->data)
        return;
    kf_arena *arena = locked->arena;
    if (is_of_this_process(arena)) {
        pthread_mutex_lock(&arena->lock);
        give_back(arena, locked->data);
        pthread_mutex_unlock(&arena->lock);
    }
    *locked = (kf_locked){0};
}
