// SPDX-License-Identifier: Apache-2.0
// A private key taken apart into attributes (PKCS#11 2.40, 2.1.3 and 2.3.4).
#include "module/transfer.h"

void kfm_parts_clear(kfm_parts *parts) {
    for (CK_ULONG i = 0; i < parts->count; i++) {
        kf_buf_clear(&parts->open[i]);
        kf_locked_clear(&parts->sealed[i]);
    }
    *parts = (kfm_parts){0};
}

static void add(kfm_parts *parts, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG len) {
    parts->attributes[parts->count++] = (CK_ATTRIBUTE){type, value, len};
}

static CK_RV add_open(const kf_softkey *key, CK_ATTRIBUTE_TYPE type, kfm_parts *parts) {
    kf_buf *value = &parts->open[parts->count];
    CK_TRY(kf_softkey_public_attribute(key, type, value));
    add(parts, type, value->data, value->len);
    return CKR_OK;
}

static CK_RV add_sealed(const kf_softkey *key, CK_ATTRIBUTE_TYPE type, kf_arena *arena,
                        kfm_parts *parts) {
    kf_locked *value = &parts->sealed[parts->count];
    CK_TRY(kf_softkey_private_attribute(key, type, arena, value));
    add(parts, type, value->data, value->len);
    return CKR_OK;
}

static CK_RV add_rsa(const kf_softkey *key, kf_arena *arena, kfm_parts *parts) {
    static const CK_ATTRIBUTE_TYPE open[] = {CKA_MODULUS, CKA_PUBLIC_EXPONENT};
    static const CK_ATTRIBUTE_TYPE sealed[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
                                               CKA_PRIME_2,          CKA_EXPONENT_1,
                                               CKA_EXPONENT_2,       CKA_COEFFICIENT};
    for (size_t i = 0; i < KF_COUNT(open); i++)
        CK_TRY(add_open(key, open[i], parts));
    for (size_t i = 0; i < KF_COUNT(sealed); i++)
        CK_TRY(add_sealed(key, sealed[i], arena, parts));
    return CKR_OK;
}

CK_RV kfm_parts_take(const kf_softkey *key, kf_arena *arena, kfm_parts *ret_parts) {
    ret_parts->object_class = CKO_PRIVATE_KEY;
    ret_parts->key_type = kf_softkey_type(key);
    CK_TRY(add_open(key, CKA_PUBLIC_KEY_INFO, ret_parts));
    add(ret_parts, CKA_CLASS, &ret_parts->object_class, sizeof(ret_parts->object_class));
    add(ret_parts, CKA_KEY_TYPE, &ret_parts->key_type, sizeof(ret_parts->key_type));
    if (ret_parts->key_type == CKK_RSA)
        return add_rsa(key, arena, ret_parts);
    CK_TRY(add_open(key, CKA_EC_PARAMS, ret_parts));
    return add_sealed(key, CKA_VALUE, arena, ret_parts);
}
