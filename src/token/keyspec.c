// SPDX-License-Identifier: Apache-2.0
// Key types: one row each, and SubjectPublicKeyInfo put together from a token's attributes.
#include "token/keyspec.h"

#include <string.h>

#include "x509/cert.h"
#include "x509/gost.h"

#define BYTES(text) (text), sizeof(text) - 1

#define OID_P256       "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384       "\x06\x05\x2b\x81\x04\x00\x22"
#define OID_P521       "\x06\x05\x2b\x81\x04\x00\x23"
#define OID_ED25519    "\x06\x03\x2b\x65\x70"
#define OID_GOST_A     "\x06\x07\x2a\x85\x03\x02\x02\x23\x01"
#define OID_GOST_512_A "\x06\x09\x2a\x85\x03\x07\x01\x02\x01\x02\x01"
#define OID_HASH_256   "\x06\x08\x2a\x85\x03\x07\x01\x01\x02\x02"
#define OID_HASH_512   "\x06\x08\x2a\x85\x03\x07\x01\x01\x02\x03"
#define EC             CKK_EC, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA
#define RSA            CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_RSA_PKCS

#define NOT_GOST 0, BYTES("")

static const struct kf_key_spec specs[] = {
    {KF_KEY_RSA_2048, RSA, 2048, BYTES(""), BYTES(""), 0, NOT_GOST},
    {KF_KEY_RSA_3072, RSA, 3072, BYTES(""), BYTES(""), 0, NOT_GOST},
    {KF_KEY_RSA_4096, RSA, 4096, BYTES(""), BYTES(""), 0, NOT_GOST},
    {KF_KEY_P256, EC, 256, BYTES(OID_P256), BYTES("\x13\x05P-256"), 65, NOT_GOST},
    {KF_KEY_P384, EC, 384, BYTES(OID_P384), BYTES("\x13\x05P-384"), 97, NOT_GOST},
    {KF_KEY_P521, EC, 521, BYTES(OID_P521), BYTES("\x13\x05P-521"), 133, NOT_GOST},
    {KF_KEY_ED25519, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA, 255,
     BYTES(OID_ED25519),
     BYTES("\x13\x0c"
           "edwards25519"),
     32, NOT_GOST},
    {KF_KEY_GOST_256, CKK_GOSTR3410, CKM_GOSTR3410_KEY_PAIR_GEN, CKM_GOSTR3410, 256,
     BYTES(OID_GOST_A), BYTES(""), 64, KF_CKM_GOSTR3411_12_256, BYTES(OID_HASH_256)},
    {KF_KEY_GOST_512, KF_CKK_GOSTR3410_512, KF_CKM_GOSTR3410_512_PAIR_GEN, KF_CKM_GOSTR3410_512,
     512, BYTES(OID_GOST_512_A), BYTES(""), 128, KF_CKM_GOSTR3411_12_512, BYTES(OID_HASH_512)},
};

const struct kf_key_spec *kf_key_spec(enum kf_key_type type) {
    for (size_t i = 0; i < KF_COUNT(specs); i++)
        if (specs[i].type == type)
            return &specs[i];
    return NULL;
}

bool kf_key_spec_is_gost(const struct kf_key_spec *spec) {
    return spec != NULL && spec->hash_len > 0;
}

/* --- DER --- */

enum {
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30
};

static kf_err der(kf_buf *to, uint8_t tag, const uint8_t *data, size_t len) {
    uint8_t head[4] = {tag, (uint8_t)len};
    size_t head_len = 2;
    if (len > 0xffff)
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a public key that is too large");
    if (len > 0xff) {
        memcpy(head + 1, (uint8_t[]){0x82, (uint8_t)(len >> 8), (uint8_t)len}, 3);
        head_len = 4;
    } else if (len > 0x7f) {
        memcpy(head + 1, (uint8_t[]){0x81, (uint8_t)len}, 2);
        head_len = 3;
    }
    KF_TRY(kf_buf_add(to, head, head_len));
    return kf_buf_add(to, data, len);
}

/* An unsigned big-endian number, with or without zeros before it. */
static kf_err der_number(kf_buf *to, const kf_buf *number) {
    size_t skip = 0;
    while (skip + 1 < number->len && number->data[skip] == 0)
        skip++;
    KF_AUTO(kf_buf) bytes = {0};
    if (number->len == 0 || number->data[skip] & 0x80)
        KF_TRY(kf_buf_add(&bytes, "", 1));
    KF_TRY(kf_buf_add(&bytes, number->data + skip, number->len - skip));
    return der(to, TAG_INTEGER, bytes.data, bytes.len);
}

/* SEQUENCE { algorithm, BIT STRING { key } } */
static kf_err wrap(const kf_buf *algorithm, const uint8_t *key, size_t len, kf_buf *ret_spki) {
    KF_AUTO(kf_buf) bits = {0}, both = {0}, spki = {0};
    KF_TRY(kf_buf_add(&bits, "", 1));
    KF_TRY(kf_buf_add(&bits, key, len));
    KF_TRY(der(&both, TAG_SEQUENCE, algorithm->data, algorithm->len));
    KF_TRY(der(&both, TAG_BIT_STRING, bits.data, bits.len));
    KF_TRY(der(&spki, TAG_SEQUENCE, both.data, both.len));
    kf_buf_move(ret_spki, &spki);
    return KF_OK;
}

static kf_err rsa_spki(const kf_object *object, kf_buf *ret_spki) {
    static const uint8_t rsa_encryption[] = {TAG_OID, 9,    0x2a, 0x86, 0x48, 0x86, 0xf7,
                                             0x0d,    0x01, 0x01, 0x01, 0x05, 0x00};
    KF_AUTO(kf_buf) numbers = {0}, key = {0}, algorithm = {0};
    KF_TRY(der_number(&numbers, &object->modulus));
    KF_TRY(der_number(&numbers, &object->exponent));
    KF_TRY(der(&key, TAG_SEQUENCE, numbers.data, numbers.len));
    KF_TRY(kf_buf_add(&algorithm, rsa_encryption, sizeof(rsa_encryption)));
    return wrap(&algorithm, key.data, key.len, ret_spki);
}

/* --- elliptic curves --- */

static bool is(const kf_buf *buf, const char *bytes, size_t len) {
    return len > 0 && buf->len == len && memcmp(buf->data, bytes, len) == 0;
}

static const struct kf_key_spec *spec_of_curve(const kf_object *object) {
    const kf_buf *params = &object->ec_params;
    for (size_t i = 0; i < KF_COUNT(specs); i++) {
        const struct kf_key_spec *spec = &specs[i];
        if (spec->key_type == object->key_type &&
            (is(params, spec->oid, spec->oid_len) || is(params, spec->name, spec->name_len)))
            return spec;
    }
    return NULL;
}

/* The point inside DER with this tag and `skip` bytes before it, where that is all there is. */
static bool unwrap(const kf_buf *point, uint8_t tag, size_t skip, const uint8_t **ret_at,
                   size_t *ret_len) {
    const uint8_t *at = point->data;
    size_t head = point->len > 2 && at[1] == 0x81 ? 3 : 2;
    if (point->len <= head + skip || at[0] != tag || at[head - 1] != point->len - head ||
        (head == 2 && at[1] > 0x7f))
        return false;
    *ret_at = at + head + skip;
    *ret_len = point->len - head - skip;
    return true;
}

/* CKA_EC_POINT: DER OCTET STRING by the standard, raw or BIT STRING in the field. `want` 0: unknown
 * curve. */
static bool find_point(const kf_buf *point, size_t want, const uint8_t **ret_at, size_t *ret_len) {
    if (want != 0 && point->len == want) {
        *ret_at = point->data;
        *ret_len = point->len;
        return true;
    }
    bool found = unwrap(point, TAG_OCTETS, 0, ret_at, ret_len) ||
                 unwrap(point, TAG_BIT_STRING, 1, ret_at, ret_len);
    return found && (want == 0 || *ret_len == want);
}

/* Named curves only: explicit parameters could name any curve (CVE-2021-3798). */
static bool is_oid(const kf_buf *params) {
    return params->len > 2 && params->data[0] == TAG_OID && params->data[1] == params->len - 2;
}

static kf_err ec_spki(const kf_object *object, kf_buf *ret_spki) {
    static const uint8_t ec_public_key[] = {TAG_OID, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    const struct kf_key_spec *spec = spec_of_curve(object);
    const uint8_t *point = NULL;
    size_t len = 0;
    if ((spec == NULL && (object->key_type != CKK_EC || !is_oid(&object->ec_params))) ||
        !find_point(&object->ec_point, spec ? spec->point_len : 0, &point, &len))
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a public key on no named curve");
    KF_AUTO(kf_buf) algorithm = {0};
    if (object->key_type == CKK_EC)
        KF_TRY(kf_buf_add(&algorithm, ec_public_key, sizeof(ec_public_key)));
    if (spec != NULL)
        KF_TRY(kf_buf_add(&algorithm, spec->oid, spec->oid_len));
    else
        KF_TRY(kf_buf_add(&algorithm, object->ec_params.data, object->ec_params.len));
    return wrap(&algorithm, point, len, ret_spki);
}

/* --- GOST --- */

/* By kind of key and curve; other curves are not for keyfob to judge. */
static const struct kf_key_spec *spec_of_gost(const kf_object *object) {
    for (size_t i = 0; i < KF_COUNT(specs); i++)
        if (kf_key_spec_is_gost(&specs[i]) && specs[i].key_type == object->key_type &&
            is(&object->gost_params, specs[i].oid, specs[i].oid_len))
            return &specs[i];
    return NULL;
}

static bool is_gost(const kf_object *object) {
    return object->key_type == CKK_GOSTR3410 || object->key_type == KF_CKK_GOSTR3410_512;
}

static kf_err gost_spki(const kf_object *object, kf_buf *ret_spki) {
    const struct kf_key_spec *spec = spec_of_gost(object);
    if (spec == NULL)
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a GOST key on a curve that keyfob does "
                                         "not know");
    if (object->value.len == 0)
        return kf_fail(KF_E_NOT_FOUND, "the token does not show the public key");
    return kf_gost_spki(spec->type, object->value.data, object->value.len, ret_spki);
}

/* --- all kinds --- */

kf_err kf_object_spki(const kf_object *object, kf_buf *ret_spki) {
    if (object->key_type == CKK_RSA && object->modulus.len > 0 && object->exponent.len > 0)
        return rsa_spki(object, ret_spki);
    if (is_gost(object))
        return gost_spki(object, ret_spki);
    if (object->ec_params.len > 0 && object->ec_point.len > 0)
        return ec_spki(object, ret_spki);
    if (object->spki.len == 0)
        return kf_fail(KF_E_NOT_FOUND, "the token does not show the public key");
    return kf_buf_set(ret_spki, object->spki.data, object->spki.len);
}

enum kf_key_type kf_object_key_type(const kf_object *object) {
    size_t skip = object->modulus.len > 0 && object->modulus.data[0] == 0;
    if (object->key_type != CKK_RSA) {
        const struct kf_key_spec *spec =
            is_gost(object) ? spec_of_gost(object) : spec_of_curve(object);
        return spec != NULL ? spec->type : KF_KEY_NONE;
    }
    for (size_t i = 0; i < KF_COUNT(specs); i++)
        if (specs[i].key_type == CKK_RSA && (object->modulus.len - skip) * 8 == specs[i].bits)
            return specs[i].type;
    return KF_KEY_NONE;
}

kf_err kf_spki_public(const uint8_t *spki, size_t len, EVP_PKEY **ret_public) {
    if (kf_public_key_parse(spki, len, ret_public) != KF_OK)
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a public key that is none");
    return KF_OK;
}
