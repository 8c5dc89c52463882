// SPDX-License-Identifier: Apache-2.0
// PrivateKeyInfo, read and written (RFC 5958; RFC 8017 A.1.2, RFC 5915, RFC 8410).
#include <string.h>

#include "keys/private.h"
#include "keys/scrub.h"

#define PKCS8_MAX 4096 /* bytes; RSA 4096 needs 2,400 */

static const uint8_t algorithm_rsa[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                        0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t algorithm_ec[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

/* --- reading --- */

struct info {
    struct kf_span algorithm, key, public_key; /* `public_key` only in version 2 */
};

static bool take_version(struct kf_span *rest, uint8_t max, uint8_t *ret_version) {
    struct kf_span number;
    if (!kf_asn1_take_number(rest, &number) || number.len > 1)
        return false;
    *ret_version = number.len ? number.data[0] : 0;
    return *ret_version <= max;
}

/* RFC 5958 2. */
static bool take_info(struct kf_span der, struct info *ret_info) {
    struct kf_span body, ignored;
    struct info info = {0};
    uint8_t version = 0;
    if (!kf_asn1_take(&der, KF_ASN1_SEQUENCE, &body) || der.len ||
        !take_version(&body, 1, &version))
        return false;
    if (!kf_asn1_take(&body, KF_ASN1_SEQUENCE, &info.algorithm) ||
        !kf_asn1_take(&body, KF_ASN1_OCTETS, &info.key))
        return false;
    kf_asn1_take(&body, KF_ASN1_CONTEXT_0, &ignored); /* attributes */
    if (version == 1)
        kf_asn1_take_bits(&body, KF_ASN1_IMPLICIT_1, &info.public_key);
    *ret_info = info;
    return body.len == 0;
}

/* RFC 8017 A.1.2, of two primes. */
static CK_RV read_rsa(kf_arena *arena, const struct info *info, kf_softkey **ret_key) {
    struct kf_span rest = info->key, body;
    struct kf_numbers numbers = {0};
    struct kf_span *const order[] = {
        &numbers.modulus,    &numbers.exponent,    &numbers.part[KF_D],  &numbers.part[KF_P],
        &numbers.part[KF_Q], &numbers.part[KF_DP], &numbers.part[KF_DQ], &numbers.part[KF_QINV]};
    uint8_t version;
    if (!kf_asn1_take(&rest, KF_ASN1_SEQUENCE, &body) || rest.len ||
        !take_version(&body, 0, &version))
        return CKR_DATA_INVALID;
    for (size_t i = 0; i < KF_COUNT(order); i++)
        if (!kf_asn1_take_number(&body, order[i]) || order[i]->len == 0)
            return CKR_DATA_INVALID;
    if (body.len)
        return CKR_DATA_INVALID;
    return kf_softkey_from_rsa(arena, &numbers, KF_CHECK_RELATIONS, ret_key);
}

/* RFC 5915 3: the parameters may be said again, the public key may be there. */
static CK_RV read_ec(kf_arena *arena, const struct info *info, kf_softkey **ret_key) {
    struct kf_span rest = info->key, body, number, params, point = {0};
    struct kf_span named = {info->algorithm.data + sizeof algorithm_ec,
                            info->algorithm.len - sizeof algorithm_ec};
    const struct kf_curve *curve = NULL;
    uint8_t version;
    CK_TRY(kf_curve_find(named.data, named.len, CKK_EC, &curve));
    if (!kf_asn1_take(&rest, KF_ASN1_SEQUENCE, &body) || rest.len ||
        !take_version(&body, 1, &version) || version != 1 ||
        !kf_asn1_take(&body, KF_ASN1_OCTETS, &number))
        return CKR_DATA_INVALID;
    if (kf_asn1_take(&body, KF_ASN1_CONTEXT_0, &params) && !kf_span_equal(params, named))
        return CKR_DATA_INVALID;
    if (kf_asn1_take(&body, KF_ASN1_CONTEXT_1, &rest) &&
        (!kf_asn1_take_bits(&rest, KF_ASN1_BITS, &point) || rest.len || !point.len))
        return CKR_DATA_INVALID;
    if (body.len)
        return CKR_DATA_INVALID;
    return kf_softkey_from_curve(arena, curve, number, point, ret_key);
}

/* RFC 8410 7. */
static CK_RV read_edwards(kf_arena *arena, const struct info *info, kf_softkey **ret_key) {
    struct kf_span rest = info->key, seed;
    const struct kf_curve *curve = NULL;
    CK_TRY(kf_curve_find(info->algorithm.data, info->algorithm.len, CKK_EC_EDWARDS, &curve));
    if (!kf_asn1_take(&rest, KF_ASN1_OCTETS, &seed) || rest.len)
        return CKR_DATA_INVALID;
    return kf_softkey_from_curve(arena, curve, seed, info->public_key, ret_key);
}

static bool starts_with(struct kf_span bytes, const uint8_t *prefix, size_t len) {
    return bytes.len >= len && memcmp(bytes.data, prefix, len) == 0;
}

static CK_RV read_info(kf_arena *arena, const struct info *info, kf_softkey **ret_key) {
    if (kf_span_equal(info->algorithm, (struct kf_span){algorithm_rsa, sizeof algorithm_rsa}))
        return read_rsa(arena, info, ret_key);
    if (starts_with(info->algorithm, algorithm_ec, sizeof algorithm_ec))
        return read_ec(arena, info, ret_key);
    return read_edwards(arena, info, ret_key);
}

CK_RV kf_softkey_read(kf_arena *arena, const uint8_t *der, size_t len, kf_softkey **ret_key) {
    KF_SCRUB();
    struct info info;
    if (!take_info((struct kf_span){der, len}, &info))
        return CKR_DATA_INVALID;
    CK_RV rv = read_info(arena, &info, ret_key);
    return rv == CKR_ATTRIBUTE_VALUE_INVALID ? CKR_DATA_INVALID : rv;
}

/* --- writing, from the end to the start --- */

static void put_rsa(const kf_softkey *key, struct kf_asn1_writer *writer) {
    const uint8_t *end = writer->at;
    for (int part = KF_QINV; part >= KF_D; part--)
        kf_asn1_put_number(writer, kf_part(key, (enum kf_part)part));
    kf_asn1_put_number(writer, kf_span_of(&key->public_half->exponent));
    kf_asn1_put_number(writer, kf_span_of(&key->public_half->modulus));
    kf_asn1_put_number(writer, (struct kf_span){0}); /* version: two primes */
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}

static void put_ec(const kf_softkey *key, struct kf_asn1_writer *writer) {
    const uint8_t *end = writer->at;
    kf_public_put_key(key->public_half, writer);
    kf_asn1_put_byte(writer, 0); /* no unused bits */
    kf_asn1_wrap(writer, KF_ASN1_BITS, end);
    kf_asn1_wrap(writer, KF_ASN1_CONTEXT_1, end);
    kf_asn1_put_element(writer, KF_ASN1_OCTETS, kf_part(key, KF_D));
    kf_asn1_put_number(writer, (struct kf_span){(const uint8_t[]){1}, 1});
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}

static void put_edwards(const kf_softkey *key, struct kf_asn1_writer *writer) {
    kf_asn1_put_element(writer, KF_ASN1_OCTETS, kf_part(key, KF_D));
}

static void put_info(const kf_softkey *key, struct kf_asn1_writer *writer) {
    CK_KEY_TYPE type = kf_softkey_type(key);
    const uint8_t *end = writer->at;
    (type == CKK_RSA ? put_rsa : type == CKK_EC ? put_ec : put_edwards)(key, writer);
    kf_asn1_wrap(writer, KF_ASN1_OCTETS, end);
    kf_public_put_algorithm(key->public_half, writer);
    kf_asn1_put_number(writer, (struct kf_span){0}); /* version 1 of RFC 5958 */
    kf_asn1_wrap(writer, KF_ASN1_SEQUENCE, end);
}

CK_RV kf_softkey_write(const kf_softkey *key, kf_arena *arena, kf_locked *ret_der) {
    KF_SCRUB();
    KF_AUTO(kf_locked) room = {0}, der = {0};
    if (!kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    if (kf_locked_new(arena, PKCS8_MAX, &room) != KF_OK)
        return CKR_HOST_MEMORY;
    const uint8_t *end = room.data + room.len;
    struct kf_asn1_writer writer = {.start = room.data, .at = room.data + room.len};
    put_info(key, &writer);
    if (writer.is_full ||
        kf_locked_copy(arena, writer.at, (size_t)(end - writer.at), &der) != KF_OK)
        return CKR_HOST_MEMORY;
    kf_locked_move(ret_der, &der);
    return CKR_OK;
}

CK_RV kf_softkey_copy(const kf_softkey *key, kf_arena *arena, kf_softkey **ret_copy) {
    KF_AUTO(kf_locked) der = {0};
    CK_TRY(kf_softkey_write(key, arena, &der));
    return kf_softkey_read(arena, der.data, der.len, ret_copy);
}
