// SPDX-License-Identifier: Apache-2.0
// The built-in OpenSSL 3 provider "keyfob": its registration, and token keys put under it.
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>

/* With its sentence, as whoever called OpenSSL says "signing failed" in between. */
static _Thread_local struct {
    kf_err code;
    struct kf_error_saved said;
} last;

kf_err kf_provider_last_error(void) {
    kf_err err = last.code;
    last.code = KF_OK;
    if (err != KF_OK)
        kf_error_restore(&last.said);
    return err;
}

int kf_provider_answer(kf_err err) {
    last.code = err;
    if (err == KF_OK)
        return 1;
    kf_error_save(&last.said);
    ERR_raise_data(ERR_LIB_PROV, ERR_R_OPERATION_FAIL, "%s", kf_error_sentence(err));
    return 0;
}

static const OSSL_ALGORITHM keymgmts[] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", KF_PROVIDER_OURS, kf_provider_keymgmt_rsa, NULL},
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", KF_PROVIDER_OURS, kf_provider_keymgmt_ec, NULL},
    {"ED25519:1.3.101.112", KF_PROVIDER_OURS, kf_provider_keymgmt_ed25519, NULL},
    {0}};
static const OSSL_ALGORITHM signatures[] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", KF_PROVIDER_OURS, kf_provider_signature_hashed,
     NULL},
    {"ECDSA", KF_PROVIDER_OURS, kf_provider_signature_hashed, NULL},
    {"ED25519:1.3.101.112", KF_PROVIDER_OURS, kf_provider_signature_ed25519, NULL},
    {0}};
static const OSSL_ALGORITHM ciphers[] = {
    {"RSA:rsaEncryption:1.2.840.113549.1.1.1", KF_PROVIDER_OURS, kf_provider_cipher_rsa, NULL},
    {0}};
static const OSSL_ALGORITHM exchanges[] = {
    {"ECDH", KF_PROVIDER_OURS, kf_provider_exchange_ecdh, NULL}, {0}};

static const struct {
    int operation;
    const OSSL_ALGORITHM *algorithms;
} operations[] = {{OSSL_OP_KEYMGMT, keymgmts},
                  {OSSL_OP_SIGNATURE, signatures},
                  {OSSL_OP_ASYM_CIPHER, ciphers},
                  {OSSL_OP_KEYEXCH, exchanges}};

static const OSSL_ALGORITHM *provider_query(void *provider, int operation, int *ret_no_store) {
    *ret_no_store = 0;
    for (size_t i = 0; i < KF_COUNT(operations); i++)
        if (operations[i].operation == operation)
            return operations[i].algorithms;
    return NULL;
}

static const OSSL_DISPATCH provider_functions[] = {
    KF_DISPATCH(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query), {0, NULL}};

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                         const OSSL_DISPATCH **ret_functions, void **ret_provider) {
    *ret_functions = provider_functions;
    *ret_provider = (void *)handle;
    return 1;
}

/* Once per process, never unloaded: OpenSSL ends it at exit. "default" comes first, because loading
 * any provider ends OpenSSL's implicit default, and a fetch that names no provider takes the first
 * one. */
static kf_err provider_register(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static OSSL_PROVIDER *others, *ours;

    pthread_mutex_lock(&lock);
    if (!others)
        others = OSSL_PROVIDER_load(NULL, "default");
    if (others && !ours && OSSL_PROVIDER_add_builtin(NULL, KF_PROVIDER, provider_init))
        ours = OSSL_PROVIDER_load(NULL, KF_PROVIDER);
    bool good = ours != NULL;
    pthread_mutex_unlock(&lock);
    return good ? KF_OK : kf_fail(KF_E_CRYPTO, "OpenSSL did not take keyfob's provider");
}

static const char *type_of(const EVP_PKEY *public_key) {
    static const char *const types[] = {"RSA", "EC", "ED25519"};
    for (size_t i = 0; i < KF_COUNT(types); i++)
        if (EVP_PKEY_is_a(public_key, types[i]))
            return types[i];
    return NULL;
}

static EVP_PKEY *pkey_of(const struct kf_provider_key *key) {
    OSSL_PARAM params[] = {OSSL_PARAM_octet_string(KF_PROVIDER_KEY_REF, (void *)key, sizeof *key),
                           OSSL_PARAM_END};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, key->type, KF_PROVIDER_OURS);
    EVP_PKEY *pkey = NULL;
    if (ctx && EVP_PKEY_fromdata_init(ctx) > 0)
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

kf_err kf_provider_pkey(kf_session *session, unsigned long object, const char *label,
                        bool always_authenticate, EVP_PKEY *public_key, EVP_PKEY **ret_pkey) {
    KF_TRY(provider_register());
    struct kf_provider_key key = {.type = type_of(public_key),
                                  .session = session,
                                  .object = object,
                                  .label = (char *)label,
                                  .always_authenticate = always_authenticate,
                                  .public_key = public_key,
                                  .has_public = true};
    if (!key.type)
        return kf_fail(KF_E_UNSUPPORTED, "keys of type \"%s\" are not supported",
                       EVP_PKEY_get0_type_name(public_key));
    if (kf_provider_key_bytes(&key) > KF_P11_SIGNATURE_MAX)
        return kf_fail(KF_E_UNSUPPORTED, "a key of %d bits is too large",
                       EVP_PKEY_get_bits(public_key));
    EVP_PKEY *pkey = pkey_of(&key);
    if (!pkey)
        return kf_fail(KF_E_CRYPTO, "OpenSSL did not take the token's key");
    *ret_pkey = pkey;
    return KF_OK;
}
