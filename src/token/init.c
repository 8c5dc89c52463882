// SPDX-License-Identifier: Apache-2.0
// C_InitToken and the first user PIN.
#include "token/ask.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "base/text.h"
#include "token/quirks.h"

enum { LABEL_SIZE = 32 }; /* PKCS#11 2.40, 5.5: blank padded, not terminated */

kf_err kf_token_check_label(const char *label) {
    size_t len = label != NULL ? strlen(label) : 0;
    if (len == 0 || len > LABEL_SIZE)
        return kf_fail(KF_E_USAGE, "a token's label has 1 to %d bytes", LABEL_SIZE);
    if (!kf_utf8_valid(label, len))
        return kf_fail(KF_E_USAGE, "the label is not UTF-8");
    if (!kf_text_plain(label, len))
        return kf_fail(KF_E_USAGE, "the label has control characters");
    if (label[0] == ' ' || label[len - 1] == ' ')
        return kf_fail(KF_E_USAGE, "the label begins or ends with a blank");
    return KF_OK;
}

/* Before anything is lost. */
static kf_err check_model(const kf_token *token) {
    struct kf_quirks quirks = {0};
    KF_TRY(kf_quirks_find(token, &quirks));
    if (!quirks.no_init)
        return KF_OK;
    kf_err error =
        kf_fail(KF_E_NOT_ON_TOKEN, "a token of the model \"%s\" is not initialised by PKCS#11",
                token->info.model);
    kf_error_hint("Use the tool of its maker.");
    return error;
}

static kf_err pick(kf_tokens *tokens, const char *selector, bool erase, kf_token **ret_token) {
    kf_token *token = NULL;
    if (selector == NULL || strcmp(selector, "new") == 0)
        return kf_tokens_blank(tokens, ret_token);
    KF_TRY(kf_tokens_select(tokens, selector, &token));
    if (token->info.initialized && !erase) {
        kf_err error = kf_fail(KF_E_EXISTS, "token \"%s\" (%s) is initialised already",
                               token->info.label, token->info.serial);
        kf_error_hint("Erase everything on it with `keyfob token init --erase --token %s`.",
                      token->info.serial);
        return error;
    }
    *ret_token = token;
    return KF_OK;
}

struct pins {
    kf_secret *so, *user;
};

static void pins_clear(struct pins *pins) {
    kf_secret_free(pins->so);
    kf_secret_free(pins->user);
}

/* A blank token is spoken of by the label that it is about to have. */
static kf_err ask_new(kf_token *token, const char *label, kf_secret **ret_so) {
    snprintf(token->info.label, sizeof(token->info.label), "%s", label);
    return kf_pin_ask(token, KF_PIN_NEW_SO, NULL, "to manage the token later", ret_so);
}

static kf_err ask(kf_token *token, const char *label, struct pins *pins) {
    if (token->info.initialized)
        KF_TRY(kf_pin_ask(token, KF_PIN_SO, NULL, "to erase the token", &pins->so));
    else
        KF_TRY(ask_new(token, label, &pins->so));
    return kf_pin_ask(token, KF_PIN_NEW_USER, NULL, "for daily use", &pins->user);
}

kf_err kf_token_read_label(kf_token *token) {
    CK_TOKEN_INFO raw = {0};
    CK_RV rv = token->module->p11->C_GetTokenInfo(token->slot, &raw);
    KF_TRY(kf_fail_rv(token, rv, "reading the new token"));
    token->raw = raw;
    kf_token_describe(token);
    return KF_OK;
}

kf_err kf_token_read_new(kf_token *token) {
    KF_TRY(kf_token_read_label(token));
    token->lost = false;
    token->login = KF_LOGIN_NONE;
    return KF_OK;
}

/* No session holds the token meanwhile, so it is looked at again after the person was asked. */
static kf_err erase_token(kf_token *token, const char *label, struct pins *pins) {
    CK_UTF8CHAR padded[LABEL_SIZE];
    KF_TRY(kf_token_refresh(token));
    CK_ULONG len = 0;
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strlen(label));
    CK_UTF8CHAR *bytes = kf_pin_bytes(pins->so, &len);
    CK_RV rv = token->module->p11->C_InitToken(token->slot, bytes, len, padded);
    ERR_clear_error();
    if (rv == CKR_SESSION_EXISTS)
        return kf_fail_rv(token, rv, "initialising the token");
    if (rv != CKR_OK && token->info.initialized)
        return kf_fail_pin(token, rv, KF_PIN_SO);
    KF_TRY(kf_fail_rv(token, rv, "initialising the token"));
    return kf_token_read_new(token);
}

/* A wrong SO PIN erases nothing: a person may be asked for another one. */
static kf_err ask_and_erase(kf_token *token, const char *label, struct pins *pins) {
    KF_TRY(ask(token, label, pins));
    kf_err error = erase_token(token, label, pins);
    while (kf_pin_asks_again(token, error)) {
        kf_secret_free(KF_MOVE(pins->so));
        KF_TRY(kf_pin_ask(token, KF_PIN_SO, NULL, "to erase the token", &pins->so));
        error = erase_token(token, label, pins);
    }
    return error;
}

static kf_err set_user_pin(kf_token *token, struct pins *pins) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login_pin(session, KF_PIN_SO, KF_MOVE(pins->so)));
    KF_TRY(kf_pin_init(session, KF_MOVE(pins->user)));
    KF_TRY(kf_session_logout(session));
    return kf_token_refresh(token);
}

kf_err kf_token_init(kf_tokens *tokens, const char *selector, const char *label, bool erase,
                     kf_token **ret_token) {
    __attribute__((cleanup(pins_clear))) struct pins pins = {0};
    kf_token *token = NULL;
    KF_TRY(kf_token_check_label(label));
    KF_TRY(pick(tokens, selector, erase, &token));
    KF_TRY(check_model(token));
    KF_TRY(kf_token_close_all(token));
    KF_TRY(ask_and_erase(token, label, &pins));
    kf_err error = set_user_pin(token, &pins);
    if (error != KF_OK) {
        kf_fail_in(error, "the token is initialised, but it has no user PIN");
        kf_error_hint("Set one with `keyfob pin set --token %s`.", token->info.serial);
        return error;
    }
    kf_step(tokens->context, "note", KF_STEP_NOTE, 0, "the token is now %s", token->info.uri);
    *ret_token = token;
    return KF_OK;
}
