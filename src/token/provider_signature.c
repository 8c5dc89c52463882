// SPDX-License-Identifier: Apache-2.0
// Signatures: the token signs, the shadow verifies.
#include "token/provider_signature.h"

#include <string.h>

/* --- beginning --- */

static bool hash_start(struct kf_signature *signature, const char *md_name) {
    signature->md = EVP_MD_fetch(NULL, md_name, KF_PROVIDER_OTHERS);
    signature->hash = EVP_MD_CTX_new();
    return signature->md && signature->hash &&
           EVP_DigestInit_ex2(signature->hash, signature->md, NULL);
}

static int hashed_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[],
                       bool signing) {
    if (!md_name || !*md_name)
        md_name = "SHA256";
    return kf_signature_start(ctx, key, signing) && (!signing || hash_start(ctx, md_name)) &&
           kf_signature_shadow_start(ctx, md_name) && kf_signature_set_params(ctx, params);
}

static int hashed_sign_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[]) {
    return hashed_init(ctx, md_name, key, params, true);
}

static int hashed_verify_init(void *ctx, const char *md_name, void *key,
                              const OSSL_PARAM params[]) {
    return hashed_init(ctx, md_name, key, params, false);
}

static int plain_init(void *ctx, void *key, const OSSL_PARAM params[], bool signing) {
    struct kf_signature *signature = ctx;
    if (!kf_signature_start(signature, key, signing))
        return 0;
    signature->shadow_own =
        EVP_PKEY_CTX_new_from_pkey(NULL, signature->key->public_key, KF_PROVIDER_OTHERS);
    signature->shadow = signature->shadow_own;
    return signature->shadow && EVP_PKEY_verify_init(signature->shadow) > 0 &&
           kf_signature_set_params(ctx, params);
}

static int plain_sign_init(void *ctx, void *key, const OSSL_PARAM params[]) {
    return plain_init(ctx, key, params, true);
}

static int plain_verify_init(void *ctx, void *key, const OSSL_PARAM params[]) {
    return plain_init(ctx, key, params, false);
}

static int ed25519_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[],
                        bool signing) {
    if (md_name && *md_name)
        return 0; /* RFC 8032: the message itself is signed */
    return kf_signature_start(ctx, key, signing) && kf_signature_shadow_start(ctx, NULL) &&
           kf_signature_set_params(ctx, params);
}

static int ed25519_sign_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[]) {
    return ed25519_init(ctx, md_name, key, params, true);
}

static int ed25519_verify_init(void *ctx, const char *md_name, void *key,
                               const OSSL_PARAM params[]) {
    return ed25519_init(ctx, md_name, key, params, false);
}

/* --- signing --- */

/* Signs into OpenSSL's buffer of `size` bytes; 1 or 0. */
static int sign_into(const struct kf_signature *signature, const struct kf_provider_input *input,
                     unsigned char *ret_signature, size_t *ret_len, size_t size) {
    uint8_t made[KF_P11_SIGNATURE_MAX];
    size_t len = 0;
    kf_err err = kf_provider_sign(signature->key, signature->shadow, input, made, &len);
    if (err == KF_OK && len > size)
        err = kf_fail(KF_E_CRYPTO, "a signature of %zu bytes does not fit into %zu", len, size);
    if (err == KF_OK) {
        memcpy(ret_signature, made, len);
        *ret_len = len;
    }
    return kf_provider_answer(err);
}

static int signature_size(const struct kf_signature *signature, size_t *ret_len) {
    int size = signature->key ? EVP_PKEY_get_size(signature->key->public_key) : 0;
    if (size > 0)
        *ret_len = (size_t)size;
    return size > 0;
}

static int hashed_sign_update(void *ctx, const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    return signature->hash && EVP_DigestUpdate(signature->hash, data, len);
}

static int hashed_sign_final(void *ctx, unsigned char *ret_signature, size_t *ret_len,
                             size_t size) {
    struct kf_signature *signature = ctx;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    if (!signature->hash)
        return 0;
    if (!ret_signature)
        return signature_size(signature, ret_len);
    if (!EVP_DigestFinal_ex(signature->hash, digest, &digest_len))
        return 0;
    struct kf_provider_input input = {signature->md, digest, digest_len};
    return sign_into(signature, &input, ret_signature, ret_len, size);
}

static int plain_sign(void *ctx, unsigned char *ret_signature, size_t *ret_len, size_t size,
                      const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    if (!signature->shadow_own || !signature->signing)
        return 0;
    if (!ret_signature)
        return signature_size(signature, ret_len);
    struct kf_provider_input input = {NULL, data, len};
    if (EVP_PKEY_CTX_get_signature_md(signature->shadow, &input.md) <= 0)
        input.md = NULL;
    return sign_into(signature, &input, ret_signature, ret_len, size);
}

static int ed25519_sign(void *ctx, unsigned char *ret_signature, size_t *ret_len, size_t size,
                        const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    if (!signature->shadow_md || !signature->signing)
        return 0;
    if (!ret_signature)
        return signature_size(signature, ret_len);
    struct kf_provider_input input = {NULL, data, len};
    return sign_into(signature, &input, ret_signature, ret_len, size);
}

/* --- verifying, which is the shadow's --- */

static int hashed_verify_update(void *ctx, const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    return signature->shadow_md && EVP_DigestVerifyUpdate(signature->shadow_md, data, len) > 0;
}

static int hashed_verify_final(void *ctx, const unsigned char *value, size_t value_len) {
    struct kf_signature *signature = ctx;
    return signature->shadow_md &&
           EVP_DigestVerifyFinal(signature->shadow_md, value, value_len) == 1;
}

static int plain_verify(void *ctx, const unsigned char *value, size_t value_len,
                        const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    return signature->shadow_own &&
           EVP_PKEY_verify(signature->shadow, value, value_len, data, len) == 1;
}

static int ed25519_verify(void *ctx, const unsigned char *value, size_t value_len,
                          const unsigned char *data, size_t len) {
    struct kf_signature *signature = ctx;
    return signature->shadow_md &&
           EVP_DigestVerify(signature->shadow_md, value, value_len, data, len) == 1;
}

#define COMMON                                                                                     \
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_NEWCTX, kf_signature_new),                                     \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_FREECTX, kf_signature_free),                               \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_DUPCTX, kf_signature_dup),                                 \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, kf_signature_set_params),                  \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, kf_signature_settable_params),        \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, kf_signature_get_params),                  \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, kf_signature_gettable_params)

const OSSL_DISPATCH kf_provider_signature_hashed[] = {
    COMMON,
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_SIGN_INIT, plain_sign_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_SIGN, plain_sign),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_VERIFY_INIT, plain_verify_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_VERIFY, plain_verify),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, hashed_sign_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, hashed_sign_update),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, hashed_sign_final),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, hashed_verify_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, hashed_verify_update),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, hashed_verify_final),
    {0, NULL}};

const OSSL_DISPATCH kf_provider_signature_ed25519[] = {
    COMMON,
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, ed25519_sign_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, ed25519_sign),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, ed25519_verify_init),
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, ed25519_verify),
    {0, NULL}};
