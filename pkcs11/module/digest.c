// SPDX-License-Identifier: Apache-2.0
// C_Digest... (PKCS#11 2.40, 5.10).
#include "module/perform.h"

CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) {
    return kfm_begin(session, KF_OPERATION_DIGEST, mechanism, CK_INVALID_HANDLE);
}

CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR ret_digest,
               CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_DIGEST, false, data, len};
    return kfm_finish(session, &end, ret_digest, ret_len);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG len) {
    return kfm_update(session, KF_OPERATION_DIGEST, part, len);
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR ret_digest, CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_DIGEST, true, NULL, 0};
    return kfm_finish(session, &end, ret_digest, ret_len);
}

static CK_RV digest_secret(kfm_call *call, CK_OBJECT_HANDLE handle, kf_operation *operation) {
    kfm_object *object = NULL;
    const uint8_t *value;
    size_t len;
    CK_RV rv = kfm_object_find(call, handle, &object);
    if (rv == CKR_OBJECT_HANDLE_INVALID)
        return CKR_KEY_HANDLE_INVALID;
    CK_TRY(rv);
    if (object->object_class != CKO_SECRET_KEY || !kfm_object_get(object, CKA_VALUE, &value, &len))
        return CKR_KEY_INDIGESTIBLE;
    return kf_operation_update(operation, value, len);
}

CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    kf_operation *operation = call.session->operations[KF_OPERATION_DIGEST];
    if (!kf_operation_is_active(operation))
        return CKR_OPERATION_NOT_INITIALIZED;
    CK_RV rv = digest_secret(&call, key, operation);
    if (rv != CKR_OK)
        kf_operation_cancel(operation);
    return rv;
}
