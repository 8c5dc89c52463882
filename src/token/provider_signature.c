// SPDX-License-Identifier: Apache-2.0
// Signatures: the token signs, everything else (paddings asked for, AlgorithmIdentifier, verifying)
// is kept in a "shadow", a verification context of the default provider with the public half of the
// same key.
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

struct signature {
    struct kf_provider_key *key;
    bool signing;
    EVP_MD *md;               /* of operations that hash */
    EVP_MD_CTX *hash;         /* what was hashed so far, to be signed */
    EVP_MD_CTX *shadow_md;    /* the shadow of operations that hash */
    EVP_PKEY_CTX *shadow_own; /* the shadow of those that do not */
    EVP_PKEY_CTX *shadow;     /* whichever of the two there is */
};

static void signature_reset(struct signature *signature) {
    kf_provider_key_free(signature->key);
    EVP_MD_CTX_free(signature->hash);
    EVP_MD_CTX_free(signature->shadow_md);
    EVP_PKEY_CTX_free(signature->shadow_own);
    EVP_MD_free(signature->md);
    *signature = (struct signature){0};
}

static void *signature_new(void *provider, const char *properties) {
    return OPENSSL_zalloc(sizeof(struct signature));
}

static void signature_free(void *ctx) {
    if (ctx)
        signature_reset(ctx);
    OPENSSL_free(ctx);
}

static EVP_MD_CTX *copy_of(const EVP_MD_CTX *from) {
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy && EVP_MD_CTX_copy_ex(copy, from))
        return copy;
    EVP_MD_CTX_free(copy);
    return NULL;
}

static bool signature_copy(struct signature *copy, const struct signature *from) {
    copy->key = kf_provider_key_ref(from->key);
    copy->signing = from->signing;
    if (from->md && !EVP_MD_up_ref(from->md))
        return false;
    copy->md = from->md;
    if (from->hash && !(copy->hash = copy_of(from->hash)))
        return false;
    if (from->shadow_md && !(copy->shadow_md = copy_of(from->shadow_md)))
        return false;
    if (from->shadow_own && !(copy->shadow_own = EVP_PKEY_CTX_dup(from->shadow_own)))
        return false;
    copy->shadow = copy->shadow_md ? EVP_MD_CTX_get_pkey_ctx(copy->shadow_md) : copy->shadow_own;
    return true;
}

/* OpenSSL copies the context before each final call. */
static void *signature_dup(void *ctx) {
    struct signature *copy = OPENSSL_zalloc(sizeof *copy);
    if (copy && signature_copy(copy, ctx))
        return copy;
    signature_free(copy);
    return NULL;
}

/* --- parameters --- */

static bool is_pss(const struct signature *signature) {
    int padding = 0;
    return EVP_PKEY_is_a(signature->key->public_key, "RSA") &&
           EVP_PKEY_CTX_get_rsa_padding(signature->shadow, &padding) > 0 &&
           padding == RSA_PKCS1_PSS_PADDING;
}

/* "max" and "auto" become "as long as the hash" when signing: TPMs and cards take no other salt. */
static bool settle_salt(const struct signature *signature) {
    int salt = 0;
    if (!signature->signing || !is_pss(signature))
        return true;
    if (EVP_PKEY_CTX_get_rsa_pss_saltlen(signature->shadow, &salt) <= 0)
        return false;
    return salt >= 0 || salt == RSA_PSS_SALTLEN_DIGEST ||
           EVP_PKEY_CTX_set_rsa_pss_saltlen(signature->shadow, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static int signature_set_params(void *ctx, const OSSL_PARAM params[]) {
    struct signature *signature = ctx;
    if (!signature->shadow)
        return 0;
    if (params && params->key && EVP_PKEY_CTX_set_params(signature->shadow, params) <= 0)
        return 0;
    return settle_salt(signature);
}

static int signature_get_params(void *ctx, OSSL_PARAM params[]) {
    struct signature *signature = ctx;
    return signature->shadow && EVP_PKEY_CTX_get_params(signature->shadow, params) > 0;
}

static const OSSL_PARAM nothing[] = {OSSL_PARAM_END};

static const OSSL_PARAM *signature_settable_params(void *ctx, void *provider) {
    struct signature *signature = ctx;
    return signature && signature->shadow ? EVP_PKEY_CTX_settable_params(signature->shadow)
                                          : nothing;
}

static const OSSL_PARAM *signature_gettable_params(void *ctx, void *provider) {
    struct signature *signature = ctx;
    return signature && signature->shadow ? EVP_PKEY_CTX_gettable_params(signature->shadow)
                                          : nothing;
}

/* --- beginning --- */

/* Starts anew with `key`, or with the present one where it is NULL. */
static bool signature_start(struct signature *signature, void *key, bool signing) {
    struct kf_provider_key *next = kf_provider_key_ref(key ? key : signature->key);
    signature_reset(signature);
    signature->key = next;
    signature->signing = signing;
    return next && next->public_key && (!signing || next->session);
}

static bool shadow_start(struct signature *signature, const char *md_name) {
    signature->shadow_md = EVP_MD_CTX_new();
    return signature->shadow_md &&
           EVP_DigestVerifyInit_ex(signature->shadow_md, &signature->shadow, md_name, NULL,
                                   KF_PROVIDER_OTHERS, signature->key->public_key, NULL) > 0;
}

static bool hash_start(struct signature *signature, const char *md_name) {
    signature->md = EVP_MD_fetch(NULL, md_name, KF_PROVIDER_OTHERS);
    signature->hash = EVP_MD_CTX_new();
    return signature->md && signature->hash &&
           EVP_DigestInit_ex2(signature->hash, signature->md, NULL);
}

static int hashed_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[],
                       bool signing) {
    if (!md_name || !*md_name)
        md_name = "SHA256";
    return signature_start(ctx, key, signing) && (!signing || hash_start(ctx, md_name)) &&
           shadow_start(ctx, md_name) && signature_set_params(ctx, params);
}

static int hashed_sign_init(void *ctx, const char *md_name, void *key, const OSSL_PARAM params[]) {
    return hashed_init(ctx, md_name, key, params, true);
}

static int hashed_verify_init(void *ctx, const char *md_name, void *key,
                              const OSSL_PARAM params[]) {
    return hashed_init(ctx, md_name, key, params, false);
}

static int plain_init(void *ctx, void *key, const OSSL_PARAM params[], bool signing) {
    struct signature *signature = ctx;
    if (!signature_start(signature, key, signing))
        return 0;
    signature->shadow_own =
        EVP_PKEY_CTX_new_from_pkey(NULL, signature->key->public_key, KF_PROVIDER_OTHERS);
    signature->shadow = signature->shadow_own;
    return signature->shadow && EVP_PKEY_verify_init(signature->shadow) > 0 &&
           signature_set_params(ctx, params);
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
    return signature_start(ctx, key, signing) && shadow_start(ctx, NULL) &&
           signature_set_params(ctx, params);
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
static int sign_into(const struct signature *signature, const struct kf_provider_input *input,
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

static int signature_size(const struct signature *signature, size_t *ret_len) {
    int size = signature->key ? EVP_PKEY_get_size(signature->key->public_key) : 0;
    if (size > 0)
        *ret_len = (size_t)size;
    return size > 0;
}

static int hashed_sign_update(void *ctx, const unsigned char *data, size_t len) {
    struct signature *signature = ctx;
    return signature->hash && EVP_DigestUpdate(signature->hash, data, len);
}

static int hashed_sign_final(void *ctx, unsigned char *ret_signature, size_t *ret_len,
                             size_t size) {
    struct signature *signature = ctx;
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
    struct signature *signature = ctx;
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
    struct signature *signature = ctx;
    if (!signature->shadow_md || !signature->signing)
        return 0;
    if (!ret_signature)
        return signature_size(signature, ret_len);
    struct kf_provider_input input = {NULL, data, len};
    return sign_into(signature, &input, ret_signature, ret_len, size);
}

/* --- verifying, which is the shadow's --- */

static int hashed_verify_update(void *ctx, const unsigned char *data, size_t len) {
    struct signature *signature = ctx;
    return signature->shadow_md && EVP_DigestVerifyUpdate(signature->shadow_md, data, len) > 0;
}

static int hashed_verify_final(void *ctx, const unsigned char *value, size_t value_len) {
    struct signature *signature = ctx;
    return signature->shadow_md &&
           EVP_DigestVerifyFinal(signature->shadow_md, value, value_len) == 1;
}

static int plain_verify(void *ctx, const unsigned char *value, size_t value_len,
                        const unsigned char *data, size_t len) {
    struct signature *signature = ctx;
    return signature->shadow_own &&
           EVP_PKEY_verify(signature->shadow, value, value_len, data, len) == 1;
}

static int ed25519_verify(void *ctx, const unsigned char *value, size_t value_len,
                          const unsigned char *data, size_t len) {
    struct signature *signature = ctx;
    return signature->shadow_md &&
           EVP_DigestVerify(signature->shadow_md, value, value_len, data, len) == 1;
}

#define COMMON                                                                                     \
    KF_DISPATCH(OSSL_FUNC_SIGNATURE_NEWCTX, signature_new),                                        \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_FREECTX, signature_free),                                  \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_DUPCTX, signature_dup),                                    \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signature_set_params),                     \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signature_settable_params),           \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, signature_get_params),                     \
        KF_DISPATCH(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, signature_gettable_params)

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
