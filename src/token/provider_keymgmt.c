// SPDX-License-Identifier: Apache-2.0
// Keys of the provider. All that is public of them is asked of the default provider's key within.
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

static struct kf_provider_key *key_new(const char *type) {
    struct kf_provider_key *key = OPENSSL_zalloc(sizeof *key);
    if (!key)
        return NULL;
    atomic_init(&key->references, 1);
    key->type = type;
    return key;
}

static void *rsa_new(void *provider) {
    return key_new("RSA");
}

static void *ec_new(void *provider) {
    return key_new("EC");
}

static void *ed25519_new(void *provider) {
    return key_new("ED25519");
}

struct kf_provider_key *kf_provider_key_ref(struct kf_provider_key *key) {
    if (key)
        atomic_fetch_add(&key->references, 1);
    return key;
}

void kf_provider_key_free(struct kf_provider_key *key) {
    if (!key || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    EVP_PKEY_free(key->public_key);
    OPENSSL_free(key->label);
    OPENSSL_free(key);
}

static void keymgmt_free(void *data) {
    kf_provider_key_free(data);
}

size_t kf_provider_key_bytes(const struct kf_provider_key *key) {
    return ((size_t)EVP_PKEY_get_bits(key->public_key) + 7) / 8;
}

/* --- import and export --- */

static int import_token_key(struct kf_provider_key *key, const OSSL_PARAM *param) {
    const struct kf_provider_key *from = param->data;
    if (param->data_type != OSSL_PARAM_OCTET_STRING || param->data_size != sizeof *from)
        return 0;
    if (from->label && !(key->label = OPENSSL_strdup(from->label)))
        return 0;
    if (!EVP_PKEY_up_ref(from->public_key))
        return 0;
    key->public_key = from->public_key;
    key->session = from->session;
    key->object = from->object;
    key->always_authenticate = from->always_authenticate;
    key->has_public = from->has_public;
    return 1;
}

/* A key of the default provider from parameters; NULL when they do not make one. */
static EVP_PKEY *public_from(const char *type, int selection, const OSSL_PARAM params[]) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, KF_PROVIDER_OTHERS);
    EVP_PKEY *pkey = NULL;
    if (ctx && EVP_PKEY_fromdata_init(ctx) > 0)
        EVP_PKEY_fromdata(ctx, &pkey, selection, (OSSL_PARAM *)params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* OpenSSL hands over all that it has of a peer; private values are left behind. */
static int import_public(struct kf_provider_key *key, const OSSL_PARAM params[]) {
    key->has_public = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY) ||
                      OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_N);
    key->public_key = public_from(
        key->type, key->has_public ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEY_PARAMETERS, params);
    return key->public_key != NULL;
}

static int keymgmt_import(void *data, int selection, const OSSL_PARAM params[]) {
    struct kf_provider_key *key = data;
    if (key->public_key)
        return 0;
    const OSSL_PARAM *token_key = OSSL_PARAM_locate_const(params, KF_PROVIDER_KEY_REF);
    return token_key ? import_token_key(key, token_key) : import_public(key, params);
}

/* OpenSSL's selection in the words of EVP_PKEY_todata(). */
static int public_selection(int selection) {
    return selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY ? EVP_PKEY_PUBLIC_KEY
                                                      : EVP_PKEY_KEY_PARAMETERS;
}

/* Refuses whenever a private key is asked for: OpenSSL then comes to our own signature. */
static int keymgmt_export(void *data, int selection, OSSL_CALLBACK *take, void *arg) {
    struct kf_provider_key *key = data;
    OSSL_PARAM *params = NULL;
    if (!key->public_key || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) ||
        !EVP_PKEY_todata(key->public_key, public_selection(selection), &params))
        return 0;
    int answer = take(params, arg);
    OSSL_PARAM_free(params);
    return answer;
}

static const OSSL_PARAM public_types[] = {
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0), OSSL_PARAM_END};

static const OSSL_PARAM *keymgmt_import_types(int selection) {
    return public_types;
}

static const OSSL_PARAM *keymgmt_export_types(int selection) {
    return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : public_types;
}

/* --- looking at a key --- */

static int keymgmt_has(const void *data, int selection) {
    const struct kf_provider_key *key = data;
    if (!key || !key->public_key)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !key->session)
        return 0;
    return !(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) || key->has_public;
}

static int keymgmt_match(const void *one, const void *other, int selection) {
    const struct kf_provider_key *a = one, *b = other;
    if (!a->public_key || !b->public_key)
        return 0;
    return selection & OSSL_KEYMGMT_SELECT_KEYPAIR
               ? EVP_PKEY_eq(a->public_key, b->public_key) == 1
               : EVP_PKEY_parameters_eq(a->public_key, b->public_key) == 1;
}

/* A token's private key cannot be checked from here: the public half speaks for it. */
static int keymgmt_validate(const void *data, int selection, int how) {
    const struct kf_provider_key *key = data;
    if (!key->public_key)
        return 0;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->public_key, KF_PROVIDER_OTHERS);
    int good =
        ctx && (key->has_public ? EVP_PKEY_public_check(ctx) : EVP_PKEY_param_check(ctx)) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}

static int keymgmt_get_params(void *data, OSSL_PARAM params[]) {
    struct kf_provider_key *key = data;
    return key->public_key && EVP_PKEY_get_params(key->public_key, params);
}

static const OSSL_PARAM *keymgmt_gettable_params(void *provider) {
    static const OSSL_PARAM gettable[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_X, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_Y, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_END};
    return gettable;
}

/* --- peers of a key agreement: CMS copies our parameters, then sets the peer's point (RFC
 * 5753 7.1.2) --- */

static int keymgmt_set_params(void *data, const OSSL_PARAM params[]) {
    struct kf_provider_key *key = data;
    if (!OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY))
        return 1;
    if (key->session || !key->public_key || atomic_load(&key->references) > 1 ||
        !EVP_PKEY_set_params(key->public_key, (OSSL_PARAM *)params))
        return 0;
    key->has_public = true;
    return 1;
}

static const OSSL_PARAM *keymgmt_settable_params(void *provider) {
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0), OSSL_PARAM_END};
    return settable;
}

/* The whole of a token's key is shared, for it does not change; parts of it become a key of their
 * own. */
static void *keymgmt_dup(const void *data, int selection) {
    const struct kf_provider_key *key = data;
    if (key->session && (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY))
        return kf_provider_key_ref((struct kf_provider_key *)key);

    struct kf_provider_key *copy = key_new(key->type);
    OSSL_PARAM *params = NULL;
    int part = public_selection(key->has_public ? selection : OSSL_KEYMGMT_SELECT_ALL_PARAMETERS);
    bool good = copy && key->public_key && EVP_PKEY_todata(key->public_key, part, &params) &&
                import_public(copy, params);
    OSSL_PARAM_free(params);
    if (good)
        return copy;
    kf_provider_key_free(copy);
    return NULL;
}

/* --- which operations go with which key --- */

static const char *rsa_operation(int operation) {
    return "RSA";
}

static const char *ec_operation(int operation) {
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : operation == OSSL_OP_KEYEXCH ? "ECDH" : "EC";
}

static const char *ed25519_operation(int operation) {
    return "ED25519";
}

#define KEYMGMT(create, operation)                                                                 \
    {                                                                                              \
        KF_DISPATCH(OSSL_FUNC_KEYMGMT_NEW, create),                                                \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_FREE, keymgmt_free),                                     \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, operation),                        \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_IMPORT, keymgmt_import),                                 \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, keymgmt_import_types),                     \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_EXPORT, keymgmt_export),                                 \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, keymgmt_export_types),                     \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_HAS, keymgmt_has),                                       \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_MATCH, keymgmt_match),                                   \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_VALIDATE, keymgmt_validate),                             \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_GET_PARAMS, keymgmt_get_params),                         \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, keymgmt_gettable_params),               \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_SET_PARAMS, keymgmt_set_params),                         \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, keymgmt_settable_params),               \
            KF_DISPATCH(OSSL_FUNC_KEYMGMT_DUP, keymgmt_dup), {                                     \
            0, NULL                                                                                \
        }                                                                                          \
    }

const OSSL_DISPATCH kf_provider_keymgmt_rsa[] = KEYMGMT(rsa_new, rsa_operation);
const OSSL_DISPATCH kf_provider_keymgmt_ec[] = KEYMGMT(ec_new, ec_operation);
const OSSL_DISPATCH kf_provider_keymgmt_ed25519[] = KEYMGMT(ed25519_new, ed25519_operation);
