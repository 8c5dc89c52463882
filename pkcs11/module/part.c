// SPDX-License-Identifier: Apache-2.0
// Parts of attributes: written, searched, moved into the arena.
#include "module/part.h"

#include <openssl/crypto.h>
#include <string.h>

enum { FRAME = 8 }; /* type and length before each value */

CK_RV kfm_part_add(kf_buf *part, CK_ATTRIBUTE_TYPE type, const void *value, size_t len) {
    return kfm_rv(kfc_attribute_add(part, (uint32_t)type, value, len), CKR_ATTRIBUTE_VALUE_INVALID);
}

CK_RV kfm_part_add_bool(kf_buf *part, CK_ATTRIBUTE_TYPE type, bool value) {
    return kfm_part_add(part, type, &(CK_BBOOL){value ? CK_TRUE : CK_FALSE}, sizeof(CK_BBOOL));
}

CK_RV kfm_part_add_number(kf_buf *part, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    uint64_t wide = value == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : value;
    uint8_t bytes[KFM_NUMBER_LEN];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(wide >> (8 * i));
    return kfm_part_add(part, type, bytes, sizeof bytes);
}

CK_RV kfm_part_add_given(kf_buf *part, enum kfm_kind kind, const CK_ATTRIBUTE *given) {
    CK_ULONG number;
    if (kind != KFM_NUMBER)
        return kfm_part_add(part, given->type, given->pValue, given->ulValueLen);
    memcpy(&number, given->pValue, sizeof number);
    return kfm_part_add_number(part, given->type, number);
}

bool kfm_part_find(const uint8_t *part, size_t part_len, CK_ATTRIBUTE_TYPE type,
                   const uint8_t **ret_value, size_t *ret_len) {
    uint32_t found;
    const uint8_t *value;
    size_t at = 0, len;
    while (kfc_attribute_next(part, part_len, &at, &found, &value, &len)) {
        if (found != type)
            continue;
        *ret_value = value;
        *ret_len = len;
        return true;
    }
    return false;
}

CK_ULONG kfm_part_number(const uint8_t *value, size_t len) {
    if (len != KFM_NUMBER_LEN)
        return CK_UNAVAILABLE_INFORMATION;
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++)
        number |= (uint64_t)value[i] << (8 * i);
    return (CK_ULONG)number;
}

CK_RV kfm_part_reserve(kf_buf *part, size_t len) {
    size_t capacity = len + 4096;
    part->data = malloc(capacity);
    if (!part->data)
        return kfm_rv(kf_fail(KF_E_MEMORY, "out of memory for %zu bytes", capacity),
                      CKR_HOST_MEMORY);
    part->data[0] = '\0';
    part->capacity = capacity;
    return CKR_OK;
}

void kfm_part_wipe(kf_buf *part) {
    if (part->data)
        OPENSSL_cleanse(part->data, part->capacity);
    kf_buf_clear(part);
}

CK_RV kfm_part_seal(kf_arena *arena, kf_buf *part, kf_locked *ret_sealed) {
    CK_RV rv = kfm_rv(kf_locked_copy(arena, part->data, part->len, ret_sealed), CKR_HOST_MEMORY);
    kfm_part_wipe(part);
    return rv;
}

CK_RV kfm_part_seal_value(kf_arena *arena, CK_ATTRIBUTE_TYPE type, const void *value, size_t len,
                          kf_locked *ret_sealed) {
    if (len > KF_LOCKED_MAX - FRAME)
        return kfm_rv(kf_fail(KF_E_TOO_LARGE, "a secret of %zu bytes", len), CKR_HOST_MEMORY);
    KF_AUTO(kf_locked) sealed = {0};
    CK_TRY(kfm_rv(kf_locked_new(arena, FRAME + len, &sealed), CKR_HOST_MEMORY));
    for (size_t i = 0; i < 4; i++) {
        sealed.data[i] = (uint8_t)(type >> (8 * i));
        sealed.data[4 + i] = (uint8_t)(len >> (8 * i));
    }
    if (len)
        memcpy(sealed.data + FRAME, value, len);
    kf_locked_move(ret_sealed, &sealed);
    return CKR_OK;
}
