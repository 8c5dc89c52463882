// SPDX-License-Identifier: Apache-2.0
// Functions of PKCS#11 that this module does not have.
#include "module/entries.h"
#include "module/module.h"

CK_RV kfm_unsupported(void) {
    struct kfm_module *module = NULL;
    CK_RV rv = kfm_enter(&module);
    if (rv != CKR_OK)
        return rv;
    kfm_leave(module);
    return CKR_FUNCTION_NOT_SUPPORTED;
}

#define UNSUPPORTED(name, ...)                                                                     \
    CK_RV name(__VA_ARGS__) {                                                                      \
        return kfm_unsupported();                                                                  \
    }

/* The state of an operation would leave the process with it. */
UNSUPPORTED(C_GetOperationState, CK_SESSION_HANDLE session, CK_BYTE_PTR operation_state,
            CK_ULONG_PTR operation_state_len)
UNSUPPORTED(C_SetOperationState, CK_SESSION_HANDLE session, CK_BYTE_PTR operation_state,
            CK_ULONG operation_state_len, CK_OBJECT_HANDLE encryption_key,
            CK_OBJECT_HANDLE authentiation_key)

UNSUPPORTED(C_SignRecoverInit, CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE key)
UNSUPPORTED(C_SignRecover, CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_len,
            CK_BYTE_PTR signature, CK_ULONG_PTR signature_len)
UNSUPPORTED(C_VerifyRecoverInit, CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE key)
UNSUPPORTED(C_VerifyRecover, CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
            CK_ULONG signature_len, CK_BYTE_PTR data, CK_ULONG_PTR data_len)
UNSUPPORTED(C_DigestEncryptUpdate, CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_len,
            CK_BYTE_PTR encrypted_part, CK_ULONG_PTR encrypted_part_len)
UNSUPPORTED(C_DecryptDigestUpdate, CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted_part,
            CK_ULONG encrypted_part_len, CK_BYTE_PTR part, CK_ULONG_PTR part_len)
UNSUPPORTED(C_SignEncryptUpdate, CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_len,
            CK_BYTE_PTR encrypted_part, CK_ULONG_PTR encrypted_part_len)
UNSUPPORTED(C_DecryptVerifyUpdate, CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted_part,
            CK_ULONG encrypted_part_len, CK_BYTE_PTR part, CK_ULONG_PTR part_len)

/* Private keys do not leave, and do not come in from a key that others hold. */
UNSUPPORTED(C_WrapKey, CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped_key,
            CK_ULONG_PTR wrapped_key_len)
UNSUPPORTED(C_UnwrapKey, CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped_key, CK_ULONG wrapped_key_len,
            CK_ATTRIBUTE_PTR templ, CK_ULONG attribute_count, CK_OBJECT_HANDLE *key)

/* There are no symmetric mechanisms; secrets are derived. */
UNSUPPORTED(C_GenerateKey, CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
            CK_ATTRIBUTE_PTR templ, CK_ULONG count, CK_OBJECT_HANDLE *key)
