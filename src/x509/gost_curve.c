// SPDX-License-Identifier: Apache-2.0
// The curves of GOST R 34.10-2012, and the check of a signature, with OpenSSL's numbers.
#include "x509/gost_parts.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include "base/quiet.h"
#include "x509/cert.h"

KF_DEFINE_AUTO_PTR_WITH(BIGNUM, BN_free)
KF_DEFINE_AUTO_PTR_WITH(BN_CTX, BN_CTX_free)
KF_DEFINE_AUTO_PTR_WITH(EC_GROUP, EC_GROUP_free)
KF_DEFINE_AUTO_PTR_WITH(EC_POINT, EC_POINT_free)

/* RFC 4357 11.4 for 256 bits, RFC 7836 A.1 for 512. */
static const struct numbers {
    const char *p, *a, *b, *q, *x, *y;
} numbers[] = {
    {.p = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
     .a = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94",
     .b = "A6",
     .q = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
     .x = "1",
     .y = "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14"},
    {.p = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC7",
     .a = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFDC4",
     .b = "E8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265"
          "EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760",
     .q = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
          "27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275",
     .x = "3",
     .y = "7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921"
          "DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4"},
};

/* --- the curve --- */

struct curve {
    BN_CTX *ctx;
    EC_GROUP *group;
    BIGNUM *q;
};

static void curve_clear(struct curve *curve) {
    EC_GROUP_free(curve->group);
    BN_free(curve->q);
    BN_CTX_free(curve->ctx);
}
#define CURVE __attribute__((cleanup(curve_clear))) struct curve

static bool curve_open(enum kf_key_type type, struct curve *curve) {
    const struct numbers *of = type == KF_KEY_GOST_256 ? &numbers[0] : &numbers[1];
    BIGNUM *p = NULL, *a = NULL, *b = NULL, *x = NULL, *y = NULL;
    EC_POINT *base = NULL;
    curve->ctx = BN_CTX_new();
    bool done = curve->ctx && BN_hex2bn(&p, of->p) && BN_hex2bn(&a, of->a) &&
                BN_hex2bn(&b, of->b) && BN_hex2bn(&curve->q, of->q) && BN_hex2bn(&x, of->x) &&
                BN_hex2bn(&y, of->y) &&
                (curve->group = EC_GROUP_new_curve_GFp(p, a, b, curve->ctx)) &&
                (base = EC_POINT_new(curve->group)) &&
                EC_POINT_set_affine_coordinates(curve->group, base, x, y, curve->ctx) &&
                EC_GROUP_set_generator(curve->group, base, curve->q, BN_value_one());
    BN_free(p);
    BN_free(a);
    BN_free(b);
    BN_free(x);
    BN_free(y);
    EC_POINT_free(base);
    return done;
}

/* NULL when the point is not on the curve, which OpenSSL checks here. */
static EC_POINT *point_of(const struct curve *curve, const struct kf_gost_public *public) {
    size_t half = public->kind->half;
    KF_AUTO_PTR(BIGNUM) x = BN_lebin2bn(public->value.data, (int)half, NULL);
    KF_AUTO_PTR(BIGNUM) y = BN_lebin2bn(public->value.data + half, (int)half, NULL);
    KF_AUTO_PTR(EC_POINT) point = EC_POINT_new(curve->group);
    if (!x || !y || !point ||
        !EC_POINT_set_affine_coordinates(curve->group, point, x, y, curve->ctx))
        return NULL;
    return KF_MOVE(point);
}

bool kf_gost_on_curve(const struct kf_gost_public *public) {
    KF_QUIET();
    CURVE curve = {0};
    KF_AUTO_PTR(EC_POINT)
    point = curve_open(public->kind->type, &curve) ? point_of(&curve, public) : NULL;
    return point != NULL;
}

/* --- signatures (RFC 7091 6.2) --- */

static bool in_range(const BIGNUM *n, const BIGNUM *q) {
    return !BN_is_zero(n) && !BN_is_negative(n) && BN_cmp(n, q) < 0;
}

/* The x of z1 P + z2 Q modulo q, where z1 = s / e and z2 = -r / e, is r. */
static bool fits(const struct curve *curve, const EC_POINT *key, const BIGNUM *e, const BIGNUM *r,
                 const BIGNUM *s) {
    KF_AUTO_PTR(BIGNUM) v = BN_mod_inverse(NULL, e, curve->q, curve->ctx);
    KF_AUTO_PTR(BIGNUM) z1 = BN_new();
    KF_AUTO_PTR(BIGNUM) z2 = BN_new();
    KF_AUTO_PTR(BIGNUM) x = BN_new();
    KF_AUTO_PTR(EC_POINT) c = EC_POINT_new(curve->group);
    return v && z1 && z2 && x && c && BN_mod_mul(z1, s, v, curve->q, curve->ctx) &&
           BN_mod_mul(z2, r, v, curve->q, curve->ctx) && BN_sub(z2, curve->q, z2) &&
           EC_POINT_mul(curve->group, c, z1, key, z2, curve->ctx) &&
           EC_POINT_get_affine_coordinates(curve->group, c, x, NULL, curve->ctx) &&
           BN_nnmod(x, x, curve->q, curve->ctx) && BN_cmp(x, r) == 0;
}

/* The hash is a little-endian number; 0 counts as 1. */
static BIGNUM *number_of(const uint8_t *digest, size_t len, const struct curve *curve) {
    KF_AUTO_PTR(BIGNUM) e = BN_lebin2bn(digest, (int)len, NULL);
    if (!e || !BN_nnmod(e, e, curve->q, curve->ctx) || (BN_is_zero(e) && !BN_one(e)))
        return NULL;
    return KF_MOVE(e);
}

static bool verify(const struct kf_gost_public *public, const uint8_t *digest,
                   const uint8_t *signature) {
    CURVE curve = {0};
    size_t half = public->kind->half;
    if (!curve_open(public->kind->type, &curve))
        return false;
    KF_AUTO_PTR(EC_POINT) key = point_of(&curve, public);
    KF_AUTO_PTR(BIGNUM) e = number_of(digest, half, &curve);
    KF_AUTO_PTR(BIGNUM) s = BN_bin2bn(signature, (int)half, NULL);
    KF_AUTO_PTR(BIGNUM) r = BN_bin2bn(signature + half, (int)half, NULL);
    return key && e && s && r && in_range(s, curve.q) && in_range(r, curve.q) &&
           fits(&curve, key, e, r, s);
}

bool kf_gost_verify(const uint8_t *spki, size_t spki_len, const uint8_t *digest, size_t digest_len,
                    const uint8_t *signature, size_t signature_len) {
    struct kf_gost_public public;
    KF_QUIET();
    return kf_gost_parse(spki, spki_len, &public) &&
           kf_gost_is_oid(&public.curve, public.kind->curve) && digest_len == public.kind->half &&
           signature_len == 2 * public.kind->half && verify(&public, digest, signature);
}

static void reverse(uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t kept = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = kept;
    }
}

/* Little-endian halves become big-endian ones, and back. */
static void turn(uint8_t *signature, size_t half) {
    reverse(signature, half);
    reverse(signature + half, half);
}

static void swap(uint8_t *signature, size_t half) {
    reverse(signature, 2 * half);
    turn(signature, half);
}

kf_err kf_gost_settle(const uint8_t *spki, size_t spki_len, const uint8_t *digest,
                      size_t digest_len, uint8_t *signature, size_t signature_len) {
    static void (*const next[])(uint8_t * signature, size_t half) = {turn, swap, turn, swap};
    for (size_t i = 0; i < KF_COUNT(next); i++) {
        if (kf_gost_verify(spki, spki_len, digest, digest_len, signature, signature_len))
            return KF_OK;
        next[i](signature, signature_len / 2);
    }
    return kf_fail(KF_E_KEY_UNUSABLE, "the signature does not verify with the key's public half");
}
