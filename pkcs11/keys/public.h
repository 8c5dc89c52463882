// SPDX-License-Identifier: Apache-2.0
// The public half of a key: numbers checked, and OpenSSL's form of it. Counted apart from the key,
// so that what an operation keeps for the next one holds nothing secret.
#pragma once

#include <openssl/evp.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "keys/asn1.h"
#include "keys/curve.h"

#define KF_RSA_BITS_MIN     2048 /* of a private key */
#define KF_RSA_BITS_MAX     4096
#define KF_RSA_VERIFY_MIN   1024 /* of a public key: old signatures want to be read */
#define KF_RSA_BYTES_MAX    (KF_RSA_BITS_MAX / 8)
#define KF_RSA_EXPONENT_MAX 8 /* bytes; OpenSSL takes no more with large moduli */
#define KF_PUBLIC_DER_MAX   (KF_RSA_BYTES_MAX + 64)

typedef struct kf_public {
    atomic_uint count;
    CK_KEY_TYPE type;
    CK_ULONG bits;
    const struct kf_curve *curve; /* NULL: RSA */
    kf_buf modulus, exponent;     /* RSA, big-endian, no leading zeros */
    kf_buf point;                 /* else: as curve->point_len says */
    EVP_PKEY *pkey;
} kf_public;

/* CKR_ATTRIBUTE_VALUE_INVALID when such a key cannot be: a size out of range, an even number, a
 * point that is not on its curve. */
CK_RV kf_public_from_rsa(struct kf_span modulus, struct kf_span exponent, kf_public **ret_public);
CK_RV kf_public_from_point(const struct kf_curve *curve, struct kf_span point,
                           kf_public **ret_public);
kf_public *kf_public_ref(kf_public *public_half);
void kf_public_free(kf_public *public_half); /* NULL is welcome */
KF_DEFINE_AUTO_PTR(kf_public)

/* An RSA key of OpenSSL's own that nobody else has; NULL on failure. EVP_PKEY_dup() is none: in a
 * host with an engine it copies no RSA key, and finds no error either. */
EVP_PKEY *kf_rsa_pkey(struct kf_span modulus, struct kf_span exponent);
bool kf_public_equal(const kf_public *a, const kf_public *b);
/* Bytes of the modulus, or of a private number. */
size_t kf_public_size(const kf_public *public_half);
struct kf_span kf_span_of(const kf_buf *buf);

/* A point as CKA_EC_POINT has it, DER OCTET STRING or raw: the raw bytes. False when its length
 * fits neither. */
bool kf_point_unwrap(const struct kf_curve *curve, struct kf_span value, struct kf_span *ret_point);
/* What the BIT STRING of a SubjectPublicKeyInfo holds, and the whole (RFC 5280 4.1). */
void kf_public_put_key(const kf_public *public_half, struct kf_asn1_writer *writer);
void kf_public_put_info(const kf_public *public_half, struct kf_asn1_writer *writer);
/* The AlgorithmIdentifier, which PKCS#8 shares. */
void kf_public_put_algorithm(const kf_public *public_half, struct kf_asn1_writer *writer);
