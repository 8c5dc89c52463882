// SPDX-License-Identifier: Apache-2.0
// Tokens and modules as JSON: keyfob.token/1, keyfob.module/1.
#include "token/medium.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"

static const char *tries_word(enum kf_pin_tries tries) {
    static const char *const words[] = {[KF_TRIES_OK] = "ok",
                                        [KF_TRIES_LOW] = "low",
                                        [KF_TRIES_LAST] = "last",
                                        [KF_TRIES_LOCKED] = "locked"};
    return words[tries];
}

#define NAME(mechanism)                                                                            \
    { mechanism, #mechanism }
static const struct {
    CK_MECHANISM_TYPE type;
    const char *name;
} mechanisms[] = {
    NAME(CKM_RSA_PKCS_KEY_PAIR_GEN),
    NAME(CKM_RSA_PKCS),
    NAME(CKM_RSA_9796),
    NAME(CKM_RSA_X_509),
    NAME(CKM_MD5_RSA_PKCS),
    NAME(CKM_SHA1_RSA_PKCS),
    NAME(CKM_SHA224_RSA_PKCS),
    NAME(CKM_SHA256_RSA_PKCS),
    NAME(CKM_SHA384_RSA_PKCS),
    NAME(CKM_SHA512_RSA_PKCS),
    NAME(CKM_RSA_PKCS_OAEP),
    NAME(CKM_RSA_PKCS_PSS),
    NAME(CKM_SHA1_RSA_PKCS_PSS),
    NAME(CKM_SHA224_RSA_PKCS_PSS),
    NAME(CKM_SHA256_RSA_PKCS_PSS),
    NAME(CKM_SHA384_RSA_PKCS_PSS),
    NAME(CKM_SHA512_RSA_PKCS_PSS),
    NAME(CKM_EC_KEY_PAIR_GEN),
    NAME(CKM_ECDSA),
    NAME(CKM_ECDSA_SHA1),
    NAME(CKM_ECDSA_SHA224),
    NAME(CKM_ECDSA_SHA256),
    NAME(CKM_ECDSA_SHA384),
    NAME(CKM_ECDSA_SHA512),
    NAME(CKM_ECDH1_DERIVE),
    NAME(CKM_ECDH1_COFACTOR_DERIVE),
    NAME(CKM_EC_EDWARDS_KEY_PAIR_GEN),
    NAME(CKM_EDDSA),
    NAME(CKM_MD5),
    NAME(CKM_SHA_1),
    NAME(CKM_SHA224),
    NAME(CKM_SHA256),
    NAME(CKM_SHA384),
    NAME(CKM_SHA512),
    NAME(CKM_SHA_1_HMAC),
    NAME(CKM_SHA256_HMAC),
    NAME(CKM_SHA384_HMAC),
    NAME(CKM_SHA512_HMAC),
    NAME(CKM_GENERIC_SECRET_KEY_GEN),
    NAME(CKM_AES_KEY_GEN),
    NAME(CKM_AES_ECB),
    NAME(CKM_AES_CBC),
    NAME(CKM_AES_CBC_PAD),
    NAME(CKM_AES_CTR),
    NAME(CKM_AES_GCM),
    NAME(CKM_DES3_KEY_GEN),
    NAME(CKM_DES3_ECB),
    NAME(CKM_DES3_CBC),
    NAME(CKM_DES3_CBC_PAD),
};

static json_t *mechanism_json(CK_MECHANISM_TYPE type) {
    for (size_t i = 0; i < KF_COUNT(mechanisms); i++)
        if (mechanisms[i].type == type)
            return json_string(mechanisms[i].name);
    return json_sprintf("0x%08lx", (unsigned long)type);
}

static kf_err add_mechanisms(kf_token *token, json_t *json) {
    CK_MECHANISM_TYPE list[KF_P11_MECHANISMS_MAX] = {0};
    CK_ULONG count = KF_P11_MECHANISMS_MAX;
    CK_RV rv = token->module->p11->C_GetMechanismList(token->slot, list, &count);
    KF_TRY(kf_fail_rv(token, rv, "asking what the token can do"));
    if (count > KF_P11_MECHANISMS_MAX)
        return kf_fail(KF_E_TOKEN_ERROR, "token \"%s\" names more mechanisms than there are",
                       token->info.label);
    json_t *names = json_array();
    for (CK_ULONG i = 0; i < count; i++)
        json_array_append_new(names, mechanism_json(list[i]));
    json_object_set_new(json, "mechanisms", names);
    return KF_OK;
}

static void add_key_types(kf_token *token, json_t *json) {
    json_t *types = json_array();
    for (enum kf_key_type type = KF_KEY_RSA_2048; type <= KF_KEY_ED25519; type++)
        if (kf_key_offered(token, type) == KF_OK)
            json_array_append_new(types, json_string(kf_key_type_name(type)));
    kf_error_clear();
    json_object_set_new(json, "key_types", types);
}

static json_t *token_json(const struct kf_token_info *info) {
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:{s:b, s:s, s:I, s:I, s:b}, s:s, s:b}", "schema",
        "keyfob.token/1", "label", info->label, "serial", info->serial, "model", info->model,
        "manufacturer", info->manufacturer, "uri", info->uri, "module", info->module, "initialized",
        info->initialized, "pin", "set", info->user_pin_set, "tries", tries_word(info->user_tries),
        "min", (json_int_t)info->pin_min, "max", (json_int_t)info->pin_max, "pad", info->pin_pad,
        "so_tries", tries_word(info->so_tries), "write_protected", info->write_protected);
}

/* "token", or where a software container lies. */
static kf_err add_medium(kf_token *token, json_t *json) {
    struct kf_medium_info info;
    KF_TRY(kf_medium_info(token, &info));
    json_object_set_new(json, "medium", json_string(info.medium));
    if (info.where[0] == '\0')
        return KF_OK;
    json_object_set_new(json, "place", json_string(info.where));
    json_object_set_new(json, "unblock", json_boolean(info.has_unblock));
    if (!info.has_unblock)
        json_object_set_new(json, "so_tries", json_string("none"));
    return KF_OK;
}

kf_err kf_token_json(kf_token *token, bool details, struct json_t **ret_json) {
    json_t *json = token_json(&token->info);
    if (json == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a JSON document");
    kf_err error = add_medium(token, json);
    if (error == KF_OK && details)
        error = add_mechanisms(token, json);
    if (error != KF_OK) {
        json_decref(json);
        return error;
    }
    if (details)
        add_key_types(token, json);
    *ret_json = json;
    return KF_OK;
}

/* Foreign text: escaped, so that it is valid UTF-8. */
static json_t *text_json(const char *text) {
    KF_AUTO(kf_buf) shown = {0};
    if (text == NULL || kf_text_escape(&shown, text, strlen(text)) != KF_OK)
        return json_null();
    return json_string(kf_buf_str(&shown));
}

static size_t tokens_in(const kf_tokens *tokens, const struct kf_module *module) {
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++)
        count += tokens->items[i]->present && tokens->items[i]->module == module;
    return count;
}

kf_err kf_tokens_modules_json(kf_tokens *tokens, struct json_t **ret_json) {
    json_t *list = json_array();
    for (size_t i = 0; i < tokens->modules.count; i++) {
        const struct kf_module *module = &tokens->modules.items[i];
        json_t *row =
            json_pack("{s:s, s:o, s:o, s:b, s:I, s:I, s:o}", "schema", "keyfob.module/1", "name",
                      text_json(module->name), "path", text_json(module->path), "loaded",
                      module->p11 != NULL, "slots", (json_int_t)module->slots, "tokens",
                      (json_int_t)tokens_in(tokens, module), "error", text_json(module->error));
        if (row == NULL || json_array_append_new(list, row) != 0) {
            json_decref(list);
            return kf_fail(KF_E_MEMORY, "out of memory for a JSON document");
        }
    }
    *ret_json = list;
    return KF_OK;
}
