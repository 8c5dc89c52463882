// SPDX-License-Identifier: Apache-2.0
// Keys of GOST R 34.10-2012 (RFC 7091) in certificates and requests (RFC 9215). OpenSSL has neither
// these keys nor their hash (Streebog, RFC 6986), so the hash comes from the token; the curves are
// numbers, which OpenSSL has.
#pragma once

#include <keyfob/cert.h>
#include <keyfob/container.h>
#include <openssl/x509.h>

#include "base/buf.h"

#define KF_GOST_DIGEST_MAX    64
#define KF_GOST_SIGNATURE_MAX 128

/* KF_KEY_NONE for every other kind. */
enum kf_key_type kf_gost_spki_type(const uint8_t *spki, size_t len);
/* SubjectPublicKeyInfo from what tokens give as CKA_VALUE: x and y, little-endian. KF_E_KEY_WEAK
 * when the point is not on the curve that keyfob makes such keys on. */
kf_err kf_gost_spki(enum kf_key_type type, const uint8_t *value, size_t len, kf_buf *ret_spki);
/* The same key, although one names the hash beside the curve and the other does not? */
bool kf_gost_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/* Is `signature` (s, then r, big-endian: RFC 9215 3) one of this digest (as Streebog gives it)?
 * False for a curve that keyfob does not know. */
bool kf_gost_verify(const uint8_t *spki, size_t spki_len, const uint8_t *digest, size_t digest_len,
                    const uint8_t *signature, size_t signature_len);
/* Put a token's signature into that form: standards and vendors differ in its order, so the form is
 * the one that verifies. KF_E_KEY_UNUSABLE when none does. In place. */
kf_err kf_gost_settle(const uint8_t *spki, size_t spki_len, const uint8_t *digest,
                      size_t digest_len, uint8_t *signature, size_t signature_len);

/* A certificate with such a signature: what was signed, and the signature (owned by `cert`). False
 * for any other. */
struct kf_gost_signed {
    enum kf_key_type type;
    const uint8_t *data, *signature;
    size_t len, signature_len;
};
bool kf_cert_gost(const kf_cert *cert, struct kf_gost_signed *ret_signed);

/* Of a signature made with such a key: as in certificates and requests. NULL for other kinds. */
ASN1_OBJECT *kf_gost_signature_algorithm(enum kf_key_type type);
/* The length of the hash that goes with the key: 32 or 64. */
size_t kf_gost_digest_len(enum kf_key_type type);
/* The kind of key that made the signature of this algorithm. */
enum kf_key_type kf_gost_signature_type(const X509_ALGOR *algorithm);
