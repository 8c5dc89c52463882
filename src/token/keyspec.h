// SPDX-License-Identifier: Apache-2.0
// Key types as PKCS#11 says them, and public keys out of a token's attributes.
#pragma once

#include "token/attribute.h"

struct kf_key_spec {
    enum kf_key_type type;
    CK_KEY_TYPE key_type;
    CK_MECHANISM_TYPE generate, sign;
    CK_ULONG bits;   /* of the modulus or the field */
    const char *oid; /* CKA_EC_PARAMS: DER OBJECT IDENTIFIER; "" for RSA */
    size_t oid_len;
    const char
        *name; /* the other form of CKA_EC_PARAMS: DER PrintableString (PKCS#11 3.0, 2.3.5) */
    size_t name_len;
    size_t point_len; /* bytes of an uncompressed point */
    /* GOST: `oid` is CKA_GOSTR3410_PARAMS, and the hash is made by the token. */
    CK_MECHANISM_TYPE digest;
    const char *hash; /* CKA_GOSTR3411_PARAMS: DER OBJECT IDENTIFIER */
    size_t hash_len;
};
/* A kind of key that OpenSSL does not know. */
bool kf_key_spec_is_gost(const struct kf_key_spec *spec);
/* NULL for KF_KEY_NONE. */
const struct kf_key_spec *kf_key_spec(enum kf_key_type type);

/* SubjectPublicKeyInfo (RFC 5280 4.1.2.7) from modulus and exponent, EC parameters and point
 * (wrapped in an OCTET STRING or raw), a GOST key's value, or CKA_PUBLIC_KEY_INFO. KF_E_NOT_FOUND
 * when the object does not tell its public key. */
kf_err kf_object_spki(const kf_object *object, kf_buf *ret_spki);
/* The kind of the key as its attributes tell, without OpenSSL. */
enum kf_key_type kf_object_key_type(const kf_object *object);
/* Through OpenSSL, which checks that a point is on its curve. KF_E_TOKEN_ERROR. */
kf_err kf_spki_public(const uint8_t *spki, size_t len, EVP_PKEY **ret_public);
