// SPDX-License-Identifier: Apache-2.0
// Parameters of mechanisms: a host's memory, read once and checked.
#include <string.h>

#include "keys/mechanism.h"

#define LABEL_MAX 1024 /* bytes of OAEP's label */

/* A struct of that size, copied: the host's pointer need not be aligned. */
static bool copy_given(const CK_MECHANISM *given, void *ret_params, size_t size) {
    if (!given->pParameter || given->ulParameterLen != size)
        return false;
    memcpy(ret_params, given->pParameter, size);
    return true;
}

/* PKCS#11 2.40, 2.1.10. The salt must fit, RFC 8017 9.1.1. */
static CK_RV read_pss(const struct kf_mechanism *mechanism, const CK_MECHANISM *given,
                      const kf_public *public_half, struct kf_parameter *ret_parameter) {
    CK_RSA_PKCS_PSS_PARAMS params;
    if (!copy_given(given, &params, sizeof params))
        return CKR_MECHANISM_PARAM_INVALID;
    const struct kf_hash *hash = kf_hash_find(params.hashAlg);
    const struct kf_hash *mgf = kf_hash_find_mgf(params.mgf);
    if (!hash || !mgf || (mechanism->hash && mechanism->hash != params.hashAlg))
        return CKR_MECHANISM_PARAM_INVALID;
    size_t block = (public_half->bits - 1 + 7) / 8;
    if (block < hash->len + 2 || params.sLen > block - hash->len - 2)
        return CKR_MECHANISM_PARAM_INVALID;
    ret_parameter->hash = hash;
    ret_parameter->mgf = mgf;
    ret_parameter->salt_len = params.sLen;
    return CKR_OK;
}

/* PKCS#11 2.40, 2.1.8. Without a label hosts leave the source at 0. */
static CK_RV read_oaep(const CK_MECHANISM *given, const kf_public *public_half,
                       struct kf_parameter *ret_parameter) {
    CK_RSA_PKCS_OAEP_PARAMS params;
    if (!copy_given(given, &params, sizeof params))
        return CKR_MECHANISM_PARAM_INVALID;
    const struct kf_hash *hash = kf_hash_find(params.hashAlg);
    const struct kf_hash *mgf = kf_hash_find_mgf(params.mgf);
    bool is_named =
        params.source == CKZ_DATA_SPECIFIED || (params.source == 0 && params.ulSourceDataLen == 0);
    if (!hash || !mgf || !is_named || params.ulSourceDataLen > LABEL_MAX ||
        (params.ulSourceDataLen && !params.pSourceData))
        return CKR_MECHANISM_PARAM_INVALID;
    if (public_half->modulus.len < 2 * hash->len + 2)
        return CKR_KEY_SIZE_RANGE;
    if (kf_buf_set(&ret_parameter->label, params.pSourceData, params.ulSourceDataLen) != KF_OK)
        return CKR_HOST_MEMORY;
    ret_parameter->hash = hash;
    ret_parameter->mgf = mgf;
    return CKR_OK;
}

/* PKCS#11 3.0, 6.3.14: no parameter is Ed25519 itself; its other kinds are not offered. */
static CK_RV read_eddsa(const CK_MECHANISM *given) {
    kf_ck_eddsa_params params;
    if (!given->pParameter && given->ulParameterLen == 0)
        return CKR_OK;
    if (!copy_given(given, &params, sizeof params) || params.phFlag || params.ulContextDataLen)
        return CKR_MECHANISM_PARAM_INVALID;
    return CKR_OK;
}

CK_RV kf_parameter_read(const struct kf_mechanism *mechanism, const CK_MECHANISM *given,
                        const kf_public *public_half, struct kf_parameter *ret_parameter) {
    kf_parameter_clear(ret_parameter);
    ret_parameter->hash = kf_hash_find(mechanism->hash);
    switch (mechanism->scheme) {
    case KF_SCHEME_RSA_PSS:
        return read_pss(mechanism, given, public_half, ret_parameter);
    case KF_SCHEME_RSA_OAEP:
        return read_oaep(given, public_half, ret_parameter);
    case KF_SCHEME_EDDSA:
        return read_eddsa(given);
    default:
        return given->ulParameterLen ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
    }
}

void kf_parameter_clear(struct kf_parameter *parameter) {
    kf_buf_clear(&parameter->label);
    *parameter = (struct kf_parameter){0};
}
