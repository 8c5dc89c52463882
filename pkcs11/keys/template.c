// SPDX-License-Identifier: Apache-2.0
// Keys from the attributes of a template, which is hostile input.
#include <string.h>

#include "keys/private.h"
#include "keys/scrub.h"

#define ATTRIBUTE_MAX ((CK_ULONG)4096) /* bytes of any that matters here */

/* CKR_TEMPLATE_INCOMPLETE when there is none. */
static CK_RV find(const CK_ATTRIBUTE *attrs, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                  struct kf_span *ret_value) {
    for (CK_ULONG i = 0; i < count; i++) {
        if (attrs[i].type != type)
            continue;
        if (!attrs[i].pValue || attrs[i].ulValueLen == 0 || attrs[i].ulValueLen > ATTRIBUTE_MAX)
            return CKR_ATTRIBUTE_VALUE_INVALID;
        *ret_value = (struct kf_span){attrs[i].pValue, attrs[i].ulValueLen};
        return CKR_OK;
    }
    return CKR_TEMPLATE_INCOMPLETE;
}

/* As above, but none and an empty one leave `ret_value` empty: hosts send both. */
static CK_RV find_optional(const CK_ATTRIBUTE *attrs, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                           struct kf_span *ret_value) {
    for (CK_ULONG i = 0; i < count; i++)
        if (attrs[i].type == type && attrs[i].ulValueLen == 0)
            return CKR_OK;
    CK_RV rv = find(attrs, count, type, ret_value);
    return rv == CKR_TEMPLATE_INCOMPLETE ? CKR_OK : rv;
}

static CK_RV find_type(const CK_ATTRIBUTE *attrs, CK_ULONG count, CK_KEY_TYPE *ret_type) {
    struct kf_span value;
    CK_TRY(find(attrs, count, CKA_KEY_TYPE, &value));
    if (value.len != sizeof *ret_type)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    memcpy(ret_type, value.data, value.len);
    return CKR_OK;
}

static CK_RV find_curve(const CK_ATTRIBUTE *attrs, CK_ULONG count, CK_KEY_TYPE type,
                        const struct kf_curve **ret_curve) {
    struct kf_span params;
    CK_TRY(find(attrs, count, CKA_EC_PARAMS, &params));
    return kf_curve_find(params.data, params.len, type, ret_curve);
}

/* --- private keys --- */

static const struct {
    CK_ATTRIBUTE_TYPE type;
    enum kf_part part;
    bool is_optional;
} rsa_parts[] = {
    {CKA_PRIVATE_EXPONENT, KF_D, false}, {CKA_PRIME_1, KF_P, false},
    {CKA_PRIME_2, KF_Q, false},          {CKA_EXPONENT_1, KF_DP, true},
    {CKA_EXPONENT_2, KF_DQ, true},       {CKA_COEFFICIENT, KF_QINV, true},
};

static CK_RV private_rsa(kf_arena *arena, const CK_ATTRIBUTE *attrs, CK_ULONG count,
                         kf_softkey **ret_key) {
    struct kf_numbers numbers = {0};
    CK_TRY(find(attrs, count, CKA_MODULUS, &numbers.modulus));
    CK_TRY(find(attrs, count, CKA_PUBLIC_EXPONENT, &numbers.exponent));
    for (size_t i = 0; i < KF_COUNT(rsa_parts); i++)
        CK_TRY((rsa_parts[i].is_optional ? find_optional : find)(attrs, count, rsa_parts[i].type,
                                                                 &numbers.part[rsa_parts[i].part]));
    return kf_softkey_from_rsa(arena, &numbers, KF_CHECK_PRIMES_TOO, ret_key);
}

static CK_RV private_on_curve(kf_arena *arena, CK_KEY_TYPE type, const CK_ATTRIBUTE *attrs,
                              CK_ULONG count, kf_softkey **ret_key) {
    const struct kf_curve *curve = NULL;
    struct kf_span number, point = {0};
    CK_TRY(find_curve(attrs, count, type, &curve));
    CK_TRY(find(attrs, count, CKA_VALUE, &number));
    CK_TRY(find_optional(attrs, count, CKA_EC_POINT, &point));
    if (point.len && !kf_point_unwrap(curve, point, &point))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return kf_softkey_from_curve(arena, curve, number, point, ret_key);
}

CK_RV kf_softkey_from_private(kf_arena *arena, const CK_ATTRIBUTE *attrs, CK_ULONG count,
                              kf_softkey **ret_key) {
    KF_SCRUB();
    CK_KEY_TYPE type = 0;
    CK_TRY(find_type(attrs, count, &type));
    if (type == CKK_RSA)
        return private_rsa(arena, attrs, count, ret_key);
    if (type == CKK_EC || type == CKK_EC_EDWARDS)
        return private_on_curve(arena, type, attrs, count, ret_key);
    return CKR_ATTRIBUTE_VALUE_INVALID;
}

/* --- public keys --- */

static CK_RV public_rsa(const CK_ATTRIBUTE *attrs, CK_ULONG count, kf_public **ret_public) {
    struct kf_span modulus, exponent;
    CK_TRY(find(attrs, count, CKA_MODULUS, &modulus));
    CK_TRY(find(attrs, count, CKA_PUBLIC_EXPONENT, &exponent));
    return kf_public_from_rsa(modulus, exponent, ret_public);
}

static CK_RV public_on_curve(CK_KEY_TYPE type, const CK_ATTRIBUTE *attrs, CK_ULONG count,
                             kf_public **ret_public) {
    const struct kf_curve *curve = NULL;
    struct kf_span point;
    CK_TRY(find_curve(attrs, count, type, &curve));
    CK_TRY(find(attrs, count, CKA_EC_POINT, &point));
    if (!kf_point_unwrap(curve, point, &point))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return kf_public_from_point(curve, point, ret_public);
}

CK_RV kf_softkey_from_public(const CK_ATTRIBUTE *attrs, CK_ULONG count, kf_softkey **ret_key) {
    KF_AUTO_PTR(kf_public) public_half = NULL;
    CK_KEY_TYPE type = 0;
    CK_TRY(find_type(attrs, count, &type));
    if (type == CKK_RSA)
        CK_TRY(public_rsa(attrs, count, &public_half));
    else if (type == CKK_EC || type == CKK_EC_EDWARDS)
        CK_TRY(public_on_curve(type, attrs, count, &public_half));
    else
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return kf_softkey_new(public_half, ret_key);
}
