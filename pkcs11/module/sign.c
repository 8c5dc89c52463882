// SPDX-License-Identifier: Apache-2.0
// C_Sign..., C_Verify... (PKCS#11 2.40, 5.11 and 5.12).
#include "module/perform.h"

CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return kfm_begin(session, KF_OPERATION_SIGN, mechanism, key);
}

CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR ret_signature,
             CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_SIGN, false, data, len};
    return kfm_finish(session, &end, ret_signature, ret_len);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG len) {
    return kfm_update(session, KF_OPERATION_SIGN, part, len);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR ret_signature, CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_SIGN, true, NULL, 0};
    return kfm_finish(session, &end, ret_signature, ret_len);
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return kfm_begin(session, KF_OPERATION_VERIFY, mechanism, key);
}

CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR signature,
               CK_ULONG signature_len) {
    struct kfm_end end = {KF_OPERATION_VERIFY, false, data, len};
    return kfm_verify(session, &end, signature, signature_len);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG len) {
    return kfm_update(session, KF_OPERATION_VERIFY, part, len);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_len) {
    struct kfm_end end = {KF_OPERATION_VERIFY, true, NULL, 0};
    return kfm_verify(session, &end, signature, signature_len);
}
