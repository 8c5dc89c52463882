// SPDX-License-Identifier: Apache-2.0
// PINs: changed by their owner, set and unblocked by the security officer.
#include "token/ask.h"

#include <openssl/err.h>

#include "base/context.h"
#include "token/own.h"

/* The token's flags after all, and the login gone: whoever knows one PIN only was let in for one
 * thing. */
static kf_err finish(kf_session *session, kf_err error) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_token *token = kf_session_token(session);
    if (session->logged_in)
        kf_session_logout(session);
    kf_token_refresh(token);
    kf_session_free(session);
    if (error != KF_OK)
        kf_error_restore(&saved);
    else
        kf_error_clear();
    return error;
}

/* --- the owner of a PIN changes it --- */

struct change {
    enum kf_pin_kind old_kind, new_kind;
    kf_secret *old_pin, *new_pin;
};

static void change_clear(struct change *change) {
    kf_secret_free(change->old_pin);
    kf_secret_free(change->new_pin);
}

static CK_RV try_set_pin(kf_session *session, const struct change *change) {
    CK_ULONG old_len = 0, new_len = 0;
    CK_UTF8CHAR *old_bytes = kf_pin_bytes(change->old_pin, &old_len);
    CK_UTF8CHAR *new_bytes = kf_pin_bytes(change->new_pin, &new_len);
    CK_RV rv = session->p11->C_SetPIN(session->handle, old_bytes, old_len, new_bytes, new_len);
    ERR_clear_error();
    return rv;
}

static kf_err log_in_with_copy(kf_session *session, const struct change *change) {
    kf_secret *copy = NULL;
    if (change->old_pin != NULL)
        KF_TRY(
            kf_secret_copy(kf_secret_data(change->old_pin), kf_secret_len(change->old_pin), &copy));
    return kf_session_login_pin(session, change->old_kind, copy);
}

/* NSS wants its user logged in for it, which others do not (PKCS#11 2.40, 5.5). */
static kf_err set_pin(kf_session *session, const struct change *change) {
    CK_RV rv = try_set_pin(session, change);
    if (rv == CKR_USER_NOT_LOGGED_IN && change->old_kind == KF_PIN_USER) {
        KF_TRY(log_in_with_copy(session, change));
        rv = try_set_pin(session, change);
    }
    return rv == CKR_OK ? KF_OK : kf_fail_pin(session->token, rv, change->old_kind);
}

static kf_err change_once(kf_session *session, const struct change *change) {
    if (session->token->login != KF_LOGIN_NONE) /* C_SetPIN changes that of whoever is logged in */
        KF_TRY(kf_session_logout(session));
    if (change->old_kind ==
        KF_PIN_SO) /* without a login it means the user PIN (PKCS#11 2.40, 5.5) */
        KF_TRY(log_in_with_copy(session, change));
    return set_pin(session, change);
}

static kf_err change_with(kf_session *session, struct change *change) {
    kf_token *token = session->token;
    KF_TRY(kf_pin_ask(token, change->old_kind, NULL, "to change it", &change->old_pin));
    KF_TRY(kf_pin_ask(token, change->new_kind, NULL, "to replace the old one", &change->new_pin));
    kf_err error = change_once(session, change);
    while (kf_pin_asks_again(token, error)) {
        kf_secret_free(KF_MOVE(change->old_pin));
        KF_TRY(kf_pin_ask(token, change->old_kind, NULL, "to change it", &change->old_pin));
        error = change_once(session, change);
    }
    return error;
}

static kf_err change_pin(kf_token *token, enum kf_pin_kind old_kind, enum kf_pin_kind new_kind) {
    __attribute__((cleanup(change_clear))) struct change change = {.old_kind = old_kind,
                                                                   .new_kind = new_kind};
    kf_session *session = NULL;
    KF_TRY(kf_session_open(token, &session));
    kf_err error = change_with(session, &change);
    if (error == KF_OK)
        kf_step(token->owner->context, "pin", KF_STEP_DONE, 0, "the %s of \"%s\" is changed",
                kf_pin_name(token, old_kind), token->info.label);
    return finish(session, error);
}

kf_err kf_pin_change(kf_token *token) {
    return change_pin(token, KF_PIN_USER, KF_PIN_NEW_USER);
}

kf_err kf_pin_set_so(kf_token *token) {
    return change_pin(token, KF_PIN_SO, KF_PIN_NEW_SO);
}

/* --- the security officer sets the user PIN --- */

kf_err kf_pin_init(kf_session *session, kf_secret *pin) {
    CK_ULONG len = 0;
    CK_UTF8CHAR *bytes = kf_pin_bytes(pin, &len);
    CK_RV rv = session->p11->C_InitPIN(session->handle, bytes, len);
    ERR_clear_error();
    kf_secret_free(pin);
    return kf_fail_rv(session->token, rv, "setting the user PIN");
}

static kf_err set_by_officer(kf_session *session, const char *why) {
    kf_secret *pin = NULL;
    KF_TRY(kf_session_login(session, KF_PIN_SO, NULL, why));
    KF_TRY(kf_pin_ask(session->token, KF_PIN_NEW_USER, NULL, "to set it", &pin));
    return kf_pin_init(session, pin);
}

kf_err kf_pin_unblock(kf_token *token) {
    kf_session *session = NULL;
    KF_TRY(kf_token_close_all(token));
    KF_TRY(kf_session_open(token, &session));
    const char *why = kf_token_own(token) != NULL ? "to set a new password" : "to unblock the PIN";
    return finish(session, set_by_officer(session, why));
}

kf_err kf_pin_set(kf_token *token) {
    kf_session *session = NULL;
    if (token->info.user_pin_set) {
        kf_err error =
            kf_fail(KF_E_STATE, "token \"%s\" has a user PIN already", token->info.label);
        kf_error_hint(
            "Change it with `keyfob pin change`, or unblock it with `keyfob pin unblock`.");
        return error;
    }
    KF_TRY(kf_token_close_all(token));
    KF_TRY(kf_session_open(token, &session));
    return finish(session, set_by_officer(session, "to set the first PIN"));
}
