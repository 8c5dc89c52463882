// SPDX-License-Identifier: Apache-2.0
// RSA decryption (PKCS#1 v1.5 and OAEP) on the token. The shadow, an encryption context of the
// default provider, keeps the parameters.
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

struct cipher {
    struct kf_provider_key *key;
    EVP_PKEY_CTX *shadow;
};

static void cipher_reset(struct cipher *cipher) {
    kf_provider_key_free(cipher->key);
    EVP_PKEY_CTX_free(cipher->shadow);
    *cipher = (struct cipher){0};
}

static void *cipher_new(void *provider) {
    return OPENSSL_zalloc(sizeof(struct cipher));
}

static void cipher_free(void *ctx) {
    if (ctx)
        cipher_reset(ctx);
    OPENSSL_free(ctx);
}

static void *cipher_dup(void *ctx) {
    const struct cipher *from = ctx;
    struct cipher *copy = OPENSSL_zalloc(sizeof *copy);
    if (!copy)
        return NULL;
    copy->key = kf_provider_key_ref(from->key);
    if (!from->shadow || (copy->shadow = EVP_PKEY_CTX_dup(from->shadow)))
        return copy;
    cipher_free(copy);
    return NULL;
}

static int cipher_set_params(void *ctx, const OSSL_PARAM params[]) {
    struct cipher *cipher = ctx;
    if (!params || !params->key)
        return 1;
    return cipher->shadow && EVP_PKEY_CTX_set_params(cipher->shadow, params) > 0;
}

static int cipher_get_params(void *ctx, OSSL_PARAM params[]) {
    struct cipher *cipher = ctx;
    return cipher->shadow && EVP_PKEY_CTX_get_params(cipher->shadow, params) > 0;
}

static const OSSL_PARAM nothing[] = {OSSL_PARAM_END};

static const OSSL_PARAM *cipher_settable_params(void *ctx, void *provider) {
    struct cipher *cipher = ctx;
    return cipher && cipher->shadow ? EVP_PKEY_CTX_settable_params(cipher->shadow) : nothing;
}

static const OSSL_PARAM *cipher_gettable_params(void *ctx, void *provider) {
    struct cipher *cipher = ctx;
    return cipher && cipher->shadow ? EVP_PKEY_CTX_gettable_params(cipher->shadow) : nothing;
}

/* Encrypting needs no token; OpenSSL asks for it here when it only has this key. */
static int cipher_init(void *ctx, struct kf_provider_key *key, const OSSL_PARAM params[]) {
    struct cipher *cipher = ctx;
    struct kf_provider_key *next = kf_provider_key_ref(key ? key : cipher->key);
    cipher_reset(cipher);
    cipher->key = next;
    if (!next || !next->public_key)
        return 0;
    cipher->shadow = EVP_PKEY_CTX_new_from_pkey(NULL, next->public_key, KF_PROVIDER_OTHERS);
    return cipher->shadow && EVP_PKEY_encrypt_init(cipher->shadow) > 0 &&
           cipher_set_params(cipher, params);
}

static int cipher_encrypt_init(void *ctx, void *key, const OSSL_PARAM params[]) {
    return cipher_init(ctx, key, params);
}

static int cipher_decrypt_init(void *ctx, void *key, const OSSL_PARAM params[]) {
    const struct cipher *cipher = ctx;
    return cipher_init(ctx, key, params) && cipher->key->session != NULL;
}

static int cipher_encrypt(void *ctx, unsigned char *ret_out, size_t *ret_len, size_t size,
                          const unsigned char *in, size_t len) {
    struct cipher *cipher = ctx;
    *ret_len = size;
    return cipher->shadow && EVP_PKEY_encrypt(cipher->shadow, ret_out, ret_len, in, len) > 0;
}

/* What CKM_RSA_PKCS_OAEP is told (PKCS#11 2.40 mechanisms 2.1.7). */
static kf_err oaep_of(const struct cipher *cipher, CK_RSA_PKCS_OAEP_PARAMS *ret_params) {
    const EVP_MD *md = NULL, *mgf1_md = NULL;
    const struct kf_hash *hash = NULL, *mgf1 = NULL;
    unsigned char *label = NULL;
    if (EVP_PKEY_CTX_get_rsa_oaep_md(cipher->shadow, &md) <= 0 ||
        EVP_PKEY_CTX_get_rsa_mgf1_md(cipher->shadow, &mgf1_md) <= 0)
        return kf_fail(KF_E_CRYPTO,
                       "OpenSSL does not tell the parameters of the RSA-OAEP decryption");
    KF_TRY(kf_hash_find(md, &hash));
    KF_TRY(kf_hash_find(mgf1_md ? mgf1_md : md, &mgf1));
    int label_len = EVP_PKEY_CTX_get0_rsa_oaep_label(cipher->shadow, &label);
    *ret_params =
        (CK_RSA_PKCS_OAEP_PARAMS){.hashAlg = hash->mechanism,
                                  .mgf = mgf1->mgf1,
                                  .source = CKZ_DATA_SPECIFIED,
                                  .pSourceData = label_len > 0 ? label : NULL,
                                  .ulSourceDataLen = label_len > 0 ? (CK_ULONG)label_len : 0};
    return KF_OK;
}

static kf_err decrypt(const struct cipher *cipher, const uint8_t *in, size_t in_len,
                      uint8_t *ret_out, size_t *ret_len) {
    CK_RSA_PKCS_OAEP_PARAMS oaep = {0};
    struct kf_provider_call call = {
        .use = KF_PROVIDER_DECRYPT, .mechanism = {CKM_RSA_PKCS, NULL, 0}, .in = in, .len = in_len};
    int padding = 0;
    if (EVP_PKEY_CTX_get_rsa_padding(cipher->shadow, &padding) <= 0 ||
        (padding != RSA_PKCS1_PADDING && padding != RSA_PKCS1_OAEP_PADDING))
        return kf_fail(KF_E_UNSUPPORTED, "this RSA padding is not taken off with keys on tokens");
    if (padding == RSA_PKCS1_OAEP_PADDING) {
        KF_TRY(oaep_of(cipher, &oaep));
        call.mechanism = (CK_MECHANISM){CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
    }
    return kf_provider_operate(cipher->key, &call, ret_out, ret_len);
}

static int cipher_decrypt(void *ctx, unsigned char *ret_out, size_t *ret_len, size_t size,
                          const unsigned char *in, size_t len) {
    const struct cipher *cipher = ctx;
    if (!cipher->shadow || !cipher->key->session)
        return 0;
    if (!ret_out) {
        *ret_len = kf_provider_key_bytes(cipher->key);
        return 1;
    }
    uint8_t plain[KF_P11_SIGNATURE_MAX];
    size_t plain_len = 0;
    kf_err err = decrypt(cipher, in, len, plain, &plain_len);
    if (err == KF_OK && plain_len > size)
        err = kf_fail(KF_E_CRYPTO, "%zu decrypted bytes do not fit into %zu", plain_len, size);
    if (err == KF_OK) {
        memcpy(ret_out, plain, plain_len);
        *ret_len = plain_len;
    }
    OPENSSL_cleanse(plain, sizeof plain);
    return kf_provider_answer(err);
}

const OSSL_DISPATCH kf_provider_cipher_rsa[] = {
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_NEWCTX, cipher_new),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_FREECTX, cipher_free),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_DUPCTX, cipher_dup),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_ENCRYPT_INIT, cipher_encrypt_init),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_ENCRYPT, cipher_encrypt),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, cipher_decrypt_init),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_DECRYPT, cipher_decrypt),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, cipher_set_params),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, cipher_settable_params),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS, cipher_get_params),
    KF_DISPATCH(OSSL_FUNC_ASYM_CIPHER_GETTABLE_CTX_PARAMS, cipher_gettable_params),
    {0, NULL}};
