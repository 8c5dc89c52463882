// SPDX-License-Identifier: Apache-2.0
// Software containers as wholes: copied, moved, renamed, removed, checked.
#include "token/medium.h"

#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "token/ask.h"

kf_err kf_medium_needs_own(const kf_token *token, const struct kf_interface **ret_own) {
    const struct kf_interface *own = kf_token_own(token);
    if (own == NULL)
        return kf_fail(KF_E_NOT_ON_TOKEN,
                       "\"%s\" is a hardware token: its keys lie on it and never leave it",
                       token->info.label);
    if (token->module->p11 == NULL)
        return kf_fail(KF_E_MODULE, "the module of token \"%s\" was shut down", token->info.label);
    *ret_own = own;
    return KF_OK;
}

/* --- copy --- */

/* The password opens the container here, and seals the copy. */
static kf_err log_in(kf_session *session, kf_secret *password) {
    kf_secret *copy = NULL;
    if (session->token->login == KF_LOGIN_USER)
        return KF_OK;
    KF_TRY(kf_secret_copy(kf_secret_data(password), kf_secret_len(password), &copy));
    return kf_session_login_pin(session, KF_PIN_USER, copy);
}

static kf_err ask_and_log_in(kf_session *session, kf_secret **ret_password) {
    KF_AUTO_PTR(kf_secret) password = NULL;
    kf_err error = KF_OK;
    do {
        kf_secret_free(KF_MOVE(password));
        KF_TRY(kf_pin_ask(session->token, KF_PIN_USER, NULL, "to copy the container", &password));
        error = log_in(session, password);
    } while (kf_pin_asks_again(session->token, error));
    KF_TRY(error);
    *ret_password = KF_MOVE(password);
    return KF_OK;
}

static kf_err ask(kf_session *session, const struct kf_medium_order *order,
                  kf_medium_secrets *secrets) {
    KF_TRY(ask_and_log_in(session, &secrets->password));
    if (!order->unblock)
        return KF_OK;
    return kf_pin_ask(session->token, KF_PIN_NEW_SO, order->name, "to set the copy's password anew",
                      &secrets->unblock);
}

static kf_err copy_in(kf_session *session, const struct kf_medium_order *order,
                      const kf_medium_secrets *secrets, unsigned long *ret_slot) {
    const struct kf_interface *own = kf_token_own(session->token);
    struct kf_password password = kf_password_of(secrets->password),
                       unblock = kf_password_of(secrets->unblock);
    CK_RV rv = own->copy(session->handle, order->medium, order->folder, order->name, &password,
                         secrets->unblock != NULL ? &unblock : NULL, ret_slot);
    ERR_clear_error();
    if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED)
        return kf_fail_pin(session->token, rv, KF_PIN_USER);
    return kf_fail_own(own, rv, "copying the container");
}

kf_err kf_medium_copy(kf_token *token, const struct kf_medium_order *order, kf_token **ret_token) {
    KF_AUTO(kf_medium_secrets) secrets = {0};
    KF_AUTO_PTR(kf_session) session = NULL;
    const struct kf_interface *own = NULL;
    unsigned long slot = 0;
    KF_TRY(kf_medium_needs_own(token, &own));
    KF_TRY(kf_medium_check_order(order));
    KF_TRY(kf_token_check_label(order->name));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(ask(session, order, &secrets));
    KF_TRY(copy_in(session, order, &secrets, &slot));
    return kf_medium_at(token->owner, token->module, slot, ret_token);
}

/* --- move --- */

/* An earlier move may have been interrupted between the two places: this finishes it. */
kf_err kf_medium_move(kf_token *token, const struct kf_medium_order *order, kf_token **ret_token) {
    const struct kf_interface *own = NULL;
    unsigned long slot = 0;
    KF_TRY(kf_medium_needs_own(token, &own));
    KF_TRY(kf_medium_check_order(order));
    KF_TRY(kf_token_close_all(token));
    CK_RV rv = own->move(token->slot, order->medium, order->folder, &slot);
    ERR_clear_error();
    KF_TRY(kf_fail_own(own, rv, "moving the container"));
    return kf_medium_at(token->owner, token->module, slot, ret_token);
}

/* --- rename, remove, check --- */

kf_err kf_medium_rename(kf_token *token, const char *name) {
    KF_AUTO_PTR(kf_session) session = NULL;
    const struct kf_interface *own = NULL;
    KF_TRY(kf_medium_needs_own(token, &own));
    KF_TRY(kf_token_check_label(name));
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, NULL, "to rename the container"));
    CK_RV rv = own->rename(session->handle, name);
    ERR_clear_error();
    KF_TRY(kf_fail_own(own, rv, "renaming the container"));
    return kf_token_read_label(token);
}

kf_err kf_medium_remove(kf_token *token) {
    const struct kf_interface *own = NULL;
    KF_TRY(kf_medium_needs_own(token, &own));
    KF_TRY(kf_token_close_all(token));
    KF_TRY(kf_fail_own(own, own->remove(token->slot), "removing the container"));
    token->present = false;
    return KF_OK;
}

kf_err kf_medium_check(kf_token *token, bool login) {
    KF_AUTO_PTR(kf_session) session = NULL;
    const struct kf_interface *own = NULL;
    KF_TRY(kf_medium_needs_own(token, &own));
    KF_TRY(kf_session_open(token, &session));
    if (login)
        KF_TRY(kf_session_login(session, KF_PIN_USER, NULL, "to check every sealed part"));
    return kf_fail_own(own, own->check(session->handle), "checking the container");
}
