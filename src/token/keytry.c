// SPDX-License-Identifier: Apache-2.0
// The trial of a key: found is not usable, so sign on the token and verify with the public half.
#include "token/keys.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "x509/cert.h"

KF_DEFINE_AUTO_PTR_WITH(EVP_MD_CTX, EVP_MD_CTX_free)

static kf_err sign_and_verify(kf_key *key, const uint8_t *message, size_t len) {
    const EVP_MD *md = key->type == KF_KEY_ED25519 ? NULL : EVP_sha256();
    KF_AUTO_PTR(EVP_MD_CTX) signer = EVP_MD_CTX_new();
    KF_AUTO_PTR(EVP_MD_CTX) verifier = EVP_MD_CTX_new();
    uint8_t signature[KF_P11_SIGNATURE_MAX];
    size_t size = sizeof(signature);
    kf_error_clear();
    kf_provider_last_error();
    if (EVP_DigestSignInit(signer, NULL, md, NULL, key->pkey) != 1 ||
        EVP_DigestSign(signer, signature, &size, message, len) != 1) {
        kf_err error = kf_provider_last_error();
        return error != KF_OK
                   ? error
                   : kf_fail(KF_E_KEY_UNUSABLE, "the key \"%s\" does not sign", key->label);
    }
    if (EVP_DigestVerifyInit(verifier, NULL, md, NULL, key->public) != 1 ||
        EVP_DigestVerify(verifier, signature, size, message, len) != 1)
        return kf_fail(KF_E_KEY_UNUSABLE,
                       "the signature of the key \"%s\" does not verify with its public half",
                       key->label);
    return KF_OK;
}

static kf_err load_and_try(kf_key *key, const uint8_t *message, size_t len) {
    KF_TRY(kf_key_load(key));
    return sign_and_verify(key, message, len);
}

static kf_err sign_gost(kf_key *key, const uint8_t *message, size_t len) {
    uint8_t signature[KF_GOST_SIGNATURE_MAX];
    size_t size = 0;
    return kf_key_sign_gost(key, message, len, signature, &size);
}

/* What the person or the reader caused is no fault of the key. */
static bool is_about_key(kf_err error) {
    return error == KF_E_TOKEN_ERROR || error == KF_E_NOT_ON_TOKEN || error == KF_E_CRYPTO;
}

kf_err kf_key_try(kf_key *key) {
    uint8_t message[32];
    if (RAND_bytes(message, sizeof(message)) != 1)
        return kf_fail(KF_E_CRYPTO, "there are no random bytes");
    kf_err error = key->public == NULL ? sign_gost(key, message, sizeof(message))
                                       : load_and_try(key, message, sizeof(message));
    ERR_clear_error();
    return is_about_key(error) ? kf_fail_in(KF_E_KEY_UNUSABLE, "trying the key") : error;
}
