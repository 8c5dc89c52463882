// SPDX-License-Identifier: Apache-2.0
// Signatures as tokens make them: the mechanism, what it is given, and what the world wants to have
// of its answer.
#include "token/provider.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <string.h>

/* Signs, and refuses an answer that is not exactly `wanted` bytes long. */
static kf_err sign_exactly(const struct kf_provider_key *key, struct kf_provider_call *call,
                           size_t wanted, uint8_t *ret_signature) {
    size_t given = 0;
    KF_TRY(kf_provider_operate(key, call, ret_signature, &given));
    if (given == wanted)
        return KF_OK;
    memset(ret_signature, 0, KF_P11_SIGNATURE_MAX);
    return kf_fail(KF_E_TOKEN_ERROR,
                   "signing: the token gave a signature of %zu bytes instead of %zu", given,
                   wanted);
}

/* What CKM_RSA_PKCS pads: DigestInfo, or the data as it is. */
static kf_err digest_info(const struct kf_provider_input *input, uint8_t *ret_info,
                          size_t *ret_len) {
    const struct kf_hash *hash = NULL;
    if (input->md)
        KF_TRY(kf_hash_find(input->md, &hash));
    size_t prefix_len = hash ? hash->prefix_len : 0;
    if (input->len > KF_P11_SIGNATURE_MAX - prefix_len || (hash && input->len != hash->len))
        return kf_fail(KF_E_CRYPTO, "%zu bytes are not what such a signature is made of",
                       input->len);
    if (hash)
        memcpy(ret_info, hash->prefix, prefix_len);
    memcpy(ret_info + prefix_len, input->data, input->len);
    *ret_len = prefix_len + input->len;
    return KF_OK;
}

/* For tokens without the mechanism that pads by itself. */
static kf_err sign_padded(const struct kf_provider_key *key, const char *lacking,
                          const uint8_t *padded, uint8_t *ret_signature) {
    size_t bytes = kf_provider_key_bytes(key);
    struct kf_provider_call call = {
        .mechanism = {CKM_RSA_X_509, NULL, 0}, .in = padded, .len = bytes};
    kf_err err = sign_exactly(key, &call, bytes, ret_signature);
    if (call.lacking)
        return kf_fail(err, "signing: the token has neither %s nor CKM_RSA_X_509", lacking);
    return err;
}

static kf_err sign_pkcs1(struct kf_provider_key *key, const struct kf_provider_input *input,
                         uint8_t *ret_signature) {
    uint8_t info[KF_P11_SIGNATURE_MAX], padded[KF_P11_SIGNATURE_MAX];
    size_t bytes = kf_provider_key_bytes(key), info_len = 0;
    KF_TRY(digest_info(input, info, &info_len));
    KF_TRY(kf_pad_pkcs1(info, info_len, bytes, padded)); /* which also says what is too long */
    if (!(atomic_load(&key->lacks) & KF_LACKS_PKCS1)) {
        struct kf_provider_call call = {
            .mechanism = {CKM_RSA_PKCS, NULL, 0}, .in = info, .len = info_len};
        kf_err err = sign_exactly(key, &call, bytes, ret_signature);
        if (!call.lacking)
            return err;
        atomic_fetch_or(&key->lacks, KF_LACKS_PKCS1);
    }
    return sign_padded(key, "CKM_RSA_PKCS", padded, ret_signature);
}

static kf_err pss_of(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                     const struct kf_provider_input *input, struct kf_pss *ret_pss) {
    const EVP_MD *mgf1 = NULL;
    int salt = RSA_PSS_SALTLEN_DIGEST;
    if (!input->md || input->len != (size_t)EVP_MD_get_size(input->md))
        return kf_fail(KF_E_CRYPTO, "%zu bytes are not what an RSA-PSS signature is made of",
                       input->len);
    if (EVP_PKEY_CTX_get_rsa_mgf1_md(shadow, &mgf1) <= 0 ||
        EVP_PKEY_CTX_get_rsa_pss_saltlen(shadow, &salt) <= 0)
        return kf_fail(KF_E_CRYPTO,
                       "OpenSSL does not tell the parameters of the RSA-PSS signature");
    *ret_pss = (struct kf_pss){.md = input->md,
                               .mgf1 = mgf1 ? mgf1 : input->md,
                               .salt_len = salt < 0 ? input->len : (size_t)salt,
                               .modulus_bits = (size_t)EVP_PKEY_get_bits(key->public_key)};
    return KF_OK;
}

static kf_err sign_pss_on_token(const struct kf_provider_key *key, const struct kf_pss *pss,
                                const struct kf_provider_input *input, uint8_t *ret_signature,
                                bool *ret_lacking) {
    const struct kf_hash *hash = NULL, *mgf1 = NULL;
    KF_TRY(kf_hash_find(pss->md, &hash));
    KF_TRY(kf_hash_find(pss->mgf1, &mgf1));
    CK_RSA_PKCS_PSS_PARAMS params = {
        .hashAlg = hash->mechanism, .mgf = mgf1->mgf1, .sLen = pss->salt_len};
    struct kf_provider_call call = {.mechanism = {CKM_RSA_PKCS_PSS, &params, sizeof params},
                                    .in = input->data,
                                    .len = input->len};
    kf_err err = sign_exactly(key, &call, kf_provider_key_bytes(key), ret_signature);
    *ret_lacking = call.lacking;
    return err;
}

static kf_err sign_pss(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                       const struct kf_provider_input *input, uint8_t *ret_signature) {
    struct kf_pss pss = {0};
    KF_TRY(pss_of(key, shadow, input, &pss));
    if (!(atomic_load(&key->lacks) & KF_LACKS_PSS)) {
        bool lacking = false;
        kf_err err = sign_pss_on_token(key, &pss, input, ret_signature, &lacking);
        if (!lacking)
            return err;
        atomic_fetch_or(&key->lacks, KF_LACKS_PSS);
    }
    uint8_t padded[KF_P11_SIGNATURE_MAX];
    KF_TRY(kf_pad_pss(&pss, input->data, kf_provider_key_bytes(key), padded));
    return sign_padded(key, "CKM_RSA_PKCS_PSS", padded, ret_signature);
}

static kf_err sign_rsa(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                       const struct kf_provider_input *input, uint8_t *ret_signature,
                       size_t *ret_len) {
    int padding = RSA_PKCS1_PADDING;
    EVP_PKEY_CTX_get_rsa_padding(shadow, &padding);
    if (padding != RSA_PKCS1_PADDING && padding != RSA_PKCS1_PSS_PADDING)
        return kf_fail(KF_E_UNSUPPORTED, "this RSA padding is not made with keys on tokens");
    KF_TRY(padding == RSA_PKCS1_PADDING ? sign_pkcs1(key, input, ret_signature)
                                        : sign_pss(key, shadow, input, ret_signature));
    *ret_len = kf_provider_key_bytes(key);
    return KF_OK;
}

/* PKCS#11 gives r || s, the rest of the world wants ECDSA-Sig-Value (RFC 3279 2.2.3). In place. */
static kf_err ecdsa_der(uint8_t *signature, size_t half, size_t *ret_len) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)half, NULL),
           *s = BN_bin2bn(signature + half, (int)half, NULL);
    int len = -1;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s)) {
        r = s = NULL;
        len = i2d_ECDSA_SIG(pair, NULL);
        if (len > 0 && len <= KF_P11_SIGNATURE_MAX)
            len = i2d_ECDSA_SIG(pair, &(unsigned char *){signature});
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    if (len <= 0)
        return kf_fail(KF_E_CRYPTO, "the token's signature could not be encoded");
    *ret_len = (size_t)len;
    return KF_OK;
}

static kf_err sign_ecdsa(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                         const struct kf_provider_input *input, uint8_t *ret_signature,
                         size_t *ret_len) {
    size_t field = kf_provider_key_bytes(key);
    size_t len = input->len < field ? input->len : field; /* FIPS 186-5 6.4.1: the leftmost bits */
    struct kf_provider_call call = {
        .mechanism = {CKM_ECDSA, NULL, 0}, .in = input->data, .len = len};
    KF_TRY(sign_exactly(key, &call, 2 * field, ret_signature));
    return ecdsa_der(ret_signature, field, ret_len);
}

static kf_err sign_ed25519(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                           const struct kf_provider_input *input, uint8_t *ret_signature,
                           size_t *ret_len) {
    struct kf_provider_call call = {
        .mechanism = {CKM_EDDSA, NULL, 0}, .in = input->data, .len = input->len};
    KF_TRY(sign_exactly(key, &call, 64, ret_signature));
    *ret_len = 64;
    return KF_OK;
}

static const struct {
    const char *type;
    kf_err (*sign)(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                   const struct kf_provider_input *input, uint8_t *ret_signature, size_t *ret_len);
} signers[] = {{"RSA", sign_rsa}, {"EC", sign_ecdsa}, {"ED25519", sign_ed25519}};

kf_err kf_provider_sign(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                        const struct kf_provider_input *input, uint8_t *ret_signature,
                        size_t *ret_len) {
    for (size_t i = 0; i < KF_COUNT(signers); i++)
        if (strcmp(key->type, signers[i].type) == 0)
            return signers[i].sign(key, shadow, input, ret_signature, ret_len);
    return kf_fail(KF_E_UNSUPPORTED, "keys of type \"%s\" do not sign", key->type);
}
