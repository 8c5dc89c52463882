// SPDX-License-Identifier: Apache-2.0
// A new software container in the empty slot of a medium, with its password.
#include "token/medium.h"

#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "base/text.h"
#include "token/ask.h"

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

static kf_err ask(kf_token *token, bool unblock, kf_medium_secrets *secrets) {
    KF_TRY(
        kf_pin_ask(token, KF_PIN_NEW_USER, token->info.label, "for daily use", &secrets->password));
    if (!unblock)
        return KF_OK;
    return kf_pin_ask(token, KF_PIN_NEW_SO, token->info.label, "to set a lost password anew",
                      &secrets->unblock);
}

/* --- writing --- */

/* In one write: there is never a container without its password. */
static kf_err make(kf_token *token, const char *name, const kf_medium_secrets *secrets) {
    const struct kf_interface *own = kf_token_own(token);
    struct kf_password password = kf_password_of(secrets->password),
                       unblock = kf_password_of(secrets->unblock);
    CK_RV rv = own->make(token->slot, name, &password, secrets->unblock != NULL ? &unblock : NULL);
    ERR_clear_error();
    KF_TRY(kf_fail_own(own, rv, "making the container"));
    return kf_token_read_new(token);
}

kf_err kf_medium_make(kf_tokens *tokens, const struct kf_medium_order *order,
                      kf_token **ret_token) {
    KF_AUTO(kf_medium_secrets) secrets = {0};
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
    KF_TRY(make(token, order->name, &secrets));
    token->present = true;
    kf_step(tokens->context, "container", KF_STEP_DONE, 0, "made the container \"%s\" in %s",
            token->info.label, place.where);
    *ret_token = token;
    return KF_OK;
}
