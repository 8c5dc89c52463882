// SPDX-License-Identifier: Apache-2.0
// A certificate request signed on the token.
#include "token/keys.h"
#include "x509/csr.h"

static kf_err sign(void *arg, const uint8_t *data, size_t len,
                   uint8_t ret_signature[static KF_GOST_SIGNATURE_MAX], size_t *ret_len) {
    return kf_key_sign_gost(arg, data, len, ret_signature, ret_len);
}

kf_err kf_key_request(kf_key *key, const struct kf_csr_spec *spec, kf_csr **ret_csr) {
    struct kf_csr_signer signer = {.type = key->type, .sign = sign, .arg = key};
    if (key->public == NULL)
        return kf_csr_build_with(spec, key->spki.data, key->spki.len, &signer, ret_csr);
    KF_TRY(kf_key_load(key));
    kf_provider_last_error(); /* forget an earlier one */
    kf_err err = kf_csr_build(spec, kf_key_pkey(key), kf_key_public(key), ret_csr);
    kf_err token_err = err == KF_E_CRYPTO ? kf_provider_last_error() : KF_OK;
    return token_err != KF_OK ? token_err : err;
}
