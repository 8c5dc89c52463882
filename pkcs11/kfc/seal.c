// SPDX-License-Identifier: Apache-2.0
// The cryptography of KFC1 by EVP, in the module's own library context.
#include "kfc/seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "keys/crypto.h"

KF_DEFINE_AUTO_PTR_WITH(EVP_KDF_CTX, EVP_KDF_CTX_free)
KF_DEFINE_AUTO_PTR_WITH(EVP_CIPHER, EVP_CIPHER_free)
KF_DEFINE_AUTO_PTR_WITH(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

static kf_err answer(bool worked, const char *what) {
    return worked ? KF_OK : kf_fail(KF_E_CRYPTO, "OpenSSL's %s failed", what);
}

/* Without a context of our own OpenSSL would take the host's. */
static kf_err need_context(OSSL_LIB_CTX **ret_context) {
    *ret_context = kf_crypto();
    return *ret_context ? KF_OK : kf_fail(KF_E_CRYPTO, "OpenSSL cannot be used");
}

kf_err kfc_random(void *ret_bytes, size_t len) {
    OSSL_LIB_CTX *context;
    KF_QUIET();
    KF_TRY(need_context(&context));
    return answer(RAND_priv_bytes_ex(context, ret_bytes, len, 0) == 1, "random number generator");
}

/* --- keys from keys --- */

static bool hkdf(OSSL_LIB_CTX *context, const kf_locked *key, const struct kfc_derivation *how,
                 kf_locked *derived) {
    EVP_KDF *kdf = EVP_KDF_fetch(context, OSSL_KDF_NAME_HKDF, NULL);
    KF_AUTO_PTR(EVP_KDF_CTX) ctx = EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, key->data, key->len),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, (void *)how->salt, how->salt_len),
        OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (void *)how->info, how->info_len),
        OSSL_PARAM_END};
    return ctx && EVP_KDF_derive(ctx, derived->data, derived->len, params) == 1;
}

kf_err kfc_derive(const kf_locked *key, const struct kfc_derivation *how, size_t len,
                  kf_locked *ret_derived) {
    OSSL_LIB_CTX *context;
    KF_AUTO(kf_locked) derived = {0};
    KF_QUIET();
    KF_TRY(need_context(&context));
    KF_TRY(kf_locked_new(key->arena, len, &derived));
    KF_TRY(answer(hkdf(context, key, how, &derived), "HKDF"));
    kf_locked_move(ret_derived, &derived);
    return KF_OK;
}

/* RFC 7914, 6: N blocks of 128 * r bytes, and a few more. OpenSSL refuses from 32 MiB on unless it
 * is told how much is meant. */
static uint64_t scrypt_memory(int log_n) {
    return (uint64_t)128 * KFC_SCRYPT_R * ((1u << log_n) + 64);
}

kf_err kfc_scrypt(kf_arena *arena, const uint8_t *pin, size_t len,
                  const uint8_t salt[static KFC_SALT_LEN], int log_n, kf_locked *ret_key) {
    OSSL_LIB_CTX *context;
    KF_AUTO(kf_locked) key = {0};
    KF_QUIET();
    KF_TRY(need_context(&context));
    KF_TRY(kf_locked_new(arena, KFC_MASTER_LEN, &key));
    if (EVP_PBE_scrypt_ex((const char *)pin, len, salt, KFC_SALT_LEN, (uint64_t)1 << log_n,
                          KFC_SCRYPT_R, KFC_SCRYPT_P, scrypt_memory(log_n), key.data, key.len,
                          context, NULL) != 1)
        return kf_fail(KF_E_MEMORY, "no %u MiB of memory to check a PIN with", 1u << (log_n - 10));
    kf_locked_move(ret_key, &key);
    return KF_OK;
}

kf_err kfc_index_mac(const kf_locked *master, const uint8_t uuid[static KFC_UUID_LEN],
                     const uint8_t *head, size_t len, uint8_t ret_mac[static KFC_HMAC_LEN]) {
    static const char info[] = "KFC1 index";
    OSSL_LIB_CTX *context;
    KF_AUTO(kf_locked) key = {0};
    size_t mac_len = 0;
    KF_QUIET();
    KF_TRY(need_context(&context));
    KF_TRY(kfc_derive(
        master,
        &(struct kfc_derivation){
            .salt = uuid, .salt_len = KFC_UUID_LEN, .info = info, .info_len = sizeof info - 1},
        KFC_HMAC_LEN, &key));
    bool worked = EVP_Q_mac(context, "HMAC", NULL, "SHA256", NULL, key.data, key.len, head, len,
                            ret_mac, KFC_HMAC_LEN, &mac_len) != NULL;
    return answer(worked && mac_len == KFC_HMAC_LEN, "HMAC");
}

/* --- AES-256-GCM --- */

static bool begin(OSSL_LIB_CTX *context, const struct kfc_gcm *gcm, EVP_CIPHER_CTX *ctx,
                  bool seal) {
    KF_AUTO_PTR(EVP_CIPHER) cipher = EVP_CIPHER_fetch(context, "AES-256-GCM", NULL);
    int len;
    if (!ctx || !cipher || EVP_CipherInit_ex2(ctx, cipher, gcm->key, gcm->nonce, seal, NULL) != 1)
        return false;
    for (size_t i = 0; i < KF_COUNT(gcm->aad); i++)
        if (gcm->aad[i].len &&
            EVP_CipherUpdate(ctx, NULL, &len, gcm->aad[i].data, (int)gcm->aad[i].len) != 1)
            return false;
    return true;
}

static bool run(const struct kfc_gcm *gcm, EVP_CIPHER_CTX *ctx, uint8_t *out) {
    int len = 0;
    return !gcm->len || (EVP_CipherUpdate(ctx, out, &len, gcm->in, (int)gcm->len) == 1 &&
                         (size_t)len == gcm->len);
}

static bool seal_it(OSSL_LIB_CTX *context, const struct kfc_gcm *gcm, uint8_t *out, uint8_t *tag) {
    KF_AUTO_PTR(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
    uint8_t none[KFC_TAG_LEN];
    int len;
    return begin(context, gcm, ctx, true) && run(gcm, ctx, out) &&
           EVP_CipherFinal_ex(ctx, none, &len) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, KFC_TAG_LEN, tag) == 1;
}

kf_err kfc_gcm_seal(const struct kfc_gcm *gcm, uint8_t *ret_out,
                    uint8_t ret_tag[static KFC_TAG_LEN]) {
    OSSL_LIB_CTX *context;
    KF_QUIET();
    KF_TRY(need_context(&context));
    return answer(seal_it(context, gcm, ret_out, ret_tag), "AES-256-GCM");
}

static bool open_it(OSSL_LIB_CTX *context, const struct kfc_gcm *gcm, const uint8_t *tag,
                    uint8_t *out, bool *ret_is_genuine) {
    KF_AUTO_PTR(EVP_CIPHER_CTX) ctx = EVP_CIPHER_CTX_new();
    uint8_t none[KFC_TAG_LEN];
    int len;
    if (!begin(context, gcm, ctx, false) || !run(gcm, ctx, out) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, KFC_TAG_LEN, (void *)tag) != 1)
        return false;
    *ret_is_genuine = EVP_CipherFinal_ex(ctx, none, &len) == 1;
    return true;
}

kf_err kfc_gcm_open(const struct kfc_gcm *gcm, const uint8_t tag[static KFC_TAG_LEN],
                    uint8_t *ret_out, bool *ret_is_genuine) {
    OSSL_LIB_CTX *context;
    bool is_genuine = false;
    KF_QUIET();
    KF_TRY(need_context(&context));
    bool worked = open_it(context, gcm, tag, ret_out, &is_genuine);
    if (!is_genuine && gcm->len)
        OPENSSL_cleanse(ret_out, gcm->len);
    KF_TRY(answer(worked, "AES-256-GCM"));
    *ret_is_genuine = is_genuine;
    return KF_OK;
}
