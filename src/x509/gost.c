// SPDX-License-Identifier: Apache-2.0
// Keys of GOST R 34.10-2012: their encodings, and the check of a signature by OpenSSL's numbers and
// curves.
#include "x509/gost.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

#include "base/quiet.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(BIGNUM, BN_free)
KF_DEFINE_AUTO_PTR_WITH(BN_CTX, BN_CTX_free)
KF_DEFINE_AUTO_PTR_WITH(EC_GROUP, EC_GROUP_free)
KF_DEFINE_AUTO_PTR_WITH(EC_POINT, EC_POINT_free)

/* One row a length of key: object identifiers of RFC 9215, and the curve (RFC 7836 A.1 for 512
 * bits, RFC 4357 11.4 for 256). */
static const struct kind {
    enum kf_key_type type;
    size_t half; /* bytes of a coordinate, and of the hash */
    const char *algorithm, *signature, *digest, *curve;
    bool names_digest; /* RFC 9215 4.2: with the curves of RFC 4357 the hash must be named */
    const char *p, *a, *b, *q, *x, *y;
} kinds[] = {
    {.type = KF_KEY_GOST_256,
     .half = 32,
     .algorithm = "1.2.643.7.1.1.1.1",
     .signature = "1.2.643.7.1.1.3.2",
     .digest = "1.2.643.7.1.1.2.2",
     .curve = "1.2.643.2.2.35.1",
     .names_digest = true,
     .p = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD97",
     .a = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFD94",
     .b = "A6",
     .q = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893",
     .x = "1",
     .y = "8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14"},
    {.type = KF_KEY_GOST_512,
     .half = 64,
     .algorithm = "1.2.643.7.1.1.1.2",
     .signature = "1.2.643.7.1.1.3.3",
     .digest = "1.2.643.7.1.1.2.3",
     .curve = "1.2.643.7.1.2.1.2.1",
     .p = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
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

static const struct kind *kind_of(enum kf_key_type type) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

size_t kf_gost_digest_len(enum kf_key_type type) {
    const struct kind *kind = kind_of(type);
    return kind ? kind->half : 0;
}

/* --- SubjectPublicKeyInfo --- */

struct public {
    const struct kind *kind;
    struct kf_der_view curve; /* contents of its object identifier */
    struct kf_der_view value; /* x and y, little-endian */
};

static bool is_oid(const struct kf_der_view *content, const char *dotted) {
    KF_AUTO(kf_buf) der = {0};
    return kf_der_add_oid(&der, dotted) == KF_OK && der.len == content->len + 2 &&
           memcmp(der.data + 2, content->data, content->len) == 0;
}

static const struct kind *kind_of_algorithm(const struct kf_der_view *oid) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (is_oid(oid, kinds[i].algorithm))
            return &kinds[i];
    return NULL;
}

/* SEQUENCE { SEQUENCE { algorithm, SEQUENCE { curve, hash? } }, BIT STRING { OCTET STRING } } */
static bool parse(const uint8_t *spki, size_t len, struct public *ret_public) {
    struct kf_der_view rest = {spki, len}, all, algorithm, oid, params, bits, octets;
    struct public public = {0};
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all) || rest.len ||
        !kf_der_take(&all, KF_DER_SEQUENCE, &algorithm) ||
        !kf_der_take(&algorithm, KF_DER_OID, &oid))
        return false;
    public.kind = kind_of_algorithm(&oid);
    if (!public.kind || !kf_der_take(&algorithm, KF_DER_SEQUENCE, &params) ||
        !kf_der_take(&params, KF_DER_OID, &public.curve) ||
        !kf_der_take(&all, KF_DER_BITS, &bits) || all.len || bits.len < 1 || bits.data[0] != 0)
        return false;
    octets = (struct kf_der_view){bits.data + 1, bits.len - 1};
    if (!kf_der_take(&octets, KF_DER_OCTETS, &public.value) || octets.len ||
        public.value.len != 2 * public.kind->half)
        return false;
    *ret_public = public;
    return true;
}

enum kf_key_type kf_gost_spki_type(const uint8_t *spki, size_t len) {
    struct public public;
    return parse(spki, len, &public) ? public.kind->type : KF_KEY_NONE;
}

bool kf_gost_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    struct public first, second;
    return parse(a, a_len, &first) && parse(b, b_len, &second) && first.kind == second.kind &&
           first.curve.len == second.curve.len &&
           memcmp(first.curve.data, second.curve.data, first.curve.len) == 0 &&
           memcmp(first.value.data, second.value.data, first.value.len) == 0;
}

static kf_err add_algorithm(const struct kind *kind, kf_buf *der) {
    KF_AUTO(kf_buf) params = {0};
    KF_AUTO(kf_buf) both = {0};
    KF_TRY(kf_der_add_oid(&params, kind->curve));
    if (kind->names_digest)
        KF_TRY(kf_der_add_oid(&params, kind->digest));
    KF_TRY(kf_der_add_oid(&both, kind->algorithm));
    KF_TRY(kf_der_add(&both, KF_DER_SEQUENCE, params.data, params.len));
    return kf_der_add(der, KF_DER_SEQUENCE, both.data, both.len);
}

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

static bool curve_open(const struct kind *kind, struct curve *curve) {
    BIGNUM *p = NULL, *a = NULL, *b = NULL, *x = NULL, *y = NULL;
    EC_POINT *base = NULL;
    curve->ctx = BN_CTX_new();
    bool done = curve->ctx && BN_hex2bn(&p, kind->p) && BN_hex2bn(&a, kind->a) &&
                BN_hex2bn(&b, kind->b) && BN_hex2bn(&curve->q, kind->q) && BN_hex2bn(&x, kind->x) &&
                BN_hex2bn(&y, kind->y) &&
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
static EC_POINT *point_of(const struct curve *curve, const struct public *public) {
    size_t half = public->kind->half;
    KF_AUTO_PTR(BIGNUM) x = BN_lebin2bn(public->value.data, (int)half, NULL);
    KF_AUTO_PTR(BIGNUM) y = BN_lebin2bn(public->value.data + half, (int)half, NULL);
    KF_AUTO_PTR(EC_POINT) point = EC_POINT_new(curve->group);
    if (!x || !y || !point ||
        !EC_POINT_set_affine_coordinates(curve->group, point, x, y, curve->ctx))
        return NULL;
    return KF_MOVE(point);
}

static bool is_on_curve(const struct public *public) {
    KF_QUIET();
    CURVE curve = {0};
    KF_AUTO_PTR(EC_POINT)
    point = curve_open(public->kind, &curve) ? point_of(&curve, public) : NULL;
    return point != NULL;
}

kf_err kf_gost_spki(enum kf_key_type type, const uint8_t *value, size_t len, kf_buf *ret_spki) {
    const struct kind *kind = kind_of(type);
    KF_AUTO(kf_buf) bits = {0};
    KF_AUTO(kf_buf) spki = {0};
    struct public public;
    if (!kind || len != 2 * kind->half)
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a public key of %zu bytes", len);
    KF_TRY(add_algorithm(kind, &spki));
    KF_TRY(kf_buf_add(&bits, "", 1));
    KF_TRY(kf_der_add(&bits, KF_DER_OCTETS, value, len));
    KF_TRY(kf_der_add(&spki, KF_DER_BITS, bits.data, bits.len));
    KF_TRY(kf_der_wrap(&spki, KF_DER_SEQUENCE));
    if (!parse(spki.data, spki.len, &public) || !is_on_curve(&public))
        return kf_fail(KF_E_KEY_WEAK, "the token made a weak key: its point is not on its curve");
    kf_buf_move(ret_spki, &spki);
    return KF_OK;
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

static bool verify(const struct public *public, const uint8_t *digest, const uint8_t *signature) {
    CURVE curve = {0};
    size_t half = public->kind->half;
    if (!curve_open(public->kind, &curve))
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
    struct public public;
    KF_QUIET();
    return parse(spki, spki_len, &public) && is_oid(&public.curve, public.kind->curve) &&
           digest_len == public.kind->half && signature_len == 2 * public.kind->half &&
           verify(&public, digest, signature);
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

/* --- algorithms --- */

ASN1_OBJECT *kf_gost_signature_algorithm(enum kf_key_type type) {
    const struct kind *kind = kind_of(type);
    return kind ? OBJ_txt2obj(kind->signature, 1) : NULL;
}

enum kf_key_type kf_gost_signature_type(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    char dotted[64] = "";
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    OBJ_obj2txt(dotted, sizeof dotted, object, 1);
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (strcmp(kinds[i].signature, dotted) == 0)
            return kinds[i].type;
    return KF_KEY_NONE;
}

/* TBSCertificate as it was signed: the first element, with its header. */
static bool find_signed(const kf_cert *cert, struct kf_gost_signed *parts) {
    struct kf_der_view rest = {0}, all, tbs;
    rest.data = kf_cert_der(cert, &rest.len);
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all))
        return false;
    parts->data = all.data;
    if (!kf_der_take(&all, KF_DER_SEQUENCE, &tbs))
        return false;
    parts->len = (size_t)(tbs.data + tbs.len - parts->data);
    return true;
}

bool kf_cert_gost(const kf_cert *cert, struct kf_gost_signed *ret_signed) {
    struct kf_gost_signed parts = {0};
    const ASN1_BIT_STRING *bits = NULL;
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(&bits, &algorithm, kf_cert_x509(cert));
    parts.type = kf_gost_signature_type(algorithm);
    if (parts.type == KF_KEY_NONE || !find_signed(cert, &parts))
        return false;
    parts.signature = ASN1_STRING_get0_data(bits);
    parts.signature_len = (size_t)ASN1_STRING_length(bits);
    *ret_signed = parts;
    return true;
}
