// SPDX-License-Identifier: Apache-2.0
// A certificate request signed on the token.
#include "token/key.h"

#include "x509/csr.h"

kf_err kf_key_request(kf_key *key, const struct kf_csr_spec *spec, kf_csr **ret_csr) {
    KF_TRY(kf_key_load(key));
    kf_provider_last_error(); /* forget an earlier one */
    kf_err err = kf_csr_build(spec, kf_key_pkey(key), kf_key_public(key), ret_csr);
    kf_err token_err = err == KF_E_CRYPTO ? kf_provider_last_error() : KF_OK;
    return token_err != KF_OK ? token_err : err;
}
