// SPDX-License-Identifier: Apache-2.0
// What was decoded last, so that the same bytes are not decoded again: an enrollment meets the same
// two certificates a dozen times, and OpenSSL 3.0 puts together a new decoder for every public key.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define KF_SEEN_MAX      8
#define KF_SEEN_SIZE_MAX ((size_t)16 * 1024)

/* Immutable items with a reference count. Start with the three functions and the lock. */
struct kf_seen {
    const uint8_t *(*der)(const void *item, size_t *ret_len);
    void (*ref)(void *item);
    void (*free)(void *item);
    pthread_mutex_t lock;
    void *items[KF_SEEN_MAX];
    size_t next;
};

/* The item of exactly these bytes, a reference of the caller's own; NULL when it has gone by. */
void *kf_seen_find(struct kf_seen *seen, const uint8_t *der, size_t len);
/* Takes a reference of its own, in place of the oldest one's. */
void kf_seen_keep(struct kf_seen *seen, void *item);
