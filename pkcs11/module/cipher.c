// SPDX-License-Identifier: Apache-2.0
// C_Encrypt..., C_Decrypt... (PKCS#11 2.40, 5.8 and 5.9). RSA takes its data in one piece.
#include "module/perform.h"

CK_RV C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return kfm_begin(session, KF_OPERATION_ENCRYPT, mechanism, key);
}

CK_RV C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR ret_data,
                CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_ENCRYPT, false, data, len};
    return kfm_finish(session, &end, ret_data, ret_len);
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG len,
                      CK_BYTE_PTR ret_part, CK_ULONG_PTR ret_len) {
    return kfm_refuse_parts(session, KF_OPERATION_ENCRYPT);
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR ret_part, CK_ULONG_PTR ret_len) {
    return kfm_refuse_parts(session, KF_OPERATION_ENCRYPT);
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return kfm_begin(session, KF_OPERATION_DECRYPT, mechanism, key);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG len, CK_BYTE_PTR ret_data,
                CK_ULONG_PTR ret_len) {
    struct kfm_end end = {KF_OPERATION_DECRYPT, false, data, len};
    return kfm_finish(session, &end, ret_data, ret_len);
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG len,
                      CK_BYTE_PTR ret_part, CK_ULONG_PTR ret_len) {
    return kfm_refuse_parts(session, KF_OPERATION_DECRYPT);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR ret_part, CK_ULONG_PTR ret_len) {
    return kfm_refuse_parts(session, KF_OPERATION_DECRYPT);
}
