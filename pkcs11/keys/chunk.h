// SPDX-License-Identifier: Apache-2.0
// A chunk of an arena: a run of locked pages, cut into units. What is free is written down outside
// of the pages, so that every byte of them is the caller's.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KF_CHUNK_SIZE  ((size_t)64 * 1024)
#define KF_CHUNK_UNIT  ((size_t)64) /* bytes: a private key of any curve fits into two */
#define KF_CHUNK_UNITS (KF_CHUNK_SIZE / KF_CHUNK_UNIT)

struct kf_chunk {
    struct kf_chunk *next;
    uint8_t *pages;
    bool is_locked;
    size_t free_units;
    uint16_t runs[KF_CHUNK_UNITS]; /* 0: free; at the first unit of a run its length */
};

/* NULL when there is no memory, or when the system cannot wipe it in the child of a fork. */
struct kf_chunk *kf_chunk_new(void);
void kf_chunk_free(struct kf_chunk *chunk); /* wipes; NULL is welcome */
bool kf_chunk_holds(const struct kf_chunk *chunk, const uint8_t *data);
/* Zeroed bytes, or NULL when there is no such run. */
uint8_t *kf_chunk_take(struct kf_chunk *chunk, size_t len);
/* What kf_chunk_take() gave; wipes all of it. */
void kf_chunk_give_back(struct kf_chunk *chunk, uint8_t *data);
