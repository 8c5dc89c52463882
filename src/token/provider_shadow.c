// SPDX-License-Identifier: Apache-2.0
// The context of a signature: made, copied, its parameters kept by the shadow.
#include "token/provider_signature.h"

#include <openssl/params.h>
#include <openssl/rsa.h>

static void signature_reset(struct kf_signature *signature) {
    kf_provider_key_free(signature->key);
    EVP_MD_CTX_free(signature->hash);
    EVP_MD_CTX_free(signature->shadow_md);
    EVP_PKEY_CTX_free(signature->shadow_own);
    EVP_MD_free(signature->md);
    *signature = (struct kf_signature){0};
}

void *kf_signature_new(void *provider, const char *properties) {
    return OPENSSL_zalloc(sizeof(struct kf_signature));
}

void kf_signature_free(void *ctx) {
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

static bool signature_copy(struct kf_signature *copy, const struct kf_signature *from) {
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
void *kf_signature_dup(void *ctx) {
    struct kf_signature *copy = OPENSSL_zalloc(sizeof *copy);
    if (copy && signature_copy(copy, ctx))
        return copy;
    kf_signature_free(copy);
    return NULL;
}

/* --- parameters --- */

static bool is_pss(const struct kf_signature *signature) {
    int padding = 0;
    return EVP_PKEY_is_a(signature->key->public_key, "RSA") &&
           EVP_PKEY_CTX_get_rsa_padding(signature->shadow, &padding) > 0 &&
           padding == RSA_PKCS1_PSS_PADDING;
}

/* "max" and "auto" become "as long as the hash" when signing: TPMs and cards take no other salt. */
static bool settle_salt(const struct kf_signature *signature) {
    int salt = 0;
    if (!signature->signing || !is_pss(signature))
        return true;
    if (EVP_PKEY_CTX_get_rsa_pss_saltlen(signature->shadow, &salt) <= 0)
        return false;
    return salt >= 0 || salt == RSA_PSS_SALTLEN_DIGEST ||
           EVP_PKEY_CTX_set_rsa_pss_saltlen(signature->shadow, RSA_PSS_SALTLEN_DIGEST) > 0;
}

int kf_signature_set_params(void *ctx, const OSSL_PARAM params[]) {
    struct kf_signature *signature = ctx;
    if (!signature->shadow)
        return 0;
    if (params && params->key && EVP_PKEY_CTX_set_params(signature->shadow, params) <= 0)
        return 0;
    return settle_salt(signature);
}

int kf_signature_get_params(void *ctx, OSSL_PARAM params[]) {
    struct kf_signature *signature = ctx;
    return signature->shadow && EVP_PKEY_CTX_get_params(signature->shadow, params) > 0;
}

static const OSSL_PARAM nothing[] = {OSSL_PARAM_END};

const OSSL_PARAM *kf_signature_settable_params(void *ctx, void *provider) {
    struct kf_signature *signature = ctx;
    return signature && signature->shadow ? EVP_PKEY_CTX_settable_params(signature->shadow)
                                          : nothing;
}

const OSSL_PARAM *kf_signature_gettable_params(void *ctx, void *provider) {
    struct kf_signature *signature = ctx;
    return signature && signature->shadow ? EVP_PKEY_CTX_gettable_params(signature->shadow)
                                          : nothing;
}

/* --- beginning --- */

bool kf_signature_start(struct kf_signature *signature, void *key, bool signing) {
    struct kf_provider_key *next = kf_provider_key_ref(key ? key : signature->key);
    signature_reset(signature);
    signature->key = next;
    signature->signing = signing;
    return next && next->public_key && (!signing || next->session);
}

bool kf_signature_shadow_start(struct kf_signature *signature, const char *md_name) {
    signature->shadow_md = EVP_MD_CTX_new();
    return signature->shadow_md &&
           EVP_DigestVerifyInit_ex(signature->shadow_md, &signature->shadow, md_name, NULL,
                                   KF_PROVIDER_OTHERS, signature->key->public_key, NULL) > 0;
}
