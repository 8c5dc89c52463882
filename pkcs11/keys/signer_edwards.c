// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032 5.1.6), by the default provider's own functions (provider-keymgmt(7),
// provider-signature(7)).
//
// EVP looks up names several times for a key that lives for one signature, which brings it to 95 %
// of a key that is kept; without EVP in between it is more than 100 %.
#include "keys/signer.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <string.h>

#include "keys/crypto.h"

struct edwards_tools {
    void *provider;
    struct {
        OSSL_FUNC_keymgmt_new_fn *new;
        OSSL_FUNC_keymgmt_import_fn *import;
        OSSL_FUNC_keymgmt_free_fn *free;
    } key;
    struct {
        OSSL_FUNC_signature_newctx_fn *new;
        OSSL_FUNC_signature_digest_sign_init_fn *init;
        OSSL_FUNC_signature_digest_sign_fn *sign;
        OSSL_FUNC_signature_freectx_fn *free;
    } signature;
};

/* --- finding the functions --- */

/* Names of an algorithm are separated by colons, provider-base(7). */
static bool is_named(const OSSL_ALGORITHM *algorithm, const char *name) {
    size_t len = strlen(name);
    return strncasecmp(algorithm->algorithm_names, name, len) == 0 &&
           strchr(":", algorithm->algorithm_names[len]);
}

static const OSSL_DISPATCH *look_up(int operation, const char *name) {
    OSSL_PROVIDER *provider = kf_crypto_provider();
    int no_store = 0;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(provider, operation, &no_store);
    const OSSL_DISPATCH *found = NULL;
    for (const OSSL_ALGORITHM *one = all; one && one->algorithm_names && !found; one++)
        if (is_named(one, name))
            found = one->implementation;
    OSSL_PROVIDER_unquery_operation(provider, operation, all);
    return found;
}

static bool find_key_functions(struct edwards_tools *tools, const char *name) {
    const OSSL_DISPATCH *one = look_up(OSSL_OP_KEYMGMT, name);
    for (; one && one->function_id; one++) {
        if (one->function_id == OSSL_FUNC_KEYMGMT_NEW)
            tools->key.new = OSSL_FUNC_keymgmt_new(one);
        else if (one->function_id == OSSL_FUNC_KEYMGMT_IMPORT)
            tools->key.import = OSSL_FUNC_keymgmt_import(one);
        else if (one->function_id == OSSL_FUNC_KEYMGMT_FREE)
            tools->key.free = OSSL_FUNC_keymgmt_free(one);
    }
    return tools->key.new && tools->key.import && tools->key.free;
}

static bool find_signature_functions(struct edwards_tools *tools, const char *name) {
    const OSSL_DISPATCH *one = look_up(OSSL_OP_SIGNATURE, name);
    for (; one && one->function_id; one++) {
        if (one->function_id == OSSL_FUNC_SIGNATURE_NEWCTX)
            tools->signature.new = OSSL_FUNC_signature_newctx(one);
        else if (one->function_id == OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT)
            tools->signature.init = OSSL_FUNC_signature_digest_sign_init(one);
        else if (one->function_id == OSSL_FUNC_SIGNATURE_DIGEST_SIGN)
            tools->signature.sign = OSSL_FUNC_signature_digest_sign(one);
        else if (one->function_id == OSSL_FUNC_SIGNATURE_FREECTX)
            tools->signature.free = OSSL_FUNC_signature_freectx(one);
    }
    return tools->signature.new && tools->signature.init && tools->signature.sign &&
           tools->signature.free;
}

static bool edwards_prepare(kf_signer *signer) {
    const char *name = signer->public_half->curve->group;
    struct edwards_tools *tools = calloc(1, sizeof *tools);
    signer->tools = tools;
    if (!tools || !kf_crypto_provider())
        return false;
    tools->provider = OSSL_PROVIDER_get0_provider_ctx(kf_crypto_provider());
    return find_key_functions(tools, name) && find_signature_functions(tools, name);
}

/* --- signing --- */

static bool import(const struct edwards_tools *tools, void *data, const kf_softkey *key) {
    struct kf_span seed = kf_part(key, KF_D), point = kf_span_of(&key->public_half->point);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point.data, point.len),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)seed.data, seed.len),
        OSSL_PARAM_END};
    return tools->key.import(data, OSSL_KEYMGMT_SELECT_KEYPAIR, params);
}

/* The context and the key are freed here, which clears the seed. */
static CK_RV edwards_sign(kf_signer *signer, const kf_softkey *key,
                          const struct kf_message *message, uint8_t *ret_signature) {
    const struct edwards_tools *tools = signer->tools;
    size_t len = 0, room = kf_signature_size(signer->public_half);
    void *data = tools->key.new(tools->provider);
    void *context = tools->signature.new(tools->provider, NULL);
    bool good = data && context && import(tools, data, key) &&
                tools->signature.init(context, NULL, data, NULL) &&
                tools->signature.sign(context, ret_signature, &len, room, message->data.data,
                                      message->data.len) &&
                len == room;
    tools->signature.free(context);
    tools->key.free(data);
    return good ? CKR_OK : CKR_FUNCTION_FAILED;
}

static void edwards_release(void *tools) {
    free(tools);
}

const struct kf_signer_kind kf_edwards_signer = {
    .prepare = edwards_prepare,
    .sign = edwards_sign,
    .release = edwards_release,
};
