// SPDX-License-Identifier: Apache-2.0
// CK_RV into errors: one table of codes with their meaning for a person, one of all names
// (PKCS#11 2.40, 5.1).
#include "token/p11.h"

#include "token/own.h"

#define NAME(rv)                                                                                   \
    { rv, #rv }
static const struct {
    CK_RV rv;
    const char *name;
} names[] = {
    NAME(CKR_OK),
    NAME(CKR_CANCEL),
    NAME(CKR_HOST_MEMORY),
    NAME(CKR_SLOT_ID_INVALID),
    NAME(CKR_GENERAL_ERROR),
    NAME(CKR_FUNCTION_FAILED),
    NAME(CKR_ARGUMENTS_BAD),
    NAME(CKR_NO_EVENT),
    NAME(CKR_NEED_TO_CREATE_THREADS),
    NAME(CKR_CANT_LOCK),
    NAME(CKR_ATTRIBUTE_READ_ONLY),
    NAME(CKR_ATTRIBUTE_SENSITIVE),
    NAME(CKR_ATTRIBUTE_TYPE_INVALID),
    NAME(CKR_ATTRIBUTE_VALUE_INVALID),
    NAME(CKR_ACTION_PROHIBITED),
    NAME(CKR_DATA_INVALID),
    NAME(CKR_DATA_LEN_RANGE),
    NAME(CKR_DEVICE_ERROR),
    NAME(CKR_DEVICE_MEMORY),
    NAME(CKR_DEVICE_REMOVED),
    NAME(CKR_ENCRYPTED_DATA_INVALID),
    NAME(CKR_ENCRYPTED_DATA_LEN_RANGE),
    NAME(CKR_FUNCTION_CANCELED),
    NAME(CKR_FUNCTION_NOT_PARALLEL),
    NAME(CKR_FUNCTION_NOT_SUPPORTED),
    NAME(CKR_KEY_HANDLE_INVALID),
    NAME(CKR_KEY_SIZE_RANGE),
    NAME(CKR_KEY_TYPE_INCONSISTENT),
    NAME(CKR_KEY_NOT_NEEDED),
    NAME(CKR_KEY_CHANGED),
    NAME(CKR_KEY_NEEDED),
    NAME(CKR_KEY_INDIGESTIBLE),
    NAME(CKR_KEY_FUNCTION_NOT_PERMITTED),
    NAME(CKR_KEY_NOT_WRAPPABLE),
    NAME(CKR_KEY_UNEXTRACTABLE),
    NAME(CKR_MECHANISM_INVALID),
    NAME(CKR_MECHANISM_PARAM_INVALID),
    NAME(CKR_OBJECT_HANDLE_INVALID),
    NAME(CKR_OPERATION_ACTIVE),
    NAME(CKR_OPERATION_NOT_INITIALIZED),
    NAME(CKR_PIN_INCORRECT),
    NAME(CKR_PIN_INVALID),
    NAME(CKR_PIN_LEN_RANGE),
    NAME(CKR_PIN_EXPIRED),
    NAME(CKR_PIN_LOCKED),
    NAME(CKR_SESSION_CLOSED),
    NAME(CKR_SESSION_COUNT),
    NAME(CKR_SESSION_HANDLE_INVALID),
    NAME(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
    NAME(CKR_SESSION_READ_ONLY),
    NAME(CKR_SESSION_EXISTS),
    NAME(CKR_SESSION_READ_ONLY_EXISTS),
    NAME(CKR_SESSION_READ_WRITE_SO_EXISTS),
    NAME(CKR_SIGNATURE_INVALID),
    NAME(CKR_SIGNATURE_LEN_RANGE),
    NAME(CKR_TEMPLATE_INCOMPLETE),
    NAME(CKR_TEMPLATE_INCONSISTENT),
    NAME(CKR_TOKEN_NOT_PRESENT),
    NAME(CKR_TOKEN_NOT_RECOGNIZED),
    NAME(CKR_TOKEN_WRITE_PROTECTED),
    NAME(CKR_UNWRAPPING_KEY_SIZE_RANGE),
    NAME(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT),
    NAME(CKR_USER_ALREADY_LOGGED_IN),
    NAME(CKR_USER_NOT_LOGGED_IN),
    NAME(CKR_USER_PIN_NOT_INITIALIZED),
    NAME(CKR_USER_TYPE_INVALID),
    NAME(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    NAME(CKR_USER_TOO_MANY_TYPES),
    NAME(CKR_WRAPPED_KEY_INVALID),
    NAME(CKR_WRAPPED_KEY_LEN_RANGE),
    NAME(CKR_WRAPPING_KEY_HANDLE_INVALID),
    NAME(CKR_WRAPPING_KEY_SIZE_RANGE),
    NAME(CKR_WRAPPING_KEY_TYPE_INCONSISTENT),
    NAME(CKR_RANDOM_SEED_NOT_SUPPORTED),
    NAME(CKR_RANDOM_NO_RNG),
    NAME(CKR_DOMAIN_PARAMS_INVALID),
    NAME(CKR_CURVE_NOT_SUPPORTED),
    NAME(CKR_BUFFER_TOO_SMALL),
    NAME(CKR_SAVED_STATE_INVALID),
    NAME(CKR_INFORMATION_SENSITIVE),
    NAME(CKR_STATE_UNSAVEABLE),
    NAME(CKR_CRYPTOKI_NOT_INITIALIZED),
    NAME(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    NAME(CKR_MUTEX_BAD),
    NAME(CKR_MUTEX_NOT_LOCKED),
    NAME(CKR_NEW_PIN_MODE),
    NAME(CKR_NEXT_OTP),
    NAME(CKR_EXCEEDED_MAX_ITERATIONS),
    NAME(CKR_FIPS_SELF_TEST_FAILED),
    NAME(CKR_LIBRARY_LOAD_FAILED),
    NAME(CKR_PIN_TOO_WEAK),
    NAME(CKR_PUBLIC_KEY_INVALID),
    NAME(CKR_FUNCTION_REJECTED),
};

const char *kf_rv_name(CK_RV rv) {
    static _Thread_local char number[2 + 2 * sizeof(CK_RV) + 1];
    for (size_t i = 0; i < KF_COUNT(names); i++)
        if (names[i].rv == rv)
            return names[i].name;
    snprintf(number, sizeof(number), "0x%08lx", (unsigned long)rv);
    return number;
}

static const struct meaning {
    CK_RV rv;
    kf_err error;
    const char *text; /* what a person reads instead of the code; NULL: the code's name */
} meanings[] = {
    {CKR_HOST_MEMORY, KF_E_MEMORY, "the module ran out of memory"},
    {CKR_DEVICE_MEMORY, KF_E_TOKEN_FULL, "it is full"},
    {CKR_DEVICE_REMOVED, KF_E_TOKEN_REMOVED, "it was removed"},
    {CKR_TOKEN_NOT_PRESENT, KF_E_TOKEN_REMOVED, "it was removed"},
    {CKR_SLOT_ID_INVALID, KF_E_TOKEN_REMOVED, "its slot is gone"},
    {CKR_SESSION_HANDLE_INVALID, KF_E_TOKEN_REMOVED, "it was removed or reset"},
    {CKR_SESSION_CLOSED, KF_E_TOKEN_REMOVED, "it was removed or reset"},
    {CKR_TOKEN_WRITE_PROTECTED, KF_E_TOKEN_READ_ONLY, "it is write protected"},
    {CKR_SESSION_READ_ONLY, KF_E_TOKEN_READ_ONLY, "it is write protected"},
    {CKR_SESSION_COUNT, KF_E_BUSY, "too many programs use it"},
    {CKR_SESSION_EXISTS, KF_E_BUSY, "another session with it is open"},
    {CKR_SESSION_READ_ONLY_EXISTS, KF_E_BUSY, "another session with it is open"},
    {CKR_SESSION_READ_WRITE_SO_EXISTS, KF_E_BUSY, "the SO is logged in to it"},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, KF_E_BUSY, "somebody else is logged in to it"},
    {CKR_USER_TOO_MANY_TYPES, KF_E_BUSY, "somebody else is logged in to it"},
    {CKR_TOKEN_NOT_RECOGNIZED, KF_E_TOKEN_ERROR,
     "the module does not know it, or another program is just writing to it"},
    {CKR_KEY_HANDLE_INVALID, KF_E_TOKEN_ERROR, "the key is not there any more"},
    {CKR_OBJECT_HANDLE_INVALID, KF_E_TOKEN_ERROR, "the object is not there any more"},
    {CKR_PIN_INCORRECT, KF_E_PIN_WRONG, "wrong PIN"},
    {CKR_PIN_LOCKED, KF_E_PIN_LOCKED, "the PIN is blocked"},
    {CKR_PIN_EXPIRED, KF_E_PIN_EXPIRED, "the PIN has expired"},
    {CKR_PIN_LEN_RANGE, KF_E_PIN_LENGTH, "it does not take a PIN of that length"},
    {CKR_PIN_INVALID, KF_E_PIN_LENGTH, "it does not take such a PIN"},
    {CKR_PIN_TOO_WEAK, KF_E_PIN_LENGTH, "it finds that PIN too simple"},
    {CKR_USER_NOT_LOGGED_IN, KF_E_PIN_NEEDED, "it wants the PIN first"},
    {CKR_USER_PIN_NOT_INITIALIZED, KF_E_STATE, "no user PIN was set yet"},
    {CKR_FUNCTION_CANCELED, KF_E_INTERRUPTED, "it was cancelled at the reader"},
    {CKR_FUNCTION_REJECTED, KF_E_INTERRUPTED, "it was refused at the reader"},
    {CKR_MECHANISM_INVALID, KF_E_NOT_ON_TOKEN, NULL},
    {CKR_MECHANISM_PARAM_INVALID, KF_E_NOT_ON_TOKEN, NULL},
    {CKR_FUNCTION_NOT_SUPPORTED, KF_E_NOT_ON_TOKEN, NULL},
    {CKR_KEY_SIZE_RANGE, KF_E_NOT_ON_TOKEN, "it does not make keys of that size"},
    {CKR_CURVE_NOT_SUPPORTED, KF_E_NOT_ON_TOKEN, "it does not know that curve"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, KF_E_NOT_ON_TOKEN, "the key may not be used for that"},
    {CKR_CRYPTOKI_NOT_INITIALIZED, KF_E_MODULE, "the module was shut down"},
};

static const struct meaning *meaning_of(CK_RV rv) {
    static const struct meaning other = {.error = KF_E_TOKEN_ERROR};
    for (size_t i = 0; i < KF_COUNT(meanings); i++)
        if (meanings[i].rv == rv)
            return &meanings[i];
    return &other;
}

/* Our own module has a sentence for its failures, and knows a full disk from a full token. */
static kf_err fail_in_own_words(const kf_token *token, kf_err code, const char *doing) {
    static const kf_err better[] = {KF_E_DISK_FULL, KF_E_IO,        KF_E_PERMISSION,
                                    KF_E_BUSY,      KF_E_TOO_LARGE, KF_E_DATABASE};
    struct kf_message said;
    const struct kf_interface *own = token != NULL ? kf_token_own(token) : NULL;
    kf_err said_code = own != NULL ? kf_own_said(own, &said) : KF_OK;
    if (said_code == KF_OK)
        return KF_OK;
    for (size_t i = 0; i < KF_COUNT(better); i++)
        if (said_code == better[i])
            code = said_code;
    return kf_fail_said(code, &said, doing);
}

kf_err kf_fail_rv(kf_token *token, CK_RV rv, const char *doing) {
    if (rv == CKR_OK)
        return KF_OK;
    const struct meaning *meaning = meaning_of(rv);
    const char *label = token != NULL ? token->info.label : "";
    if (token != NULL && meaning->error == KF_E_TOKEN_REMOVED)
        token->lost = true;
    if (token != NULL && rv == CKR_USER_NOT_LOGGED_IN)
        token->login = KF_LOGIN_NONE; /* so that the next kf_session_login() asks */
    kf_err own = fail_in_own_words(token, meaning->error, doing);
    if (own != KF_OK)
        return own;
    if (token == NULL)
        return kf_fail(meaning->error, "%s: %s (%s)", doing,
                       meaning->text != NULL ? meaning->text : "it did not work", kf_rv_name(rv));
    if (meaning->text != NULL)
        return kf_fail(meaning->error, "%s: token \"%s\": %s (%s)", doing, label, meaning->text,
                       kf_rv_name(rv));
    return kf_fail(meaning->error, "%s: token \"%s\" answered %s", doing, label, kf_rv_name(rv));
}
