// SPDX-License-Identifier: Apache-2.0
// Signing a message with a certificate's key (CMS SignedData, RFC 5652 5).
#pragma once

#include "x509/cert.h"

/* DER with the message and `chain` in it (the signer's certificate first), signed with SHA-256.
 * KF_E_KEY_MISMATCH when `key` is not the first certificate's; when signing itself fails the code
 * is KF_E_CRYPTO, and the caller knows the token's reason. */
kf_err kf_cms_sign(const kf_certs *chain, EVP_PKEY *key, const void *message, size_t len,
                   kf_buf *ret_der);
