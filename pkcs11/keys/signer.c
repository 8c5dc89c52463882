// SPDX-License-Identifier: Apache-2.0
// The doors to the three kinds of signers, and what may be signed.
#include "keys/signer.h"

#include <string.h>

#include "keys/crypto.h"
#include "keys/scrub.h"

static const struct kf_signer_kind *kind_of(const kf_public *public_half) {
    if (!public_half->curve)
        return &kf_rsa_signer;
    return public_half->type == CKK_EC ? &kf_ec_signer : &kf_edwards_signer;
}

CK_RV kf_signer_new(kf_public *public_half, kf_signer **ret_signer) {
    KF_QUIET();
    KF_AUTO_PTR(kf_signer) signer = calloc(1, sizeof *signer);
    if (!signer || !kf_crypto())
        return CKR_HOST_MEMORY;
    signer->kind = kind_of(public_half);
    signer->public_half = kf_public_ref(public_half);
    if (!signer->kind->prepare(signer))
        return CKR_HOST_MEMORY;
    *ret_signer = KF_MOVE(signer);
    return CKR_OK;
}

void kf_signer_free(kf_signer *signer) {
    if (!signer)
        return;
    if (signer->kind)
        signer->kind->release(signer->tools);
    kf_public_free(signer->public_half);
    free(signer);
}

CK_RV kf_signer_sign(kf_signer *signer, const kf_softkey *key, const struct kf_message *message,
                     uint8_t *ret_signature) {
    KF_QUIET();
    KF_SCRUB();
    if (!kf_softkey_has_private(key))
        return CKR_KEY_HANDLE_INVALID;
    CK_TRY(kf_message_check(message, signer->public_half));
    return signer->kind->sign(signer, key, message, ret_signature);
}

size_t kf_signature_size(const kf_public *public_half) {
    return public_half->curve ? 2 * public_half->curve->size : public_half->modulus.len;
}

/* RFC 8017 9.2: emLen >= tLen + 11. */
#define PKCS1_OVERHEAD 11

CK_RV kf_message_check(const struct kf_message *message, const kf_public *public_half) {
    size_t len = message->data.len, block = public_half->modulus.len;
    const struct kf_hash *hash = message->parameter->hash;
    bool fits = true;
    if (hash)
        fits = len == hash->len;
    else if (message->scheme == KF_SCHEME_RSA_PKCS1)
        fits = len + PKCS1_OVERHEAD <= block;
    else if (message->scheme == KF_SCHEME_RSA_RAW)
        fits = len <= block;
    else if (message->scheme == KF_SCHEME_ECDSA)
        fits = len > 0;
    return fits ? CKR_OK : CKR_DATA_LEN_RANGE;
}

CK_RV kf_raw_block(const kf_public *public_half, struct kf_span data, uint8_t *ret_block) {
    size_t size = public_half->modulus.len;
    if (data.len > size)
        return CKR_DATA_LEN_RANGE;
    memset(ret_block, 0, size - data.len);
    if (data.len)
        memcpy(ret_block + size - data.len, data.data, data.len);
    return memcmp(ret_block, public_half->modulus.data, size) < 0 ? CKR_OK : CKR_DATA_INVALID;
}
