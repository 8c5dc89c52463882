// SPDX-License-Identifier: Apache-2.0
// A secret: bytes in memory that is locked, kept out of core dumps, and wiped when freed.
#pragma once

#include <keyfob/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kf_secret kf_secret;

#define KF_SECRET_MAX 16384 /* bytes; a session of privacyIDEA lists all rights of its account */

/* An empty secret with room for `capacity` bytes (1 to KF_SECRET_MAX). Free with kf_secret_free().
 */
kf_err kf_secret_new(size_t capacity, kf_secret **ret_secret);
/* A copy of `len` bytes; the caller wipes its own copy. */
kf_err kf_secret_copy(const void *data, size_t len, kf_secret **ret_secret);
/* The bytes (not NUL-terminated) and how many of them count. */
uint8_t *kf_secret_data(kf_secret *secret);
size_t kf_secret_len(const kf_secret *secret);
size_t kf_secret_capacity(const kf_secret *secret);
/* `len` at most the capacity; bytes after it are wiped. */
void kf_secret_set_len(kf_secret *secret, size_t len);
/* False when the system's limit on locked memory (RLIMIT_MEMLOCK) was spent; the secret works all
 * the same. */
bool kf_secret_is_locked(const kf_secret *secret);
/* Constant-time comparison of the bytes; the length is no secret. */
bool kf_secret_equal(const kf_secret *a, const kf_secret *b);
/* Wipes. NULL is welcome. */
void kf_secret_free(kf_secret *secret);
