// SPDX-License-Identifier: Apache-2.0
// ECDH (PKCS#11 2.40, 2.3.8; SEC 1 3.3.1), by the Montgomery ladder.
//
// OpenSSL's fast code for P-256 and P-521 copies the private number onto the heap and frees it
// uncleared when the point is not the generator (ecp_nistz256.c, ecp_nistp521.c). A group that is
// built from its numbers is worked with the general code, which clears what it used and takes the
// same time for every number.
#include <openssl/ec.h>

#include "keys/crypto.h"
#include "keys/private.h"
#include "keys/scrub.h"

KF_DEFINE_AUTO_PTR(EC_GROUP)
KF_DEFINE_AUTO_PTR_WITH(EC_POINT, EC_POINT_clear_free)

/* The same curve without its name. */
static EC_GROUP *group_new(const struct kf_curve *curve, BN_CTX *context) {
    KF_AUTO_PTR(EC_GROUP) named = EC_GROUP_new_by_curve_name_ex(kf_crypto(), NULL, curve->nid);
    KF_AUTO_PTR(BIGNUM) p = BN_new();
    KF_AUTO_PTR(BIGNUM) a = BN_new();
    KF_AUTO_PTR(BIGNUM) b = BN_new();
    uint8_t generator[KF_CURVE_POINT_MAX];
    if (!named || !p || !a || !b || !EC_GROUP_get_curve(named, p, a, b, context) ||
        EC_POINT_point2oct(named, EC_GROUP_get0_generator(named), POINT_CONVERSION_UNCOMPRESSED,
                           generator, sizeof generator, context) != curve->point_len)
        return NULL;
    KF_AUTO_PTR(EC_GROUP) group = EC_GROUP_new_curve_GFp(p, a, b, context);
    KF_AUTO_PTR(EC_POINT) point = group ? EC_POINT_new(group) : NULL;
    if (!point || !EC_POINT_oct2point(group, point, generator, curve->point_len, context) ||
        !EC_GROUP_set_generator(group, point, EC_GROUP_get0_order(named),
                                EC_GROUP_get0_cofactor(named)))
        return NULL;
    return KF_MOVE(group);
}

/* False when `theirs` is no point of the curve; these curves have no small subgroups. */
static bool multiply(const kf_softkey *key, struct kf_span theirs, kf_locked *secret) {
    const struct kf_curve *curve = key->public_half->curve;
    KF_AUTO_PTR(BN_CTX) context = BN_CTX_secure_new_ex(kf_crypto());
    KF_AUTO_PTR(EC_GROUP) group = context ? group_new(curve, context) : NULL;
    KF_AUTO_PTR(EC_POINT) point = group ? EC_POINT_new(group) : NULL;
    KF_AUTO_PTR(BIGNUM) d = kf_part_number(key, KF_D);
    KF_AUTO_PTR(BIGNUM) x = BN_new();
    return point && d && x && theirs.data[0] == 0x04 &&
           EC_POINT_oct2point(group, point, theirs.data, theirs.len, context) &&
           EC_POINT_mul(group, point, NULL, point, d, context) &&
           EC_POINT_get_affine_coordinates(group, point, x, NULL, context) &&
           BN_bn2binpad(x, secret->data, (int)secret->len) >= 0;
}

CK_RV kf_softkey_derive(const kf_softkey *key, const uint8_t *point, size_t point_len,
                        kf_arena *arena, kf_locked *ret_secret) {
    KF_QUIET();
    KF_SCRUB();
    KF_AUTO(kf_locked) secret = {0};
    struct kf_span theirs = {point, point_len};
    if (kf_softkey_type(key) != CKK_EC)
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    if (!point || !kf_point_unwrap(key->public_half->curve, theirs, &theirs))
        return CKR_MECHANISM_PARAM_INVALID;
    if (!kf_crypto() || kf_locked_new(arena, key->public_half->curve->size, &secret) != KF_OK)
        return CKR_HOST_MEMORY;
    if (!multiply(key, theirs, &secret))
        return CKR_MECHANISM_PARAM_INVALID;
    kf_locked_move(ret_secret, &secret);
    return CKR_OK;
}
