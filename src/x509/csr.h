// SPDX-License-Identifier: Apache-2.0
// Building requests, and what the other rooms ask of them.
#pragma once

#include <keyfob/csr.h>

#include "x509/cert.h"

KF_DEFINE_AUTO_PTR(kf_csr)
KF_DEFINE_AUTO_PTR(kf_profile)

/* Build and sign with `key` (usually the provider's). The result's own signature has been verified
 * with `public_key`: a wrong signature of the token is KF_E_KEY_UNUSABLE. When signing itself fails
 * the code is KF_E_CRYPTO; the caller knows the token's reason. */
kf_err kf_csr_build(const struct kf_csr_spec *spec, EVP_PKEY *key, EVP_PKEY *public_key,
                    kf_csr **ret_csr);
kf_err kf_csr_spki(const kf_csr *csr, kf_buf *ret_der);
kf_err kf_csr_public_key(const kf_csr *csr, EVP_PKEY **ret_key);
