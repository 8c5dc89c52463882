// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032 5.1.6): an EVP_PKEY for each signature is cheap when its public half is given.
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "keys/crypto.h"
#include "keys/signer.h"

struct edwards_tools {
    EVP_PKEY_CTX *maker;
    EVP_MD_CTX *context;
};

static bool edwards_prepare(kf_signer *signer) {
    struct edwards_tools *tools = calloc(1, sizeof *tools);
    signer->tools = tools;
    if (!tools)
        return false;
    tools->maker = EVP_PKEY_CTX_new_from_name(kf_crypto(), signer->public_half->curve->group, NULL);
    tools->context = EVP_MD_CTX_new();
    return tools->maker && tools->context && EVP_PKEY_fromdata_init(tools->maker) > 0;
}

static EVP_PKEY *make_pkey(EVP_PKEY_CTX *maker, const kf_softkey *key) {
    struct kf_span seed = kf_part(key, KF_D), point = kf_span_of(&key->public_half->point);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.len),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)seed.data, seed.len),
        OSSL_PARAM_END};
    EVP_PKEY *pkey = NULL;
    return EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_KEYPAIR, params) > 0 ? pkey : NULL;
}

/* The context gives its reference back at once, so that freeing the EVP_PKEY clears the seed. */
static CK_RV edwards_sign(kf_signer *signer, const kf_softkey *key,
                          const struct kf_message *message, uint8_t *ret_signature) {
    struct edwards_tools *tools = signer->tools;
    size_t len = kf_signature_size(signer->public_half);
    EVP_PKEY *pkey = make_pkey(tools->maker, key);
    bool good =
        pkey &&
        EVP_DigestSignInit_ex(tools->context, NULL, NULL, kf_crypto(), NULL, pkey, NULL) > 0 &&
        EVP_DigestSign(tools->context, ret_signature, &len, message->data.data, message->data.len) >
            0;
    EVP_MD_CTX_reset(tools->context);
    EVP_PKEY_free(pkey);
    return good ? CKR_OK : CKR_FUNCTION_FAILED;
}

static void edwards_release(void *pointer) {
    struct edwards_tools *tools = pointer;
    if (!tools)
        return;
    EVP_PKEY_CTX_free(tools->maker);
    EVP_MD_CTX_free(tools->context);
    free(tools);
}

const struct kf_signer_kind kf_edwards_signer = {
    .prepare = edwards_prepare,
    .sign = edwards_sign,
    .release = edwards_release,
};
