// SPDX-License-Identifier: Apache-2.0
// Keys on curves from their private number (SEC 1 3.2, RFC 8032 5.1.5): the public point is always
// computed, never believed. Signing with Ed25519 under a wrong point would give the key away.
#include "keys/private.h"

#include <openssl/ec.h>
#include <string.h>

#include "keys/crypto.h"

KF_DEFINE_AUTO_PTR(EC_GROUP)
KF_DEFINE_AUTO_PTR(EC_POINT)

static bool is_in_range(const BIGNUM *number, const EC_GROUP *group) {
    return !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
}

static bool multiply(const struct kf_curve *curve, struct kf_span number,
                     uint8_t ret_point[static KF_CURVE_POINT_MAX]) {
    KF_AUTO_PTR(BN_CTX) context = BN_CTX_secure_new_ex(kf_crypto());
    KF_AUTO_PTR(EC_GROUP) group = EC_GROUP_new_by_curve_name_ex(kf_crypto(), NULL, curve->nid);
    KF_AUTO_PTR(EC_POINT) point = group ? EC_POINT_new(group) : NULL;
    KF_AUTO_PTR(BIGNUM) d = kf_private_number(number);
    return context && point && d && is_in_range(d, group) &&
           EC_POINT_mul(group, point, d, NULL, NULL, context) &&
           EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_point,
                              curve->point_len, context) == curve->point_len;
}

static bool expand_seed(const struct kf_curve *curve, struct kf_span seed,
                        uint8_t ret_point[static KF_CURVE_POINT_MAX]) {
    EVP_PKEY *pkey =
        EVP_PKEY_new_raw_private_key_ex(kf_crypto(), curve->group, NULL, seed.data, seed.len);
    size_t len = curve->point_len;
    bool good = pkey && EVP_PKEY_get_raw_public_key(pkey, ret_point, &len) > 0;
    EVP_PKEY_free(pkey);
    return good;
}

/* A number of a P curve may come with or without leading zeros; a seed is 32 bytes and no number.
 */
static bool put_number(const struct kf_curve *curve, struct kf_span number, uint8_t *ret_bytes) {
    if (curve->type == CKK_EC)
        number = kf_span_without_zeros(number);
    if (number.len == 0 || number.len > curve->size ||
        (curve->type != CKK_EC && number.len != curve->size))
        return false;
    memcpy(ret_bytes + curve->size - number.len, number.data, number.len);
    return true;
}

CK_RV kf_softkey_from_curve(kf_arena *arena, const struct kf_curve *curve, struct kf_span number,
                            struct kf_span point, kf_softkey **ret_key) {
    KF_QUIET();
    KF_AUTO(kf_locked) secret = {0};
    KF_AUTO_PTR(kf_public) public_half = NULL;
    uint8_t computed[KF_CURVE_POINT_MAX];
    if (!kf_crypto() || kf_locked_new(arena, curve->size, &secret) != KF_OK)
        return CKR_HOST_MEMORY;
    if (!put_number(curve, number, secret.data))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    struct kf_span bytes = {secret.data, secret.len};
    if (!(curve->type == CKK_EC ? multiply : expand_seed)(curve, bytes, computed))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    struct kf_span right = {computed, curve->point_len};
    if (point.len && !kf_span_equal(point, right))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_TRY(kf_public_from_point(curve, right, &public_half));
    KF_AUTO_PTR(kf_softkey) key = NULL;
    CK_TRY(kf_softkey_new(public_half, &key));
    kf_locked_move(&key->secret, &secret);
    *ret_key = KF_MOVE(key);
    return CKR_OK;
}
