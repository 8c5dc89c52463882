// SPDX-License-Identifier: Apache-2.0
// Attributes one behind the other: type u32, length u32, bytes.
#include "kfc/attribute.h"

#include "kfc/crc.h"
#include "kfc/layout.h"

enum { FRAME = 8 };

kf_err kfc_attribute_add(kf_buf *part, uint32_t type, const void *value, size_t len) {
    uint8_t frame[FRAME];
    if (len > KFC_BODY_MAX || part->len > KFC_BODY_MAX || FRAME + len > KFC_BODY_MAX - part->len)
        return kf_fail(KF_E_TOO_LARGE, "an object is larger than %zu bytes", KFC_BODY_MAX);
    kfc_put32(frame, type);
    kfc_put32(frame + 4, (uint32_t)len);
    KF_TRY(kf_buf_add(part, frame, sizeof frame));
    kf_err err = kf_buf_add(part, value, len);
    if (err != KF_OK)
        part->len -= sizeof frame;
    return err;
}

bool kfc_attribute_next(const uint8_t *part, size_t part_len, size_t *at, uint32_t *ret_type,
                        const uint8_t **ret_value, size_t *ret_len) {
    if (*at > part_len || part_len - *at < FRAME)
        return false;
    uint32_t len = kfc_get32(part + *at + 4);
    if (len > part_len - *at - FRAME)
        return false;
    *ret_type = kfc_get32(part + *at);
    *ret_value = part + *at + FRAME;
    *ret_len = len;
    *at += FRAME + len;
    return true;
}

bool kfc_attributes_are_whole(const uint8_t *part, size_t part_len) {
    uint32_t type;
    const uint8_t *value;
    size_t at = 0, len;
    while (kfc_attribute_next(part, part_len, &at, &type, &value, &len))
        ;
    return at == part_len;
}

uint32_t kfc_tag(const void *data, size_t len) {
    uint32_t tag = kfc_crc(0, data, len);
    return tag ? tag : 1;
}
