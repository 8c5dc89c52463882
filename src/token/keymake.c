// SPDX-License-Identifier: Apache-2.0
// Making a key: offered by the token, generated, read back, checked, or destroyed.
#include "token/keys.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "token/keycheck.h"
#include "token/own.h"
#include "token/quirks.h"
#include "token/tokens.h"

/* --- what the token offers --- */

static kf_err refuse(const kf_token *token, const struct kf_key_spec *spec, const char *why) {
    return kf_fail(KF_E_NOT_ON_TOKEN, "token \"%s\" (%s) does not make %s keys: %s",
                   token->info.label, token->info.model, kf_key_type_title(spec->type), why);
}

/* Some modules tell RSA sizes in bytes: a largest key below any of ours is taken for that. */
static bool size_fits(const struct kf_key_spec *spec, const CK_MECHANISM_INFO *info) {
    CK_ULONG unit = info->ulMaxKeySize != 0 && info->ulMaxKeySize <= 128 ? 8 : 1;
    if (spec->key_type == CKK_RSA && info->ulMaxKeySize >= 256 && info->ulMaxKeySize <= 512)
        unit = 8;
    if (spec->key_type == CKK_EC_EDWARDS || kf_key_spec_is_gost(spec) || info->ulMaxKeySize == 0)
        return true;
    return info->ulMinKeySize * unit <= spec->bits && spec->bits <= info->ulMaxKeySize * unit;
}

/* OpenSSL has neither such a signature nor its hash: the token must make both. */
static kf_err gost_offered(kf_token *token, const struct kf_key_spec *spec) {
    const CK_MECHANISM_TYPE needed[] = {spec->sign, spec->digest};
    for (size_t i = 0; i < KF_COUNT(needed); i++) {
        CK_MECHANISM_INFO info = {0};
        CK_RV rv = token->module->p11->C_GetMechanismInfo(token->slot, needed[i], &info);
        if (rv == CKR_MECHANISM_INVALID)
            return refuse(token, spec,
                          i ? "it does not know their hash (GOST R 34.11-2012)"
                            : "it does not sign with them");
        KF_TRY(kf_fail_rv(token, rv, "asking what the token offers"));
    }
    return KF_OK;
}

kf_err kf_key_offered(kf_token *token, enum kf_key_type type) {
    const struct kf_key_spec *spec = kf_key_spec(type);
    if (spec == NULL)
        return kf_fail(KF_E_USAGE, "no kind of key was named");
    if (token->module->p11 == NULL)
        return kf_fail(KF_E_MODULE, "the module of token \"%s\" was shut down", token->info.label);
    CK_MECHANISM_INFO info = {0};
    CK_RV rv = token->module->p11->C_GetMechanismInfo(token->slot, spec->generate, &info);
    if (rv == CKR_MECHANISM_INVALID)
        return refuse(token, spec, "it does not know the mechanism");
    KF_TRY(kf_fail_rv(token, rv, "asking what the token offers"));
    if (!(info.flags & CKF_GENERATE_KEY_PAIR))
        return refuse(token, spec, "it does not generate them");
    if (!size_fits(spec, &info))
        return refuse(token, spec, "the size is not among those it offers");
    return kf_key_spec_is_gost(spec) ? gost_offered(token, spec) : KF_OK;
}

/* --- making --- */

static kf_err check_order(const struct kf_key_order *order) {
    size_t len = order->label != NULL ? strlen(order->label) : 0;
    if (len == 0 || len > KF_LABEL_MAX)
        return kf_fail(KF_E_USAGE, "a key's label has 1 to %d bytes", KF_LABEL_MAX);
    if (!kf_utf8_valid(order->label, len))
        return kf_fail(KF_E_USAGE, "the key's label is not UTF-8");
    if (!kf_text_plain(order->label, len))
        return kf_fail(KF_E_USAGE, "the key's label has control characters");
    if (order->id == NULL || order->id_len == 0 || order->id_len > KF_ID_MAX)
        return kf_fail(KF_E_USAGE, "a key's id has 1 to %d bytes", KF_ID_MAX);
    if (order->use == 0)
        return kf_fail(KF_E_USAGE, "the key would be of no use");
    return KF_OK;
}

static kf_err refuse_exportable(const kf_token *token) {
    return kf_fail(KF_E_NOT_ON_TOKEN,
                   "a key on the hardware token \"%s\" never leaves it, so it cannot be exportable",
                   token->info.label);
}

static kf_err refuse_overwriting(kf_session *session) {
    const struct kf_private_keys *keys = NULL;
    KF_TRY(kf_session_private_keys(session, &keys));
    if (keys->count > 0)
        return kf_fail(KF_E_TOKEN_FULL, "token \"%s\" has one place for a key, and it is taken",
                       session->token->info.label);
    return KF_OK;
}

static kf_err generate_pair(kf_key *key, const struct kf_key_order *order) {
    struct kf_quirks quirks = {0};
    KF_TRY(kf_quirks_find(key->session->token, &quirks));
    if (quirks.single_key)
        KF_TRY(refuse_overwriting(key->session));
    struct kf_pair_order pair = {
        .spec = kf_key_spec(order->type),
        .label = order->label,
        .id = order->id,
        .id_len = order->id_len,
        .use = order->use,
        .always_authenticate = order->always_authenticate,
        .exportable = order->exportable,
        .on_token = true,
        .first_template = quirks.first_template,
    };
    return kf_pair_generate(key->session, &pair, &key->public_key, &key->private_key);
}

static kf_err read_public(kf_key *key) {
    KF_AUTO(kf_object) object = {0};
    KF_TRY(kf_object_read(key->session, key->public_key, &object));
    return kf_key_take_public(key, &object);
}

/* Protection as read back, strength, and whether it is new. */
static kf_err check_key(kf_key *key, const struct kf_key_order *order) {
    KF_TRY(kf_key_read_private(key, order->exportable ? KF_SAFETY_EXPORTABLE : KF_SAFETY_FULL));
    if (key->public != NULL) /* the point of a GOST key was checked when it was read */
        KF_TRY(kf_key_check(key->public, order->type));
    else if (key->type != order->type)
        return kf_fail(KF_E_KEY_WEAK, "the token made a key of %s instead of %s",
                       kf_key_type_title(key->type), kf_key_type_title(order->type));
    bool seen = false;
    if (order->seen != NULL)
        KF_TRY(order->seen(order->seen_arg, key->spki.data, key->spki.len, &seen));
    if (seen)
        return kf_fail(KF_E_KEY_WEAK, "token \"%s\" made a key that was made before",
                       key->session->token->info.label);
    return KF_OK;
}

/* A key that was not looked at because the token went away is found again by its id. */
static bool is_verdict(kf_err error) {
    return error == KF_E_KEY_WEAK || error == KF_E_KEY_EXPOSED || error == KF_E_TOKEN_ERROR ||
           error == KF_E_NOT_FOUND;
}

/* The error stays what it was, but says so when the key is still there. */
static void destroy_bad(kf_key *key) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_err first = kf_object_destroy(key->session, key->private_key, "destroying the key");
    kf_err second = key->public_key == CK_INVALID_HANDLE
                        ? KF_OK
                        : kf_object_destroy(key->session, key->public_key, "destroying the key");
    kf_session_forget_keys(key->session);
    kf_error_restore(&saved);
    if (first != KF_OK || second != KF_OK)
        kf_error_key("The key could not be destroyed: delete the container \"%s\".", key->label);
}

kf_err kf_key_check_found(kf_key *key, const struct kf_key_order *order) {
    return check_key(key, order);
}

/* "an RSA 2048 key", "an Ed25519 key", "a P-256 key" */
static const char *article(const char *title) {
    return strchr("ER", title[0]) ? "an" : "a";
}

static kf_err make(kf_key *key, const struct kf_key_order *order) {
    const kf_token *token = key->session->token;
    const char *title = kf_key_type_title(order->type);
    int64_t start = kf_monotonic_ms();
    kf_step(token->owner->context, "keygen", KF_STEP_BEGIN, 0, "making %s %s key on \"%s\"",
            article(title), title, token->info.label);
    KF_TRY(generate_pair(key, order));
    kf_err error = read_public(key);
    if (error == KF_OK)
        error = check_key(key, order);
    if (is_verdict(error))
        destroy_bad(key);
    KF_TRY(error);
    kf_step(token->owner->context, "keygen", KF_STEP_DONE, kf_monotonic_ms() - start,
            "made %s %s key on \"%s\"", article(title), title, token->info.label);
    return KF_OK;
}

static void say_failed(const kf_key *key, const struct kf_key_order *order) {
    kf_step(key->session->token->owner->context, "keygen", KF_STEP_FAILED, 0, "no %s key was made",
            kf_key_type_title(order->type));
}

kf_err kf_key_generate(kf_session *session, const struct kf_key_order *order, kf_key **ret_key) {
    KF_TRY(check_order(order));
    if (kf_key_spec(order->type) == NULL)
        return kf_fail(KF_E_USAGE, "no kind of key was named");
    if (order->exportable && kf_token_own(session->token) == NULL)
        return refuse_exportable(session->token);
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    key->session = session;
    key->fresh = true;
    snprintf(key->label, sizeof(key->label), "%s", order->label);
    memcpy(key->id, order->id, order->id_len);
    key->id_len = order->id_len;
    kf_err error = make(key, order);
    kf_session_forget_keys(session);
    if (error != KF_OK) {
        say_failed(key, order);
        return error;
    }
    *ret_key = KF_MOVE(key);
    return KF_OK;
}
