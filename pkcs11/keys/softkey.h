// SPDX-License-Identifier: Apache-2.0
// A soft key: RSA, EC (P-256, P-384, P-521) or Ed25519, its public half and maybe its private half.
//
// The private half lies in the arena. OpenSSL sees it only inside one call: nothing secret is left
// on the ordinary heap when a function of this room returns (what it takes from there is wiped).
#pragma once

#include "base/buf.h"
#include "keys/arena.h"
#include "keys/ck.h"

typedef struct kf_softkey kf_softkey; /* never changes but for kf_softkey_wipe(); counted */

/* What C_GenerateKeyPair asks for. */
struct kf_softkey_order {
    CK_KEY_TYPE type;        /* CKK_RSA, CKK_EC, CKK_EC_EDWARDS */
    CK_ULONG modulus_bits;   /* RSA: 2048, 3072, 4096 (any multiple of 8 from 2048 to 4096) */
    const uint8_t *exponent; /* RSA: CKA_PUBLIC_EXPONENT, big-endian; NULL: 65537 */
    size_t exponent_len;
    const uint8_t *ec_params; /* CKA_EC_PARAMS: a named curve's OID, or "edwards25519" as printable
                                 string */
    size_t ec_params_len;
};

/* CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED (0x140), CKR_KEY_SIZE_RANGE. */
CK_RV kf_softkey_generate(kf_arena *arena, const struct kf_softkey_order *order,
                          kf_softkey **ret_key);
/* From PKCS#8 (RFC 5958, PrivateKeyInfo, not encrypted), and back into the arena. The numbers are
 * held against each other, but whether RSA's factors are primes is not tried: CKR_DATA_INVALID,
 * CKR_CURVE_NOT_SUPPORTED. */
CK_RV kf_softkey_read(kf_arena *arena, const uint8_t *der, size_t len, kf_softkey **ret_key);
CK_RV kf_softkey_write(const kf_softkey *key, kf_arena *arena, kf_locked *ret_der);
/* A key of its own, that kf_softkey_wipe() of the other one does not reach. */
CK_RV kf_softkey_copy(const kf_softkey *key, kf_arena *arena, kf_softkey **ret_copy);
/* From the key attributes of a template (PKCS#11 2.40, 2.1.2, 2.1.3, 2.3.3, 2.3.4): CKA_KEY_TYPE
 * and CKA_MODULUS, CKA_EC_PARAMS ... of a private or of a public key. Attributes of other kinds are
 * passed over. The parts are checked against each other: CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_TEMPLATE_INCOMPLETE. An RSA key without its primes is refused, a private one below
 * 2048 bits or with primes of two lengths too; public ones are taken from 1024 to 4096 bits. */
CK_RV kf_softkey_from_private(kf_arena *arena, const CK_ATTRIBUTE *attrs, CK_ULONG count,
                              kf_softkey **ret_key);
CK_RV kf_softkey_from_public(const CK_ATTRIBUTE *attrs, CK_ULONG count, kf_softkey **ret_key);

kf_softkey *kf_softkey_ref(kf_softkey *key);
void kf_softkey_free(kf_softkey *key); /* the last one wipes; NULL is welcome */
KF_DEFINE_AUTO_PTR(kf_softkey)

/* Logout: the private half is gone, whoever still counts on the key; using it is
 * CKR_KEY_HANDLE_INVALID from then on. The caller keeps everybody else out meanwhile. */
void kf_softkey_wipe(kf_softkey *key);

CK_KEY_TYPE kf_softkey_type(const kf_softkey *key);
bool kf_softkey_has_private(const kf_softkey *key);
/* Bits of the modulus or of the field. */
CK_ULONG kf_softkey_bits(const kf_softkey *key);
bool kf_softkey_same_public(const kf_softkey *a, const kf_softkey *b);

/* One attribute of the public half: CKA_MODULUS, CKA_MODULUS_BITS (a CK_ULONG),
 * CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS (OID form), CKA_EC_POINT (a DER OCTET STRING),
 * CKA_PUBLIC_KEY_INFO. CKR_ATTRIBUTE_TYPE_INVALID when a key of this type has none such. */
CK_RV kf_softkey_public_attribute(const kf_softkey *key, CK_ATTRIBUTE_TYPE type, kf_buf *ret_value);
/* CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1 ...: for keys that may be read. */
CK_RV kf_softkey_private_attribute(const kf_softkey *key, CK_ATTRIBUTE_TYPE type, kf_arena *arena,
                                   kf_locked *ret_value);
/* RFC 5280 4.2.1.2, method 1. */
CK_RV kf_softkey_identifier(const kf_softkey *key, uint8_t ret_id[static 20]);

/* CKM_ECDH1_DERIVE with CKD_NULL (PKCS#11 2.40, 2.3.8): the x coordinate of the shared point.
 * `point` raw or as DER OCTET STRING. CKR_MECHANISM_PARAM_INVALID. */
CK_RV kf_softkey_derive(const kf_softkey *key, const uint8_t *point, size_t point_len,
                        kf_arena *arena, kf_locked *ret_secret);
