// SPDX-License-Identifier: Apache-2.0
// One generation of a container as it is in memory: header, slots and index, checked and never
// changed again. Bodies stay on the medium.
#pragma once

#include <stdatomic.h>

#include "kfc/kfc.h"
#include "kfc/layout.h"

typedef struct kfc_image {
    kf_buf head; /* the blob's bytes up to the first body */
    struct kfc_info info;
    uint32_t next;             /* number of the next object */
    struct kfc_entry *entries; /* info.objects */
    uint32_t *offsets;         /* of the bodies in the blob, and its end: info.objects + 1 */
    struct kf_stamp stamp;     /* of the blob, taken before it was read */
    atomic_bool is_verified;   /* the HMAC was right */
} kfc_image;

/* The first bytes of a blob tell how long head and blob are. KF_E_INPUT, KF_E_UNSUPPORTED, with
 * what is wrong. */
struct kfc_measure {
    size_t head_len, total_len;
};
kf_err kfc_measure(const uint8_t *start, size_t len, struct kfc_measure *ret_measure);
/* From a whole head, which is taken over. */
kf_err kfc_image_read(kf_buf *head, kfc_image **ret_image);
void kfc_image_free(kfc_image *image);
KF_DEFINE_AUTO_PTR(kfc_image)

/* The HMAC, under this master key: KF_E_INPUT. */
kf_err kfc_image_verify(kfc_image *image, const kf_locked *master);

const uint8_t *kfc_image_slot(const kfc_image *image, size_t slot);
const uint8_t *kfc_image_raw(const kfc_image *image, size_t index); /* KFC_ENTRY_LEN */
/* Where the object with this number is; false when there is none. */
bool kfc_image_find(const kfc_image *image, uint32_t number, size_t *ret_index);
