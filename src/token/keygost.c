// SPDX-License-Identifier: Apache-2.0
// Keys of GOST R 34.10-2012: hashed and signed on the token; verified here with OpenSSL's numbers.
#include "token/keys.h"

#include <string.h>

#include "token/provider.h"
#include "x509/cert.h"

static kf_err digest_locked(const kf_session *session, CK_MECHANISM_TYPE type, const uint8_t *data,
                            size_t len, uint8_t *ret_digest, CK_ULONG *ret_len) {
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_RV rv = session->p11->C_DigestInit(session->handle, &mechanism);
    if (rv == CKR_MECHANISM_INVALID)
        return kf_fail(KF_E_NOT_ON_TOKEN, "token \"%s\" has no hash of GOST R 34.11-2012",
                       kf_token_info(session->token)->label);
    if (rv == CKR_OK)
        rv = session->p11->C_Digest(session->handle, (CK_BYTE *)data, len, ret_digest, ret_len);
    return kf_fail_rv(session->token, rv, "hashing on the token");
}

static kf_err hash(kf_session *session, const struct kf_key_spec *spec, const uint8_t *data,
                   size_t len, uint8_t ret_digest[static KF_GOST_DIGEST_MAX]) {
    CK_ULONG size = KF_GOST_DIGEST_MAX;
    if (!session->p11->C_DigestInit || !session->p11->C_Digest)
        return kf_fail(KF_E_NOT_ON_TOKEN, "the token's module does not hash");
    pthread_mutex_lock(&session->lock);
    kf_err err = digest_locked(session, spec->digest, data, len, ret_digest, &size);
    pthread_mutex_unlock(&session->lock);
    KF_TRY(err);
    if (size != kf_gost_digest_len(spec->type))
        return kf_fail(KF_E_TOKEN_ERROR, "hashing: the token gave %lu bytes instead of %zu", size,
                       kf_gost_digest_len(spec->type));
    return KF_OK;
}

kf_err kf_key_sign_gost(kf_key *key, const uint8_t *data, size_t len,
                        uint8_t ret_signature[static KF_GOST_SIGNATURE_MAX], size_t *ret_len) {
    const struct kf_key_spec *spec = kf_key_spec(key->type);
    uint8_t digest[KF_GOST_DIGEST_MAX] = {0}, signature[KF_P11_SIGNATURE_MAX];
    size_t half = kf_gost_digest_len(key->type), given = 0;
    KF_TRY(hash(key->session, spec, data, len, digest));
    const struct kf_provider_key at = {.session = key->session,
                                       .object = key->private_key,
                                       .label = key->label,
                                       .always_authenticate = key->always_authenticate};
    struct kf_provider_call call = {
        .use = KF_PROVIDER_SIGN, .mechanism = {spec->sign, NULL, 0}, .in = digest, .len = half};
    KF_TRY(kf_provider_operate(&at, &call, signature, &given));
    if (given != 2 * half)
        return kf_fail(KF_E_TOKEN_ERROR,
                       "signing: the token gave a signature of %zu bytes instead of %zu", given,
                       2 * half);
    KF_TRY(kf_gost_settle(key->spki.data, key->spki.len, digest, half, signature, given));
    memcpy(ret_signature, signature, given);
    *ret_len = given;
    return KF_OK;
}

kf_err kf_session_check_gost(kf_session *session, const kf_cert *cert, const kf_cert *issuer) {
    uint8_t digest[KF_GOST_DIGEST_MAX] = {0};
    struct kf_gost_signed parts;
    KF_AUTO(kf_buf) spki = {0};
    if (!kf_cert_gost(cert, &parts))
        return kf_fail(KF_E_USAGE, "\"%s\" has no GOST signature", kf_cert_subject(cert));
    KF_TRY(kf_cert_spki(issuer, &spki));
    KF_TRY(hash(session, kf_key_spec(parts.type), parts.data, parts.len, digest));
    if (kf_gost_verify(spki.data, spki.len, digest, kf_gost_digest_len(parts.type), parts.signature,
                       parts.signature_len))
        return KF_OK;
    return kf_fail(KF_E_UNTRUSTED, "\"%s\" has a signature that is not its issuer's",
                   kf_cert_subject(cert));
}
