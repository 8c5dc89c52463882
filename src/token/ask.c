// SPDX-License-Identifier: Apache-2.0
// PIN questions. One PIN is tried once; every refusal that may have used a try says so.
#include "token/ask.h"

#include <string.h>

#include "base/context.h"
#include "token/medium.h"

static bool is_so(enum kf_pin_kind kind) {
    return kind == KF_PIN_SO || kind == KF_PIN_NEW_SO;
}

static bool is_new(enum kf_pin_kind kind) {
    return kind == KF_PIN_NEW_USER || kind == KF_PIN_NEW_SO;
}

/* As people call it: a software container has a password. */
static const char *pin_name(const kf_token *token, enum kf_pin_kind kind) {
    if (kf_token_own(token) != NULL)
        return is_so(kind) ? "unblock secret" : "password";
    return is_so(kind) ? "SO PIN" : "PIN";
}

/* A software container may have been made without an unblock secret, and its flags cannot tell that
 * from a blocked one. */
static bool has_secret(kf_token *token, enum kf_pin_kind kind) {
    struct kf_medium_info info;
    return kf_token_own(token) == NULL || !is_so(kind) || kf_medium_info(token, &info) != KF_OK ||
           info.has_unblock;
}

static kf_err check_tries(kf_token *token, enum kf_pin_kind kind, enum kf_pin_tries tries) {
    const struct kf_token_info *info = &token->info;
    if (is_new(kind))
        return KF_OK;
    if (tries == KF_TRIES_LOCKED && !has_secret(token, kind)) {
        kf_err error =
            kf_fail(KF_E_STATE, "the container \"%s\" has no unblock secret", info->label);
        kf_error_hint("Without it a lost password cannot be set anew: make a new container, and "
                      "enroll again.");
        return error;
    }
    if (tries == KF_TRIES_LOCKED)
        return kf_fail(KF_E_PIN_LOCKED, "the %s of token \"%s\" (%s) is blocked",
                       pin_name(token, kind), info->label, info->serial);
    if (tries != KF_TRIES_OK && kf_context_ui(token->owner->context)->pin_is_stored)
        return kf_fail(KF_E_PIN_LOW, "token \"%s\" (%s) has %s left, so the stored %s is not used",
                       info->label, info->serial, tries == KF_TRIES_LAST ? "one try" : "few tries",
                       pin_name(token, kind));
    return KF_OK;
}

static kf_err check_pin(const kf_token *token, enum kf_pin_kind kind, kf_secret *pin) {
    const struct kf_token_info *info = &token->info;
    size_t len = kf_secret_len(pin);
    if (len == 0)
        return kf_fail(KF_E_PIN_LENGTH, "the %s is empty", pin_name(token, kind));
    if (memchr(kf_secret_data(pin), '\0', len) != NULL)
        return kf_fail(KF_E_PIN_LENGTH, "the %s has a NUL byte inside", pin_name(token, kind));
    if (len < info->pin_min)
        return kf_fail(KF_E_PIN_LENGTH,
                       "the %s is too short: token \"%s\" takes at least %zu bytes",
                       pin_name(token, kind), info->label, info->pin_min);
    if (info->pin_max > 0 && len > info->pin_max)
        return kf_fail(KF_E_PIN_LENGTH, "the %s is too long: token \"%s\" takes at most %zu bytes",
                       pin_name(token, kind), info->label, info->pin_max);
    return KF_OK;
}

kf_err kf_pin_ask(kf_token *token, enum kf_pin_kind kind, const char *container, const char *why,
                  kf_secret **ret_pin) {
    const struct kf_token_info *info = &token->info;
    const struct kf_ui *ui = kf_context_ui(token->owner->context);
    enum kf_pin_tries tries = is_so(kind) ? info->so_tries : info->user_tries;
    KF_TRY(check_tries(token, kind, tries));
    if (info->pin_pad || ui->pin_pad) {
        kf_step(token->owner->context, "pin", KF_STEP_WAIT, 0,
                "enter the %s%s of \"%s\" on the reader", is_new(kind) ? "new " : "",
                pin_name(token, kind), info->label);
        *ret_pin = NULL;
        return KF_OK;
    }
    if (ui->pin == NULL)
        return kf_fail(KF_E_PIN_NEEDED, "the %s of token \"%s\" (%s) is needed %s",
                       pin_name(token, kind), info->label, info->serial, why);
    struct kf_pin_question question = {
        .kind = kind,
        .tries = is_new(kind) ? KF_TRIES_OK : tries,
        .token_label = info->label,
        .token_serial = info->serial,
        .container = container,
        .why = why,
        .min_len = info->pin_min,
        .max_len = info->pin_max,
        .software = kf_token_own(token) != NULL,
    };
    kf_secret *pin = NULL;
    KF_TRY(ui->pin(ui->arg, &question, &pin));
    kf_err error = pin != NULL ? check_pin(token, kind, pin)
                               : kf_fail(KF_E_PIN_NEEDED, "no %s was given", pin_name(token, kind));
    if (error != KF_OK) {
        kf_secret_free(pin);
        return error;
    }
    *ret_pin = pin;
    return KF_OK;
}

CK_UTF8CHAR *kf_pin_bytes(kf_secret *pin, CK_ULONG *ret_len) {
    *ret_len = pin != NULL ? kf_secret_len(pin) : 0;
    return pin != NULL ? kf_secret_data(pin) : NULL;
}

/* These say for certain that no PIN was compared. */
static bool used_no_try(CK_RV rv) {
    static const CK_RV codes[] = {
        CKR_PIN_EXPIRED,
        CKR_PIN_LEN_RANGE,
        CKR_PIN_INVALID,
        CKR_PIN_TOO_WEAK,
        CKR_DEVICE_REMOVED,
        CKR_TOKEN_NOT_PRESENT,
        CKR_SESSION_CLOSED,
        CKR_SESSION_HANDLE_INVALID,
        CKR_SLOT_ID_INVALID,
        CKR_SESSION_READ_ONLY,
        CKR_SESSION_READ_ONLY_EXISTS,
        CKR_USER_PIN_NOT_INITIALIZED,
        CKR_FUNCTION_CANCELED,
        CKR_FUNCTION_REJECTED,
        CKR_USER_TYPE_INVALID,
        CKR_TOKEN_WRITE_PROTECTED,
        CKR_FUNCTION_NOT_SUPPORTED,
        CKR_CRYPTOKI_NOT_INITIALIZED,
        CKR_OPERATION_NOT_INITIALIZED,
        CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
        CKR_USER_TOO_MANY_TYPES,
        CKR_SESSION_EXISTS,
    };
    for (size_t i = 0; i < KF_COUNT(codes); i++)
        if (codes[i] == rv)
            return true;
    return false;
}

static const char *left_text(enum kf_pin_tries tries) {
    static const char *const texts[] = {[KF_TRIES_OK] = "",
                                        [KF_TRIES_LOW] = "; few tries are left",
                                        [KF_TRIES_LAST] = "; one last try is left",
                                        [KF_TRIES_LOCKED] = "; it is blocked now"};
    return texts[tries];
}

kf_err kf_fail_pin(kf_token *token, CK_RV rv, enum kf_pin_kind kind) {
    bool says_why = kf_token_own(token) != NULL && rv != CKR_PIN_INCORRECT && rv != CKR_PIN_LOCKED;
    if (used_no_try(rv) || says_why)
        return kf_fail_rv(token, rv, "trying the PIN");
    bool fresh = kf_token_refresh(token) == KF_OK; /* its own failure would hide what happened */
    kf_error_clear();
    const struct kf_token_info *info = &token->info;
    enum kf_pin_tries tries = is_so(kind) ? info->so_tries : info->user_tries;
    if (rv == CKR_PIN_LOCKED || (fresh && tries == KF_TRIES_LOCKED))
        return kf_fail(KF_E_PIN_LOCKED, "%sthe %s of token \"%s\" (%s) is blocked%s",
                       rv == CKR_PIN_LOCKED ? "" : "wrong PIN: ", pin_name(token, kind),
                       info->label, info->serial, rv == CKR_PIN_LOCKED ? "" : " now");
    if (rv == CKR_PIN_INCORRECT)
        return kf_fail(KF_E_PIN_WRONG, "wrong %s for \"%s\" (%s)%s", pin_name(token, kind),
                       info->label, info->serial, left_text(tries));
    return kf_fail(KF_E_PIN_WRONG,
                   "token \"%s\" (%s) did not take the %s and answered %s; a try may be used%s",
                   info->label, info->serial, pin_name(token, kind), kf_rv_name(rv),
                   left_text(tries));
}
