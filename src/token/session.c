// SPDX-License-Identifier: Apache-2.0
// Sessions: opened, lent and kept; the only C_Login.
#include "token/session.h"

#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "base/text.h"
#include "token/ask.h"
#include "token/attribute.h"

/* --- opening and closing --- */

/* Before the first session after a removal: the slot may hold another card. */
static kf_err check_present(kf_token *token) {
    if (!token->lost)
        return KF_OK;
    token->has_spare = false;
    token->login = KF_LOGIN_NONE;
    token->sessions = 0;
    token->insertion++;
    KF_TRY(kf_token_refresh(token));
    token->lost = false;
    return KF_OK;
}

/* The spare session may have ended while nobody looked: the token was pulled out, or another
 * program logged it out. */
static void check_spare(kf_token *token) {
    CK_SESSION_INFO info = {0};
    if (!token->has_spare || token->module->p11 == NULL)
        return;
    if (token->module->p11->C_GetSessionInfo(token->spare, &info) != CKR_OK)
        token->lost = true;
    else if (info.state == CKS_RO_PUBLIC_SESSION || info.state == CKS_RW_PUBLIC_SESSION)
        token->login = KF_LOGIN_NONE;
}

static kf_err check_open(kf_token *token) {
    if (token->module->p11 == NULL)
        return kf_fail(KF_E_MODULE, "the module of token \"%s\" was shut down", token->info.label);
    if (!token->info.initialized)
        return kf_fail(KF_E_TOKEN_BLANK, "the token in module \"%s\" is not initialised",
                       token->info.module);
    return KF_OK;
}

static kf_err open_handle(kf_token *token, bool read_only, CK_SESSION_HANDLE *ret_handle) {
    CK_FLAGS flags = CKF_SERIAL_SESSION | (read_only ? 0 : CKF_RW_SESSION);
    CK_RV rv = token->module->p11->C_OpenSession(token->slot, flags, NULL, NULL, ret_handle);
    ERR_clear_error();
    return kf_fail_rv(token, rv, "opening a session");
}

/* Under the token's lock: the spare session, or a new one. */
static kf_err take_handle(kf_token *token, kf_session *session) {
    check_spare(token);
    KF_TRY(check_present(token));
    KF_TRY(check_open(token));
    session->p11 = token->module->p11;
    session->read_only = token->info.write_protected;
    session->insertion = token->insertion;
    if (token->has_spare && token->spare_read_only == session->read_only) {
        session->handle = token->spare;
        token->has_spare = false;
        return KF_OK;
    }
    KF_TRY(open_handle(token, session->read_only, &session->handle));
    token->sessions++;
    return KF_OK;
}

kf_err kf_session_open(kf_token *token, kf_session **ret_session) {
    kf_session *session = calloc(1, sizeof(*session));
    if (session == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a session");
    session->token = token;
    pthread_mutex_lock(&token->lock);
    kf_err error = take_handle(token, session);
    pthread_mutex_unlock(&token->lock);
    if (error != KF_OK) {
        free(session);
        return error;
    }
    pthread_mutex_init(&session->lock, NULL);
    *ret_session = session;
    return KF_OK;
}

/* Under the token's lock. The last session takes the login with it (PKCS#11 2.40, 5.6). */
static void close_handle(kf_token *token, CK_SESSION_HANDLE handle) {
    token->module->p11->C_CloseSession(handle);
    if (token->sessions > 0 && --token->sessions == 0)
        token->login = KF_LOGIN_NONE;
}

/* A handle from before a removal may be that of another session by now. */
static void give_back(kf_token *token, const kf_session *session) {
    if (token->lost || token->module->p11 == NULL || session->insertion != token->insertion)
        return;
    if (token->sessions == 1 && !token->has_spare && token->login != KF_LOGIN_SO) {
        token->spare = session->handle;
        token->spare_read_only = session->read_only;
        token->has_spare = true;
        return;
    }
    close_handle(token, session->handle);
}

void kf_session_free(kf_session *session) {
    if (session == NULL)
        return;
    kf_token *token = session->token;
    pthread_mutex_lock(&token->lock);
    give_back(token, session);
    pthread_mutex_unlock(&token->lock);
    pthread_mutex_destroy(&session->lock);
    free(session->keys.items);
    free(session->scratch);
    free(session);
}

kf_err kf_token_close_all(kf_token *token) {
    pthread_mutex_lock(&token->lock);
    if (token->has_spare) {
        close_handle(token, token->spare);
        token->has_spare = false;
    }
    size_t open = token->sessions;
    pthread_mutex_unlock(&token->lock);
    if (open > 0)
        return kf_fail(KF_E_BUSY, "token \"%s\" is in use by another part of keyfob",
                       token->info.label);
    return KF_OK;
}

kf_token *kf_session_token(const kf_session *session) {
    return session->token;
}

/* --- logging in --- */

/* The one C_Login. `pin` NULL: the reader asks. Takes over and wipes the PIN. */
static kf_err login(kf_session *session, CK_USER_TYPE user, enum kf_pin_kind kind, kf_secret *pin) {
    CK_ULONG len = 0;
    CK_UTF8CHAR *bytes = kf_pin_bytes(pin, &len);
    CK_RV rv = session->p11->C_Login(session->handle, user, bytes, len);
    ERR_clear_error();
    kf_secret_free(pin);
    if (rv == CKR_OK || (rv == CKR_USER_ALREADY_LOGGED_IN && user != CKU_CONTEXT_SPECIFIC))
        return KF_OK;
    return kf_fail_pin(session->token, rv, kind);
}

static enum kf_login wanted(enum kf_pin_kind kind) {
    return kind == KF_PIN_SO || kind == KF_PIN_NEW_SO ? KF_LOGIN_SO : KF_LOGIN_USER;
}

static void log_out(kf_session *session) {
    session->p11->C_Logout(session->handle);
    session->token->login = KF_LOGIN_NONE;
    session->logged_in = false;
}

/* Under the token's lock: is there nothing to do? */
static kf_err needs_login(kf_session *session, enum kf_pin_kind kind, bool *ret_needed) {
    kf_token *token = session->token;
    if (token->login != KF_LOGIN_NONE && token->login != wanted(kind))
        log_out(session);
    if (token->login == wanted(kind) || (kind == KF_PIN_USER && !token->info.login_required)) {
        session->logged_in = true;
        *ret_needed = false;
        return KF_OK;
    }
    *ret_needed = true;
    if (kind != KF_PIN_USER || token->info.user_pin_set)
        return KF_OK;
    kf_err error = kf_fail(KF_E_STATE, "token \"%s\" has no user PIN yet", token->info.label);
    kf_error_hint("Set one with `keyfob pin set --token %s`.", token->info.serial);
    return error;
}

static kf_err log_in(kf_session *session, enum kf_pin_kind kind, kf_secret *pin) {
    CK_USER_TYPE user = wanted(kind) == KF_LOGIN_SO ? CKU_SO : CKU_USER;
    int64_t start = kf_monotonic_ms();
    KF_TRY(login(session, user, kind, pin));
    session->token->login = wanted(kind);
    session->logged_in = true;
    kf_step(session->token->owner->context, "pin", KF_STEP_DONE, kf_monotonic_ms() - start,
            "logged in to \"%s\"", session->token->info.label);
    return KF_OK;
}

/* Until it is right, where a person is asked again. */
static kf_err ask_and_log_in(kf_session *session, enum kf_pin_kind kind, const char *container,
                             const char *why) {
    kf_secret *pin = NULL;
    kf_err error = KF_OK;
    do {
        KF_TRY(kf_pin_ask(session->token, kind, container, why, &pin));
        error = log_in(session, kind, pin);
    } while (kf_pin_asks_again(session->token, error));
    return error;
}

kf_err kf_session_login(kf_session *session, enum kf_pin_kind kind, const char *container,
                        const char *why) {
    kf_token *token = session->token;
    pthread_mutex_lock(&token->lock);
    bool needed = false;
    kf_err error = needs_login(session, kind, &needed);
    if (error == KF_OK && needed)
        error = ask_and_log_in(session, kind, container, why);
    pthread_mutex_unlock(&token->lock);
    return error;
}

kf_err kf_session_login_pin(kf_session *session, enum kf_pin_kind kind, kf_secret *pin) {
    pthread_mutex_lock(&session->token->lock);
    kf_err error = log_in(session, kind, pin);
    pthread_mutex_unlock(&session->token->lock);
    return error;
}

kf_err kf_session_logout(kf_session *session) {
    pthread_mutex_lock(&session->token->lock);
    CK_RV rv = CKR_OK;
    if (session->token->login != KF_LOGIN_NONE && session->insertion == session->token->insertion) {
        rv = session->p11->C_Logout(session->handle);
        session->token->login = KF_LOGIN_NONE;
    }
    session->logged_in = false;
    pthread_mutex_unlock(&session->token->lock);
    return rv == CKR_USER_NOT_LOGGED_IN ? KF_OK : kf_fail_rv(session->token, rv, "logging out");
}

/* A refused PIN leaves the signature waiting for the right one (PKCS#11 2.40, 5.6). */
kf_err kf_session_login_for_key(kf_session *session, const char *container) {
    kf_token *token = session->token;
    kf_secret *pin = NULL;
    kf_err error = KF_OK;
    pthread_mutex_lock(&token->lock);
    do {
        error = kf_pin_ask(token, KF_PIN_KEY, container, "for this one signature", &pin);
        if (error == KF_OK)
            error = login(session, CKU_CONTEXT_SPECIFIC, KF_PIN_KEY, pin);
    } while (kf_pin_asks_again(token, error));
    pthread_mutex_unlock(&token->lock);
    return error;
}
