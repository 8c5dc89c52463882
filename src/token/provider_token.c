// SPDX-License-Identifier: Apache-2.0
// The provider's calls to the token: one operation from Init to its end, under the session's lock.
#include "token/provider.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

/* PKCS#11 2.40 5.9 and 5.11: decrypting and signing are called alike. */
struct operation {
    CK_RV (*init)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV (*run)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    const char *doing;
};

/* Modules that use OpenSSL themselves (SoftHSM2) leave their errors in this thread's queue: they
 * are dropped. */
static void lock_for_call(kf_session *session) {
    pthread_mutex_lock(&session->lock);
    ERR_set_mark();
}

static void unlock_after_call(kf_session *session) {
    ERR_pop_to_mark();
    pthread_mutex_unlock(&session->lock);
}

static struct operation operation_of(const struct kf_session *session, enum kf_provider_use use) {
    if (use == KF_PROVIDER_SIGN)
        return (struct operation){session->p11->C_SignInit, session->p11->C_Sign, "signing"};
    return (struct operation){session->p11->C_DecryptInit, session->p11->C_Decrypt, "decrypting"};
}

/* Ends the operation, which a final call does that fails; its answer, if any, is wiped. */
static void abandon(const struct kf_session *session, const struct operation *operation,
                    const struct kf_provider_call *call) {
    uint8_t unwanted[KF_P11_SIGNATURE_MAX] = {0};
    CK_ULONG len = sizeof unwanted;
    operation->run(session->handle, (CK_BYTE *)call->in, call->len, unwanted, &len);
    OPENSSL_cleanse(unwanted, sizeof unwanted);
}

static kf_err log_in_for(const struct kf_provider_key *key, const struct operation *operation,
                         const struct kf_provider_call *call) {
    if (!key->always_authenticate)
        return KF_OK;
    kf_err err = kf_session_login_for_key(key->session, key->label);
    if (err == KF_OK)
        return KF_OK;
    struct kf_error_saved saved;
    kf_error_save(&saved); /* what is known of the PIN */
    abandon(key->session, operation, call);
    kf_error_restore(&saved);
    return err;
}

/* An operation that a failed call left behind (some modules keep it) is ended first. */
static CK_RV begin(const struct kf_provider_key *key, const struct operation *operation,
                   struct kf_provider_call *call) {
    CK_SESSION_HANDLE session = key->session->handle;
    CK_RV rv = operation->init(session, &call->mechanism, key->object);
    if (rv != CKR_OPERATION_ACTIVE)
        return rv;
    abandon(key->session, operation, call);
    return operation->init(session, &call->mechanism, key->object);
}

static kf_err fail_call(const struct kf_session *session, const struct operation *operation,
                        struct kf_provider_call *call, CK_RV rv) {
    call->lacking = rv == CKR_MECHANISM_INVALID || rv == CKR_MECHANISM_PARAM_INVALID;
    if (rv == CKR_MECHANISM_INVALID)
        return kf_fail(KF_E_NOT_ON_TOKEN,
                       "%s: the token does not have the mechanism 0x%lx with this key",
                       operation->doing, call->mechanism.mechanism);
    return kf_fail_rv(session->token, rv, operation->doing);
}

static kf_err operate_locked(const struct kf_provider_key *key, const struct operation *operation,
                             struct kf_provider_call *call, uint8_t *ret_out, size_t *ret_len) {
    const struct kf_session *session = key->session;
    KF_TRY(fail_call(session, operation, call, begin(key, operation, call)));
    KF_TRY(log_in_for(key, operation, call));

    CK_ULONG len = KF_P11_SIGNATURE_MAX;
    CK_RV rv = operation->run(session->handle, (CK_BYTE *)call->in, call->len, ret_out, &len);
    KF_TRY(fail_call(session, operation, call, rv));
    if (len > KF_P11_SIGNATURE_MAX)
        return kf_fail(KF_E_TOKEN_ERROR,
                       "%s: the token says that it gave %lu bytes, where at most %d fit",
                       operation->doing, len, KF_P11_SIGNATURE_MAX);
    *ret_len = len;
    return KF_OK;
}

/* A module that only signs may leave the rest of its function list empty. */
static kf_err fail_without(const char *doing) {
    return kf_fail(KF_E_NOT_ON_TOKEN, "%s: the module has no function for it", doing);
}

kf_err kf_provider_operate(const struct kf_provider_key *key, struct kf_provider_call *call,
                           uint8_t *ret_out, size_t *ret_len) {
    struct operation operation = operation_of(key->session, call->use);
    memset(ret_out, 0, KF_P11_SIGNATURE_MAX);
    call->lacking = false;
    if (!operation.init || !operation.run)
        return fail_without(operation.doing);
    lock_for_call(key->session);
    kf_err err = operate_locked(key, &operation, call, ret_out, ret_len);
    unlock_after_call(key->session);
    if (err != KF_OK)
        OPENSSL_cleanse(ret_out, KF_P11_SIGNATURE_MAX);
    return err;
}

/* --- ECDH: the secret is a session object that may be read, is read, and is destroyed --- */

static kf_err read_secret(const struct kf_session *session, CK_OBJECT_HANDLE object, size_t bytes,
                          uint8_t *ret_secret) {
    uint8_t value[KF_P11_SIGNATURE_MAX] = {0};
    CK_ATTRIBUTE attribute = {CKA_VALUE, value, sizeof value};
    CK_RV rv = session->p11->C_GetAttributeValue(session->handle, object, &attribute, 1);
    kf_err err = kf_fail_rv(session->token, rv, "reading the agreed secret");
    if (err == KF_OK && (attribute.ulValueLen == 0 || attribute.ulValueLen > bytes))
        err =
            kf_fail(KF_E_TOKEN_ERROR, "the token gave an agreed secret of %lu bytes instead of %zu",
                    attribute.ulValueLen, bytes);
    if (err == KF_OK) { /* some tokens leave leading zeros out */
        memset(ret_secret, 0, bytes - attribute.ulValueLen);
        memcpy(ret_secret + bytes - attribute.ulValueLen, value, attribute.ulValueLen);
    }
    OPENSSL_cleanse(value, sizeof value);
    return err;
}

static kf_err derive_locked(const struct kf_provider_key *key, CK_MECHANISM *mechanism,
                            uint8_t *ret_secret) {
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    size_t bytes = kf_provider_key_bytes(key);
    CK_ULONG len = bytes;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},   {CKA_KEY_TYPE, &type, sizeof type},
        {CKA_TOKEN, &no, sizeof no},         {CKA_SENSITIVE, &no, sizeof no},
        {CKA_EXTRACTABLE, &yes, sizeof yes}, {CKA_VALUE_LEN, &len, sizeof len}};
    const struct kf_session *session = key->session;
    CK_OBJECT_HANDLE secret = 0;
    CK_RV rv = session->p11->C_DeriveKey(session->handle, mechanism, key->object, template,
                                         KF_COUNT(template), &secret);
    KF_TRY(kf_fail_rv(session->token, rv, "agreeing on a secret"));
    kf_err err = read_secret(session, secret, bytes, ret_secret);
    session->p11->C_DestroyObject(session->handle, secret);
    return err;
}

kf_err kf_provider_derive(const struct kf_provider_key *key, const uint8_t *point, size_t point_len,
                          uint8_t *ret_secret) {
    CK_ECDH1_DERIVE_PARAMS params = {
        .kdf = CKD_NULL, .public_data = (unsigned char *)point, .public_data_len = point_len};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &params, sizeof params};
    if (!key->session->p11->C_DeriveKey)
        return fail_without("agreeing on a secret");
    lock_for_call(key->session);
    kf_err err = derive_locked(key, &mechanism, ret_secret);
    unlock_after_call(key->session);
    return err;
}
