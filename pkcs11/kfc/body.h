// SPDX-License-Identifier: Apache-2.0
// Bodies of objects: an open part and a sealed one behind it, both bound to their entry in the
// index.
#pragma once

#include "kfc/image.h"

/* The master key and the identity that bodies are sealed under. */
struct kfc_ring {
    const kf_locked *master;
    const uint8_t *uuid;
};

/* What is sealed; `sealed_len` 0: only the open part. */
struct kfc_parts {
    const uint8_t *open, *sealed;
    size_t open_len, sealed_len;
};

/* Adds the body to `blob` and completes its entry, whose first fields (number to label tag) are
 * there already. */
kf_err kfc_body_seal(const struct kfc_ring *ring, const struct kfc_parts *parts,
                     uint8_t entry[static KFC_ENTRY_LEN], kf_buf *blob);
/* `body` is as long as the entry says and has its CRC. `ret_sealed` may be NULL. KF_E_INPUT. */
kf_err kfc_body_open(const struct kfc_ring *ring, const uint8_t entry[static KFC_ENTRY_LEN],
                     const uint8_t *body, kf_arena *arena, kf_locked *ret_sealed);

/* Bytes of the body. */
size_t kfc_body_len(const uint8_t entry[static KFC_ENTRY_LEN]);
/* Length, checksum, attributes: what can be said without the master key. KF_E_INPUT. */
kf_err kfc_body_check(const uint8_t entry[static KFC_ENTRY_LEN], const uint8_t *body, size_t len);

/* Room for what is filled in later. */
kf_err kfc_add_zeros(kf_buf *buf, size_t len);
