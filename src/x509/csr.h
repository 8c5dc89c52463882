// SPDX-License-Identifier: Apache-2.0
// Building requests, and what the other rooms ask of them.
#pragma once

#include <keyfob/csr.h>

#include "x509/cert.h"
#include "x509/gost.h"

KF_DEFINE_AUTO_PTR(kf_csr)
KF_DEFINE_AUTO_PTR(kf_profile)

/* Build and sign with `key` (usually the provider's). The result's own signature has been verified
 * with `public_key`: a wrong signature of the token is KF_E_KEY_UNUSABLE. When signing itself fails
 * the code is KF_E_CRYPTO; the caller knows the token's reason. */
kf_err kf_csr_build(const struct kf_csr_spec *spec, EVP_PKEY *key, EVP_PKEY *public_key,
                    kf_csr **ret_csr);
/* As above for a key that OpenSSL does not know: `sign` is expected to make the signature as it
 * goes into the request (GOST: RFC 9215 3) and to have verified it. */
struct kf_csr_signer {
    enum kf_key_type type;
    kf_err (*sign)(void *arg, const uint8_t *data, size_t len,
                   uint8_t ret_signature[static KF_GOST_SIGNATURE_MAX], size_t *ret_len);
    void *arg;
};
kf_err kf_csr_build_with(const struct kf_csr_spec *spec, const uint8_t *spki, size_t spki_len,
                         const struct kf_csr_signer *signer, kf_csr **ret_csr);
enum kf_key_type kf_csr_key_type(const kf_csr *csr);
const char *kf_csr_key_title(const kf_csr *csr);
kf_err kf_csr_spki(const kf_csr *csr, kf_buf *ret_der);
kf_err kf_csr_public_key(const kf_csr *csr, EVP_PKEY **ret_key);
