// SPDX-License-Identifier: Apache-2.0
// Hashes as PKCS#11 names them, and the paddings that a token may leave to us.
#pragma once

#include "token/p11.h"

struct kf_hash {
    const char *name; /* OpenSSL's */
    size_t len;
    CK_MECHANISM_TYPE mechanism; /* CKM_SHA256 */
    CK_RSA_PKCS_MGF_TYPE mgf1;   /* CKG_MGF1_SHA256 */
    uint8_t prefix[20];          /* DigestInfo up to the digest, RFC 8017 9.2 note 1 */
    size_t prefix_len;
};

/* The row of a hash; KF_E_UNSUPPORTED for one that PKCS#11 2.40 does not name. `md` may be NULL:
 * KF_E_CRYPTO. */
kf_err kf_hash_find(const EVP_MD *md, const struct kf_hash **ret_hash);

/* EMSA-PKCS1-v1_5 without its hash (RFC 8017 9.2): 00 01 FF ... 00 || message, `len` bytes in all.
 */
kf_err kf_pad_pkcs1(const uint8_t *message, size_t message_len, size_t len, uint8_t *ret_padded);

/* What RSASSA-PSS is asked to do. */
struct kf_pss {
    const EVP_MD *md, *mgf1;
    size_t salt_len, modulus_bits;
};
/* EMSA-PSS-ENCODE (RFC 8017 9.1.1) of a digest, with a zero byte before it where the modulus wants
 * one: `len` is the modulus' length in bytes. */
kf_err kf_pad_pss(const struct kf_pss *pss, const uint8_t *digest, size_t len, uint8_t *ret_padded);
