// SPDX-License-Identifier: Apache-2.0
// A key as PKCS#11 attributes (PKCS#11 2.40, 2.1.2, 2.1.3, 2.3.3, 2.3.4).
#include <openssl/evp.h>

#include "keys/crypto.h"
#include "keys/private.h"
#include "keys/scrub.h"

static CK_RV set(kf_buf *ret_value, const void *data, size_t len) {
    return kf_buf_set(ret_value, data, len) == KF_OK ? CKR_OK : CKR_HOST_MEMORY;
}

/* What `put` writes, through a room on the stack: nothing of it is secret. */
static CK_RV set_der(kf_buf *ret_value, const kf_public *public_half,
                     void (*put)(const kf_public *, struct kf_asn1_writer *)) {
    uint8_t room[KF_PUBLIC_DER_MAX];
    struct kf_asn1_writer writer = {.start = room, .at = room + sizeof room};
    put(public_half, &writer);
    if (writer.is_full)
        return CKR_GENERAL_ERROR;
    return set(ret_value, writer.at, (size_t)(room + sizeof room - writer.at));
}

static void put_point(const kf_public *public_half, struct kf_asn1_writer *writer) {
    kf_asn1_put_element(writer, KF_ASN1_OCTETS, kf_span_of(&public_half->point));
}

static CK_RV rsa_attribute(const kf_public *half, CK_ATTRIBUTE_TYPE type, kf_buf *ret_value) {
    switch (type) {
    case CKA_MODULUS:
        return set(ret_value, half->modulus.data, half->modulus.len);
    case CKA_MODULUS_BITS:
        return set(ret_value, &half->bits, sizeof half->bits);
    case CKA_PUBLIC_EXPONENT:
        return set(ret_value, half->exponent.data, half->exponent.len);
    default:
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
}

static CK_RV curve_attribute(const kf_public *half, CK_ATTRIBUTE_TYPE type, kf_buf *ret_value) {
    switch (type) {
    case CKA_EC_PARAMS:
        return set(ret_value, half->curve->oid, half->curve->oid_len);
    case CKA_EC_POINT:
        return set_der(ret_value, half, put_point);
    default:
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
}

CK_RV kf_softkey_public_attribute(const kf_softkey *key, CK_ATTRIBUTE_TYPE type,
                                  kf_buf *ret_value) {
    if (type == CKA_PUBLIC_KEY_INFO)
        return set_der(ret_value, key->public_half, kf_public_put_info);
    return (key->public_half->curve ? curve_attribute : rsa_attribute)(key->public_half, type,
                                                                       ret_value);
}

static const struct {
    bool is_rsa;
    CK_ATTRIBUTE_TYPE type;
    enum kf_part part;
} private_attributes[] = {
    {true, CKA_PRIVATE_EXPONENT, KF_D}, {true, CKA_PRIME_1, KF_P},
    {true, CKA_PRIME_2, KF_Q},          {true, CKA_EXPONENT_1, KF_DP},
    {true, CKA_EXPONENT_2, KF_DQ},      {true, CKA_COEFFICIENT, KF_QINV},
    {false, CKA_VALUE, KF_D},
};

CK_RV kf_softkey_private_attribute(const kf_softkey *key, CK_ATTRIBUTE_TYPE type, kf_arena *arena,
                                   kf_locked *ret_value) {
    KF_SCRUB();
    bool is_rsa = kf_softkey_type(key) == CKK_RSA;
    if (!kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    for (size_t i = 0; i < KF_COUNT(private_attributes); i++) {
        if (private_attributes[i].is_rsa != is_rsa || private_attributes[i].type != type)
            continue;
        struct kf_span value = kf_part(key, private_attributes[i].part);
        if (is_rsa)
            value = kf_span_without_zeros(value);
        return kf_locked_copy(arena, value.data, value.len, ret_value) == KF_OK ? CKR_OK
                                                                                : CKR_HOST_MEMORY;
    }
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

CK_RV kf_softkey_identifier(const kf_softkey *key, uint8_t ret_id[static 20]) {
    KF_QUIET();
    uint8_t room[KF_PUBLIC_DER_MAX];
    struct kf_asn1_writer writer = {.start = room, .at = room + sizeof room};
    kf_public_put_key(key->public_half, &writer);
    if (!kf_crypto())
        return CKR_HOST_MEMORY;
    if (writer.is_full || !EVP_Q_digest(kf_crypto(), "SHA1", NULL, writer.at,
                                        (size_t)(room + sizeof room - writer.at), ret_id, NULL))
        return CKR_FUNCTION_FAILED;
    return CKR_OK;
}
