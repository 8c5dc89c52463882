// SPDX-License-Identifier: Apache-2.0
// A draft of the next blob: begun with room for its head, filled body by body, and ended with the
// header, the HMAC and the checksum.
#pragma once

#include "kfc/body.h"

typedef struct kfc_draft {
    uint8_t uuid[KFC_UUID_LEN];
    uint64_t generation;
    char label[KFC_LABEL_MAX + 1];
    uint32_t next;
    uint8_t slots[KFC_SLOTS][KFC_SLOT_LEN];
    const kf_locked *master; /* not owned */
    size_t count, added;     /* objects that it will have, and has */
    kf_buf blob;
} kfc_draft;

/* With the identity, label and slots of an image; its own `master`. */
void kfc_draft_follow(kfc_draft *draft, const kfc_image *image, const kf_locked *master);
/* Valid UTF-8 that shows as it is, at most KFC_LABEL_MAX bytes: KF_E_INPUT. */
kf_err kfc_draft_set_label(kfc_draft *draft, const char *label);
/* Room for `count` objects: KF_E_TOKEN_FULL. */
kf_err kfc_draft_begin(kfc_draft *draft, size_t count);
/* The next object, in ascending order: a body as it is, or one that is sealed now. */
kf_err kfc_draft_copy(kfc_draft *draft, const uint8_t entry[static KFC_ENTRY_LEN],
                      const uint8_t *body);
kf_err kfc_draft_seal(kfc_draft *draft, const struct kfc_entry *entry,
                      const struct kfc_parts *parts);
/* The blob is whole then. */
kf_err kfc_draft_end(kfc_draft *draft);
void kfc_draft_clear(kfc_draft *draft);
