// SPDX-License-Identifier: Apache-2.0
// Operations of a session.
#include "module/perform.h"

/* Which key and which permission an operation needs. */
static const struct {
    CK_OBJECT_CLASS object_class;
    CK_ATTRIBUTE_TYPE usage;
    bool has_key, is_private; /* private ones end with the login */
} kinds[] = {
    [KF_OPERATION_SIGN] = {CKO_PRIVATE_KEY, CKA_SIGN, true, true},
    [KF_OPERATION_VERIFY] = {CKO_PUBLIC_KEY, CKA_VERIFY, true, false},
    [KF_OPERATION_ENCRYPT] = {CKO_PUBLIC_KEY, CKA_ENCRYPT, true, false},
    [KF_OPERATION_DECRYPT] = {CKO_PRIVATE_KEY, CKA_DECRYPT, true, true},
    [KF_OPERATION_DIGEST] = {0, 0, false, false},
};

/* The session's active operation of this kind, or NULL. */
static kf_operation *active(const kfm_call *call, enum kf_operation_kind kind) {
    kf_operation *operation = call->session->operations[kind];
    if (!kf_operation_is_active(operation))
        return NULL;
    if (kinds[kind].is_private && call->session->epochs[kind] != call->slot->epoch) {
        kf_operation_cancel(operation);
        return NULL;
    }
    return operation;
}

static CK_RV begin(kfm_call *call, enum kf_operation_kind kind, const CK_MECHANISM *mechanism,
                   CK_OBJECT_HANDLE handle) {
    struct kfm_session *session = call->session;
    kfm_object *object = NULL;
    if (kinds[kind].has_key)
        CK_TRY(kfm_object_key(call, handle, kinds[kind].object_class, kinds[kind].usage, &object));
    CK_TRY(kf_operation_begin(&session->operations[kind], kind, mechanism,
                              object ? object->key : NULL));
    session->epochs[kind] = call->slot->epoch;
    session->authenticated[kind] =
        !object || !(object->usages & kfm_usage_bit(CKA_ALWAYS_AUTHENTICATE));
    return CKR_OK;
}

CK_RV kfm_begin(CK_SESSION_HANDLE session, enum kf_operation_kind kind,
                const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    kf_operation *operation = active(&call, kind);
    if (operation && mechanism)
        return CKR_OPERATION_ACTIVE;
    if (mechanism)
        return begin(&call, kind, mechanism, key);
    kf_operation_cancel(operation);
    return operation ? CKR_OK : CKR_ARGUMENTS_BAD;
}

/* Ends what is active, with an answer. */
static CK_RV end_with(kf_operation *operation, CK_RV rv) {
    kf_operation_cancel(operation);
    return rv;
}

CK_RV kfm_update(CK_SESSION_HANDLE session, enum kf_operation_kind kind, const CK_BYTE *data,
                 CK_ULONG len) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    kf_operation *operation = active(&call, kind);
    if (!operation)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (!data && len)
        return end_with(operation, CKR_ARGUMENTS_BAD);
    if (!call.session->authenticated[kind])
        return end_with(operation, CKR_USER_NOT_LOGGED_IN);
    CK_RV rv = kf_operation_update(operation, data, len);
    return rv == CKR_OK ? CKR_OK : end_with(operation, rv);
}

/* The operation that a call ends; what speaks against it ends it as well. */
static CK_RV find_end(const kfm_call *call, const struct kfm_end *end,
                      kf_operation **ret_operation) {
    kf_operation *operation = active(call, end->kind);
    if (!operation)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (!end->after_parts && kf_operation_has_begun_parts(operation))
        return end_with(operation, CKR_OPERATION_NOT_INITIALIZED);
    if (!end->data && end->len)
        return end_with(operation, CKR_ARGUMENTS_BAD);
    *ret_operation = operation;
    return CKR_OK;
}

CK_RV kfm_finish(CK_SESSION_HANDLE session, const struct kfm_end *end, CK_BYTE *out,
                 CK_ULONG *out_len) {
    KF_AUTO(kfm_call) call = {0};
    kf_operation *operation = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    CK_TRY(find_end(&call, end, &operation));
    if (!out_len)
        return end_with(operation, CKR_ARGUMENTS_BAD);
    if (out && !call.session->authenticated[end->kind])
        return end_with(operation, CKR_USER_NOT_LOGGED_IN);
    return kf_operation_finish(operation, end->data, end->len, out, out_len);
}

CK_RV kfm_verify(CK_SESSION_HANDLE session, const struct kfm_end *end, const CK_BYTE *signature,
                 CK_ULONG signature_len) {
    KF_AUTO(kfm_call) call = {0};
    kf_operation *operation = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    CK_TRY(find_end(&call, end, &operation));
    if (!signature)
        return end_with(operation, CKR_ARGUMENTS_BAD);
    return kf_operation_verify(operation, end->data, end->len, signature, signature_len);
}

CK_RV kfm_refuse_parts(CK_SESSION_HANDLE session, enum kf_operation_kind kind) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    kf_operation *operation = active(&call, kind);
    return operation ? end_with(operation, CKR_FUNCTION_NOT_SUPPORTED)
                     : CKR_OPERATION_NOT_INITIALIZED;
}
