// SPDX-License-Identifier: Apache-2.0
// ECDH on the token (CKM_ECDH1_DERIVE), with the X9.63 key derivation that CMS asks for (RFC 5753)
// in software.
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

enum { POINT_MAX = 1 + 2 * 66, NAME_BYTES = 50, UKM_MAX = 1024, KDF_OUT_MAX = 1024 };

struct exchange {
    struct kf_provider_key *key, *peer;
    char kdf[NAME_BYTES];    /* "" for none, or "X963KDF" */
    char digest[NAME_BYTES]; /* of the KDF */
    size_t out_len;          /* of the KDF, bytes */
    uint8_t ukm[UKM_MAX];    /* SharedInfo */
    size_t ukm_len;
};

static void *exchange_new(void *provider) {
    return OPENSSL_zalloc(sizeof(struct exchange));
}

static void exchange_free(void *ctx) {
    struct exchange *exchange = ctx;
    if (!exchange)
        return;
    kf_provider_key_free(exchange->key);
    kf_provider_key_free(exchange->peer);
    OPENSSL_clear_free(exchange, sizeof *exchange);
}

static void *exchange_dup(void *ctx) {
    struct exchange *copy = OPENSSL_memdup(ctx, sizeof *copy);
    if (!copy)
        return NULL;
    kf_provider_key_ref(copy->key);
    kf_provider_key_ref(copy->peer);
    return copy;
}

/* --- parameters --- */

static bool set_kdf_params(struct exchange *exchange, const OSSL_PARAM params[]) {
    const OSSL_PARAM *kdf = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_TYPE);
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
    const OSSL_PARAM *out_len = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
    const OSSL_PARAM *ukm = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_UKM);
    if (kdf && (!OSSL_PARAM_get_utf8_string(kdf, &(char *){exchange->kdf}, sizeof exchange->kdf) ||
                (exchange->kdf[0] && strcmp(exchange->kdf, OSSL_KDF_NAME_X963KDF) != 0)))
        return false;
    if (digest &&
        !OSSL_PARAM_get_utf8_string(digest, &(char *){exchange->digest}, sizeof exchange->digest))
        return false;
    if (out_len &&
        (!OSSL_PARAM_get_size_t(out_len, &exchange->out_len) || exchange->out_len > KDF_OUT_MAX))
        return false;
    if (!ukm)
        return true;
    exchange->ukm_len = 0;
    return !ukm->data || OSSL_PARAM_get_octet_string(ukm, &(void *){exchange->ukm},
                                                     sizeof exchange->ukm, &exchange->ukm_len);
}

static int exchange_set_params(void *ctx, const OSSL_PARAM params[]) {
    const OSSL_PARAM *mode;
    int cofactor = 0;
    if (!params)
        return 1;
    /* Of our curves all have the cofactor 1, where both modes are one. */
    mode = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE);
    if (mode && (!OSSL_PARAM_get_int(mode, &cofactor) || cofactor < -1 || cofactor > 1))
        return 0;
    return set_kdf_params(ctx, params);
}

static int exchange_get_params(void *ctx, OSSL_PARAM params[]) {
    struct exchange *exchange = ctx;
    OSSL_PARAM *cofactor = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE);
    OSSL_PARAM *kdf = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_TYPE);
    OSSL_PARAM *digest = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
    OSSL_PARAM *out_len = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
    OSSL_PARAM *ukm = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_UKM);
    return (!cofactor || OSSL_PARAM_set_int(cofactor, 0)) &&
           (!kdf || OSSL_PARAM_set_utf8_string(kdf, exchange->kdf)) &&
           (!digest || OSSL_PARAM_set_utf8_string(digest, exchange->digest)) &&
           (!out_len || OSSL_PARAM_set_size_t(out_len, exchange->out_len)) &&
           (!ukm || OSSL_PARAM_set_octet_ptr(ukm, exchange->ukm, exchange->ukm_len));
}

static const OSSL_PARAM *exchange_settable_params(void *ctx, void *provider) {
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, NULL),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST_PROPS, NULL, 0),
        OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
        OSSL_PARAM_octet_string(OSSL_EXCHANGE_PARAM_KDF_UKM, NULL, 0),
        OSSL_PARAM_END};
    return settable;
}

static const OSSL_PARAM *exchange_gettable_params(void *ctx, void *provider) {
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, NULL),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
        OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
        OSSL_PARAM_octet_ptr(OSSL_EXCHANGE_PARAM_KDF_UKM, NULL, 0),
        OSSL_PARAM_END};
    return gettable;
}

/* --- the agreement --- */

static int exchange_init(void *ctx, void *key, const OSSL_PARAM params[]) {
    struct exchange *exchange = ctx;
    struct kf_provider_key *next = key;
    if (!next || !next->session)
        return 0;
    kf_provider_key_ref(next);
    kf_provider_key_free(exchange->key);
    exchange->key = next;
    exchange->kdf[0] = exchange->digest[0] = '\0';
    exchange->out_len = exchange->ukm_len = 0;
    return exchange_set_params(exchange, params);
}

static int exchange_set_peer(void *ctx, void *peer) {
    struct exchange *exchange = ctx;
    struct kf_provider_key *next = peer;
    if (!exchange->key || !next || !next->has_public ||
        EVP_PKEY_parameters_eq(exchange->key->public_key, next->public_key) != 1)
        return 0;
    kf_provider_key_ref(next);
    kf_provider_key_free(exchange->peer);
    exchange->peer = next;
    return 1;
}

/* The peer's point, uncompressed (SEC 1 2.3.3); tokens take nothing else. */
static kf_err agree(const struct exchange *exchange, uint8_t *ret_secret) {
    uint8_t point[POINT_MAX];
    size_t len = 0;
    if (!EVP_PKEY_get_octet_string_param(exchange->peer->public_key,
                                         OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof point,
                                         &len) ||
        len != 1 + 2 * kf_provider_key_bytes(exchange->key) ||
        point[0] != POINT_CONVERSION_UNCOMPRESSED)
        return kf_fail(KF_E_CRYPTO,
                       "the peer's public key is not an uncompressed point of our curve");
    return kf_provider_derive(exchange->key, point, len, ret_secret);
}

/* ANSI X9.63 KDF over the agreed secret. */
static kf_err stretch(struct exchange *exchange, uint8_t *secret, size_t secret_len,
                      uint8_t *ret_out) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, exchange->kdf, KF_PROVIDER_OTHERS);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, exchange->digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, secret_len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, exchange->ukm, exchange->ukm_len),
        OSSL_PARAM_construct_end()};
    bool good = ctx && EVP_KDF_derive(ctx, ret_out, exchange->out_len, params) > 0;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return good ? KF_OK
                : kf_fail(KF_E_CRYPTO, "the key derivation X9.63 with \"%s\" failed",
                          exchange->digest);
}

static kf_err derive(struct exchange *exchange, unsigned char *ret_out, size_t wanted,
                     size_t size) {
    uint8_t secret[POINT_MAX];
    size_t secret_len = kf_provider_key_bytes(exchange->key);
    if (wanted == 0 || wanted > size)
        return kf_fail(KF_E_CRYPTO, "%zu bytes of an agreed secret do not fit into %zu", wanted,
                       size);
    kf_err err = agree(exchange, secret);
    if (err == KF_OK && exchange->kdf[0])
        err = stretch(exchange, secret, secret_len, ret_out);
    else if (err == KF_OK)
        memcpy(ret_out, secret, secret_len);
    OPENSSL_cleanse(secret, sizeof secret);
    return err;
}

static int exchange_derive(void *ctx, unsigned char *ret_out, size_t *ret_len, size_t size) {
    struct exchange *exchange = ctx;
    if (!exchange->key || !exchange->peer)
        return 0;
    size_t wanted = exchange->kdf[0] ? exchange->out_len : kf_provider_key_bytes(exchange->key);
    if (ret_out && !kf_provider_answer(derive(exchange, ret_out, wanted, size)))
        return 0;
    *ret_len = wanted;
    return 1;
}

const OSSL_DISPATCH kf_provider_exchange_ecdh[] = {
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_NEWCTX, exchange_new),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_FREECTX, exchange_free),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_DUPCTX, exchange_dup),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_INIT, exchange_init),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_SET_PEER, exchange_set_peer),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_DERIVE, exchange_derive),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS, exchange_set_params),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_SETTABLE_CTX_PARAMS, exchange_settable_params),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_GET_CTX_PARAMS, exchange_get_params),
    KF_DISPATCH(OSSL_FUNC_KEYEXCH_GETTABLE_CTX_PARAMS, exchange_gettable_params),
    {0, NULL}};
