// SPDX-License-Identifier: Apache-2.0
// A new software container: C_InitToken in the empty slot of a medium, its password, and nothing
// left when that goes wrong.
#include "token/medium.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/context.h"
#include "base/text.h"
#include "token/ask.h"

struct secrets {
    kf_secret *password, *unblock;
};

static void secrets_clear(struct secrets *secrets) {
    kf_secret_free(secrets->password);
    kf_secret_free(secrets->unblock);
}

/* --- before anything is written --- */

static kf_err refuse_taken(kf_tokens *tokens, const struct kf_medium_order *order) {
    kf_token *taken = NULL;
    kf_err error = kf_medium_find(tokens, order, &taken);
    if (error == KF_E_NOT_FOUND) {
        kf_error_clear();
        return KF_OK;
    }
    if (error != KF_OK && error != KF_E_TOKEN_AMBIGUOUS)
        return error;
    return kf_fail(KF_E_EXISTS, "there is a container \"%s\" in this medium already", order->name);
}

/* A token of the empty slot, which nobody sees until it is made. */
static kf_err take_place(kf_tokens *tokens, struct kf_module *module, CK_SLOT_ID slot,
                         const char *name, kf_token **ret_token) {
    kf_token *token = NULL;
    KF_TRY(kf_tokens_grow(tokens, &token));
    token->module = module;
    token->slot = slot;
    KF_TRY(kf_fail_rv(token, module->p11->C_GetTokenInfo(slot, &token->raw), "opening the medium"));
    kf_token_describe(token);
    snprintf(token->info.label, sizeof(token->info.label), "%s", name); /* in questions */
    *ret_token = token;
    return KF_OK;
}

/* As good as none: nobody ever knows it. */
static kf_err random_secret(kf_secret **ret_secret) {
    enum { BYTES = 32 };
    uint8_t bytes[BYTES];
    kf_secret *secret = NULL;
    if (RAND_priv_bytes(bytes, sizeof(bytes)) != 1)
        return kf_fail(KF_E_CRYPTO, "there are no random bytes");
    kf_err error = kf_secret_new(2 * BYTES + 1, &secret);
    for (size_t i = 0; i < BYTES && error == KF_OK; i++)
        snprintf((char *)kf_secret_data(secret) + 2 * i, 3, "%02x", bytes[i]);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    KF_TRY(error);
    kf_secret_set_len(secret, 2 * BYTES);
    *ret_secret = secret;
    return KF_OK;
}

static kf_err ask(kf_token *token, bool unblock, struct secrets *secrets) {
    KF_TRY(
        kf_pin_ask(token, KF_PIN_NEW_USER, token->info.label, "for daily use", &secrets->password));
    if (!unblock)
        return random_secret(&secrets->unblock);
    return kf_pin_ask(token, KF_PIN_NEW_SO, token->info.label, "to set a lost password anew",
                      &secrets->unblock);
}

/* --- writing --- */

static kf_err init(kf_token *token, const char *name, struct secrets *secrets) {
    CK_ULONG len = 0;
    CK_UTF8CHAR label[sizeof(token->raw.label)];
    CK_UTF8CHAR *bytes = kf_pin_bytes(secrets->unblock, &len);
    memset(label, ' ', sizeof(label));
    memcpy(label, name, strlen(name));
    CK_RV rv = token->module->p11->C_InitToken(token->slot, bytes, len, label);
    ERR_clear_error();
    return kf_fail_rv(token, rv, "making the container");
}

static kf_err set_password(kf_token *token, bool unblock, struct secrets *secrets) {
    const struct kf_interface *own = kf_token_own(token);
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_TRY(kf_token_read_new(token));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login_pin(session, KF_PIN_SO, KF_MOVE(secrets->unblock)));
    KF_TRY(kf_pin_init(session, KF_MOVE(secrets->password)));
    if (!unblock)
        KF_TRY(kf_fail_own(own, own->drop_unblock(session->handle), "making the container"));
    KF_TRY(kf_session_logout(session));
    return kf_token_refresh(token);
}

/* A container without its password would only be in the way. */
static void undo(kf_token *token) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_token_close_all(token);
    if (kf_token_own(token)->remove(token->slot) != CKR_OK)
        kf_step(token->owner->context, "note", KF_STEP_NOTE, 0,
                "the unfinished container \"%s\" could not be removed", token->info.label);
    kf_error_restore(&saved);
}

static kf_err make(kf_token *token, const struct kf_medium_order *order, struct secrets *secrets) {
    KF_TRY(init(token, order->name, secrets));
    kf_err error = set_password(token, order->unblock, secrets);
    if (error != KF_OK)
        undo(token);
    return error;
}

kf_err kf_medium_make(kf_tokens *tokens, const struct kf_medium_order *order,
                      kf_token **ret_token) {
    __attribute__((cleanup(secrets_clear))) struct secrets secrets = {0};
    struct kf_module *module = NULL;
    struct kf_place place;
    CK_SLOT_ID slot = 0;
    kf_token *token = NULL;
    KF_TRY(kf_token_check_label(order->name));
    KF_TRY(kf_own_module(tokens, &module));
    KF_TRY(refuse_taken(tokens, order));
    KF_TRY(kf_medium_place(module, order, &slot, &place));
    KF_TRY(take_place(tokens, module, slot, order->name, &token));
    KF_TRY(ask(token, order->unblock, &secrets));
    KF_TRY(make(token, order, &secrets));
    token->present = true;
    kf_step(tokens->context, "note", KF_STEP_NOTE, 0, "made the container \"%s\" in %s",
            token->info.label, place.where);
    *ret_token = token;
    return KF_OK;
}
