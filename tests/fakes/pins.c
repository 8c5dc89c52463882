// SPDX-License-Identifier: Apache-2.0
// PINs: login, the tries that are left, changing and unblocking.
#include "fakes/pins.h"

#include <stdbool.h>
#include <string.h>

#include "fakes/fake.h"

enum { DEFAULT_MIN = 4, DEFAULT_MAX = 64 };

CK_ULONG pins_min(const struct fake *fake) {
    return fake->script.min_pin.set ? fake->script.min_pin.number : DEFAULT_MIN;
}

CK_ULONG pins_max(const struct fake *fake) {
    return fake->script.max_pin.set ? fake->script.max_pin.number : DEFAULT_MAX;
}

static bool is_locked(const struct pin *pin, const struct script_count *tries) {
    return tries->set && pin->wrong >= tries->number;
}

// PKCS#11 2.40 3.2 CK_TOKEN_INFO: the low, final and locked flags of one PIN.
static CK_FLAGS flags_of(const struct pin *pin, const struct script_count *tries, CK_FLAGS low,
                         CK_FLAGS final, CK_FLAGS locked) {
    if (is_locked(pin, tries))
        return locked;
    CK_FLAGS flags = pin->wrong > 0 ? low : 0;
    if (tries->set && pin->wrong + 1 == tries->number)
        flags |= final;
    return flags;
}

static bool is_expired(const struct fake *fake, const struct token *token) {
    return fake->script.pin_expired && !token->pin_renewed;
}

CK_FLAGS pins_flags(const struct fake *fake, const struct token *token) {
    CK_FLAGS flags = flags_of(&token->user, &fake->script.pin_tries, CKF_USER_PIN_COUNT_LOW,
                              CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED) |
                     flags_of(&token->so, &fake->script.so_pin_tries, CKF_SO_PIN_COUNT_LOW,
                              CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
    if (token->user.set)
        flags |= CKF_USER_PIN_INITIALIZED;
    if (token->user.set && is_expired(fake, token))
        flags |= CKF_USER_PIN_TO_BE_CHANGED;
    if (fake->script.pinpad != PINPAD_NONE)
        flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    return flags;
}

// One try. Only a wrong PIN that the token has looked at is counted.
static CK_RV verify(struct fake *fake, struct token *token, struct pin *pin,
                    const CK_UTF8CHAR *text, CK_ULONG len) {
    const struct script *script = &fake->script;
    const bool keypad = text == NULL && script->pinpad != PINPAD_NONE;
    if (text == NULL && !keypad)
        return CKR_ARGUMENTS_BAD;
    if (is_locked(pin, pin == &token->user ? &script->pin_tries : &script->so_pin_tries))
        return CKR_PIN_LOCKED;
    if (keypad && script->pinpad == PINPAD_CANCEL)
        return CKR_FUNCTION_CANCELED;
    if (!keypad &&
        (len == 0 || len > pins_max(fake) || (script->min_pin.set && len < pins_min(fake))))
        return CKR_PIN_LEN_RANGE;
    const bool right = keypad ? script->pinpad == PINPAD_RIGHT : token_is_pin(pin, text, len);
    const unsigned long wrong = right ? 0 : pin->wrong + 1;
    token->changed |= pin->wrong != wrong;
    pin->wrong = wrong;
    if (right)
        return CKR_OK;
    return script->pin_bad_code != CKR_OK ? script->pin_bad_code : CKR_PIN_INCORRECT;
}

// PKCS#11 2.40 5.12: a key that is always authenticated asks between C_SignInit and C_Sign.
static CK_RV login_for_operation(struct fake *fake, struct session *session, struct token *token,
                                 const CK_UTF8CHAR *pin, CK_ULONG len) {
    struct operation *operation = session->sign.needs_pin      ? &session->sign
                                  : session->decrypt.needs_pin ? &session->decrypt
                                                               : NULL;
    if (operation == NULL)
        return CKR_OPERATION_NOT_INITIALIZED;
    const CK_RV rv = verify(fake, token, &token->user, pin, len);
    operation->needs_pin = rv != CKR_OK;
    return rv;
}

static bool has_read_only_session(const struct fake *fake, size_t slot) {
    return session_count(fake, slot, false) != session_count(fake, slot, true);
}

static CK_RV may_login(const struct fake *fake, const struct token *token, CK_USER_TYPE user) {
    if (user != CKU_USER && user != CKU_SO)
        return CKR_USER_TYPE_INVALID;
    if (token->login != TOKEN_NOBODY)
        return token->login == user ? CKR_USER_ALREADY_LOGGED_IN
                                    : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    if (user == CKU_SO && has_read_only_session(fake, token->slot))
        return CKR_SESSION_READ_ONLY_EXISTS;
    return user == CKU_USER && !token->user.set ? CKR_USER_PIN_NOT_INITIALIZED : CKR_OK;
}

CK_RV pins_login(struct fake *fake, CK_SESSION_HANDLE handle, CK_USER_TYPE user,
                 const CK_UTF8CHAR *pin, CK_ULONG len) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (user == CKU_CONTEXT_SPECIFIC)
        return login_for_operation(fake, session, token, pin, len);
    rv = may_login(fake, token, user);
    if (rv != CKR_OK)
        return rv;
    rv = verify(fake, token, user == CKU_SO ? &token->so : &token->user, pin, len);
    if (rv == CKR_OK && user == CKU_USER && is_expired(fake, token))
        return CKR_PIN_EXPIRED;
    if (rv == CKR_OK)
        token->login = user;
    return rv;
}

CK_RV pins_logout(struct fake *fake, CK_SESSION_HANDLE handle) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (token->login == TOKEN_NOBODY)
        return CKR_USER_NOT_LOGGED_IN;
    token->login = TOKEN_NOBODY;
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        if (fake->sessions[i].slot != token->slot)
            continue;
        session_end_operation(&fake->sessions[i].sign);
        session_end_operation(&fake->sessions[i].decrypt);
    }
    return CKR_OK;
}

// A new PIN; one typed on the pin pad leaves the old one as it is.
static CK_RV choose(struct fake *fake, struct token *token, struct pin *pin,
                    const CK_UTF8CHAR *text, CK_ULONG len) {
    if (text == NULL && fake->script.pinpad == PINPAD_NONE)
        return CKR_ARGUMENTS_BAD;
    if (text != NULL && (len < pins_min(fake) || len > pins_max(fake)))
        return CKR_PIN_LEN_RANGE;
    if (text != NULL)
        token_set_pin(pin, text, len);
    pin->wrong = 0;
    token->changed = true;
    return CKR_OK;
}

CK_RV pins_init_token(struct fake *fake, CK_SLOT_ID id, const CK_UTF8CHAR *so_pin, CK_ULONG len,
                      const CK_UTF8CHAR *label) {
    if (id == 0 || id > fake->slot_count)
        return CKR_SLOT_ID_INVALID;
    struct token *token = fake->slots[id - 1].token;
    if (token == NULL)
        return CKR_TOKEN_NOT_PRESENT;
    if (label == NULL)
        return CKR_ARGUMENTS_BAD;
    if (session_count(fake, id - 1, false) > 0)
        return CKR_SESSION_EXISTS;
    if (fake->script.write_protected)
        return CKR_TOKEN_WRITE_PROTECTED;
    const CK_RV rv = token->so.set ? verify(fake, token, &token->so, so_pin, len)
                                   : choose(fake, token, &token->so, so_pin, len);
    if (rv != CKR_OK)
        return rv;
    token_drop_owned(token, 0);
    token->user = (struct pin){0};
    memcpy(token->label, label, sizeof token->label);
    token->initialized = true;
    token->changed = true;
    return CKR_OK;
}

CK_RV pins_init_pin(struct fake *fake, CK_SESSION_HANDLE handle, const CK_UTF8CHAR *pin,
                    CK_ULONG len) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (token->login != CKU_SO)
        return CKR_USER_NOT_LOGGED_IN;
    rv = session_may_write(fake, session, true);
    return rv != CKR_OK ? rv : choose(fake, token, &token->user, pin, len);
}

CK_RV pins_set(struct fake *fake, CK_SESSION_HANDLE handle, const CK_UTF8CHAR *old,
               CK_ULONG old_len, const CK_UTF8CHAR *fresh, CK_ULONG fresh_len) {
    struct session *session = NULL;
    struct token *token = NULL;
    CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv == CKR_OK)
        rv = session_may_write(fake, session, true);
    if (rv != CKR_OK)
        return rv;
    struct pin *pin = token->login == CKU_SO ? &token->so : &token->user;
    if (!pin->set)
        return CKR_USER_PIN_NOT_INITIALIZED;
    rv = verify(fake, token, pin, old, old_len);
    if (rv == CKR_OK)
        rv = choose(fake, token, pin, fresh, fresh_len);
    token->pin_renewed |= rv == CKR_OK && pin == &token->user;
    return rv;
}
