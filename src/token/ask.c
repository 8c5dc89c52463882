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
const char *kf_pin_name(const kf_token *token, enum kf_pin_kind kind) {
    if (kf_token_own(token) != NULL)
        return is_so(kind) ? "unblock secret" : "password";
    return is_so(kind) ? "SO PIN" : "PIN";
}

static const char *noun(const kf_token *token) {
    return kf_token_own(token) != NULL ? "container" : "token";
}

/* A software container may have been made without an unblock secret, and its flags cannot tell that
 * from a blocked one. */
static bool has_secret(kf_token *token, enum kf_pin_kind kind) {
    struct kf_medium_info info;
    return kf_token_own(token) == NULL || !is_so(kind) || kf_medium_info(token, &info) != KF_OK ||
           info.has_unblock;
}

/* What is left to do about a container's password; the table of errors speaks of tokens. */
struct advice {
    const char *officer, *unblock, *nothing;
};

static void advise(kf_token *token, enum kf_pin_kind kind, const struct advice *advice) {
    if (kf_token_own(token) == NULL)
        return;
    if (is_so(kind))
        kf_error_hint("%s", advice->officer);
    else if (has_secret(token, KF_PIN_SO))
        kf_error_hint("%s: `keyfob pin unblock %s`.", advice->unblock, token->info.serial);
    else
        kf_error_hint("%s", advice->nothing);
}

static const struct advice when_blocked = {
    .officer = "The password still opens it; `keyfob container copy` with --unblock makes one with "
               "a new unblock secret.",
    .unblock = "Set a new password with the unblock secret",
    .nothing = "It has no unblock secret, so nobody can set a new password: make a new container, "
               "and enroll again.",
};

static kf_err fail_blocked(kf_token *token, enum kf_pin_kind kind, bool just_now) {
    const char *name = kf_pin_name(token, kind);
    kf_fail(KF_E_PIN_LOCKED, "%s%s%sthe %s of %s \"%s\" (%s) is blocked%s",
            just_now ? "wrong " : "", just_now ? name : "", just_now ? ": " : "", name, noun(token),
            token->info.label, token->info.serial, just_now ? " now" : "");
    if (kf_token_own(token) != NULL)
        kf_error_key("The keys are as they were, sealed in the container.");
    advise(token, kind, &when_blocked);
    return KF_E_PIN_LOCKED;
}

/* A container is blocked by ten wrong ones and not by three, and its flag for "few" only says that
 * the last one was wrong, or that a program died while it asked: a stored one may go on until one
 * try is left. */
static bool are_too_few_for_stored(const kf_token *token, enum kf_pin_tries tries) {
    return tries == KF_TRIES_LAST || (tries == KF_TRIES_LOW && kf_token_own(token) == NULL);
}

static kf_err fail_low(kf_token *token, enum kf_pin_kind kind, enum kf_pin_tries tries) {
    const struct kf_token_info *info = &token->info;
    const char *name = kf_pin_name(token, kind);
    kf_fail(KF_E_PIN_LOW, "%s \"%s\" (%s) has %s left, so the stored %s is not used", noun(token),
            info->label, info->serial, tries == KF_TRIES_LAST ? "one try" : "few tries", name);
    if (is_so(kind))
        kf_error_hint("Type the %s at a prompt: run again with --so-pin-source prompt.", name);
    else if (kf_token_own(token) != NULL)
        kf_error_hint("Type the password once at a prompt: run again with --pin-source prompt. "
                      "A right one sets the count back.");
    return KF_E_PIN_LOW;
}

static kf_err check_tries(kf_token *token, enum kf_pin_kind kind, enum kf_pin_tries tries) {
    if (is_new(kind))
        return KF_OK;
    if (tries == KF_TRIES_LOCKED && !has_secret(token, kind)) {
        kf_fail(KF_E_STATE, "the container \"%s\" has no unblock secret", token->info.label);
        kf_error_hint("Without it a lost password cannot be set anew: make a new container, and "
                      "enroll again.");
        return KF_E_STATE;
    }
    if (tries == KF_TRIES_LOCKED)
        return fail_blocked(token, kind, false);
    if (are_too_few_for_stored(token, tries) && kf_context_ui(token->owner->context)->pin_is_stored)
        return fail_low(token, kind, tries);
    return KF_OK;
}

static kf_err check_pin(const kf_token *token, enum kf_pin_kind kind, kf_secret *pin) {
    const struct kf_token_info *info = &token->info;
    size_t len = kf_secret_len(pin);
    if (len == 0)
        return kf_fail(KF_E_PIN_LENGTH, "the %s is empty", kf_pin_name(token, kind));
    if (memchr(kf_secret_data(pin), '\0', len) != NULL)
        return kf_fail(KF_E_PIN_LENGTH, "the %s has a NUL byte inside", kf_pin_name(token, kind));
    if (len < info->pin_min)
        return kf_fail(KF_E_PIN_LENGTH, "the %s is too short: %s \"%s\" takes at least %zu bytes",
                       kf_pin_name(token, kind), noun(token), info->label, info->pin_min);
    if (info->pin_max > 0 && len > info->pin_max)
        return kf_fail(KF_E_PIN_LENGTH, "the %s is too long: %s \"%s\" takes at most %zu bytes",
                       kf_pin_name(token, kind), noun(token), info->label, info->pin_max);
    return KF_OK;
}

static enum kf_pin_tries tries_of(const kf_token *token, enum kf_pin_kind kind) {
    return is_so(kind) ? token->info.so_tries : token->info.user_tries;
}

static bool uses_pad(const kf_token *token) {
    return token->info.pin_pad || kf_context_ui(token->owner->context)->pin_pad;
}

bool kf_pin_asks_again(const kf_token *token, kf_err error) {
    const struct kf_ui *ui = kf_context_ui(token->owner->context);
    return error == KF_E_PIN_WRONG && token->pin_was_wrong && ui->asks_again && !uses_pad(token);
}

static kf_err ask_person(const struct kf_pin_question *question, kf_token *token,
                         kf_secret **ret_pin) {
    const struct kf_ui *ui = kf_context_ui(token->owner->context);
    const struct kf_token_info *info = &token->info;
    const char *name = kf_pin_name(token, question->kind);
    KF_AUTO_PTR(kf_secret) pin = NULL;
    if (ui->pin == NULL)
        return kf_fail(KF_E_PIN_NEEDED, "the %s of %s \"%s\" (%s) is needed %s", name, noun(token),
                       info->label, info->serial, question->why);
    KF_TRY(ui->pin(ui->arg, question, &pin));
    if (pin == NULL)
        return kf_fail(KF_E_PIN_NEEDED, "no %s was given", name);
    KF_TRY(check_pin(token, question->kind, pin));
    *ret_pin = KF_MOVE(pin);
    return KF_OK;
}

kf_err kf_pin_ask(kf_token *token, enum kf_pin_kind kind, const char *container, const char *why,
                  kf_secret **ret_pin) {
    const struct kf_token_info *info = &token->info;
    const struct kf_ui *ui = kf_context_ui(token->owner->context);
    enum kf_pin_tries tries = tries_of(token, kind);
    KF_TRY(check_tries(token, kind, tries));
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
        .again = token->pin_was_wrong && !is_new(kind),
    };
    token->pin_was_wrong = false;
    if (uses_pad(token)) {
        kf_step(token->owner->context, "pin", KF_STEP_WAIT, 0,
                "enter the %s%s of \"%s\" on the reader", is_new(kind) ? "new " : "",
                kf_pin_name(token, kind), info->label);
        if (ui->keypad != NULL)
            ui->keypad(ui->arg, &question);
        *ret_pin = NULL;
        return KF_OK;
    }
    return ask_person(&question, token, ret_pin);
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

static const char *left_text(const kf_token *token, enum kf_pin_tries tries) {
    static const char *const texts[] = {[KF_TRIES_OK] = "",
                                        [KF_TRIES_LOW] = "; few tries are left",
                                        [KF_TRIES_LAST] = "; one last try is left",
                                        [KF_TRIES_LOCKED] = "; it is blocked now"};
    bool counts_to_ten = kf_token_own(token) != NULL && tries == KF_TRIES_LOW;
    return counts_to_ten ? "; ten wrong ones in a row block it" : texts[tries];
}

static const struct advice when_wrong = {
    .officer = "Try again with the right one; the password opens the container all the same.",
    .unblock = "Try again with the right one; if it is lost, the unblock secret sets a new one",
    .nothing = "Try again with the right one: it has no unblock secret, so nobody can set a new "
               "password.",
};

static kf_err fail_wrong(kf_token *token, enum kf_pin_kind kind, enum kf_pin_tries tries) {
    const char *name = kf_pin_name(token, kind);
    token->pin_was_wrong = true;
    kf_fail(KF_E_PIN_WRONG, "wrong %s for \"%s\" (%s)%s", name, token->info.label,
            token->info.serial, left_text(token, tries));
    if (kf_token_own(token) == NULL)
        return KF_E_PIN_WRONG;
    kf_error_key("The keys are safe; keyfob never tries a password twice by itself.");
    advise(token, kind, &when_wrong);
    return KF_E_PIN_WRONG;
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
        return fail_blocked(token, kind, rv != CKR_PIN_LOCKED);
    if (rv == CKR_PIN_INCORRECT)
        return fail_wrong(token, kind, tries);
    return kf_fail(KF_E_PIN_WRONG,
                   "token \"%s\" (%s) did not take the %s and answered %s; a try may be used%s",
                   info->label, info->serial, kf_pin_name(token, kind), kf_rv_name(rv),
                   left_text(token, tries));
}
