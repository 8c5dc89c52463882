// SPDX-License-Identifier: Apache-2.0
// The function list, and the interfaces of PKCS#11 3.0.
#include "module/entries.h"

#include <string.h>

#include "base/auto.h"

/* Hosts get a pointer that is not const; none of them writes into it. */
static const CK_FUNCTION_LIST functions = {
    .version = {2, 40},
    .C_Initialize = C_Initialize,
    .C_Finalize = C_Finalize,
    .C_GetInfo = C_GetInfo,
    .C_GetFunctionList = C_GetFunctionList,
    .C_GetSlotList = C_GetSlotList,
    .C_GetSlotInfo = C_GetSlotInfo,
    .C_GetTokenInfo = C_GetTokenInfo,
    .C_GetMechanismList = C_GetMechanismList,
    .C_GetMechanismInfo = C_GetMechanismInfo,
    .C_InitToken = C_InitToken,
    .C_InitPIN = C_InitPIN,
    .C_SetPIN = C_SetPIN,
    .C_OpenSession = C_OpenSession,
    .C_CloseSession = C_CloseSession,
    .C_CloseAllSessions = C_CloseAllSessions,
    .C_GetSessionInfo = C_GetSessionInfo,
    .C_GetOperationState = C_GetOperationState,
    .C_SetOperationState = C_SetOperationState,
    .C_Login = C_Login,
    .C_Logout = C_Logout,
    .C_CreateObject = C_CreateObject,
    .C_CopyObject = C_CopyObject,
    .C_DestroyObject = C_DestroyObject,
    .C_GetObjectSize = C_GetObjectSize,
    .C_GetAttributeValue = C_GetAttributeValue,
    .C_SetAttributeValue = C_SetAttributeValue,
    .C_FindObjectsInit = C_FindObjectsInit,
    .C_FindObjects = C_FindObjects,
    .C_FindObjectsFinal = C_FindObjectsFinal,
    .C_EncryptInit = C_EncryptInit,
    .C_Encrypt = C_Encrypt,
    .C_EncryptUpdate = C_EncryptUpdate,
    .C_EncryptFinal = C_EncryptFinal,
    .C_DecryptInit = C_DecryptInit,
    .C_Decrypt = C_Decrypt,
    .C_DecryptUpdate = C_DecryptUpdate,
    .C_DecryptFinal = C_DecryptFinal,
    .C_DigestInit = C_DigestInit,
    .C_Digest = C_Digest,
    .C_DigestUpdate = C_DigestUpdate,
    .C_DigestKey = C_DigestKey,
    .C_DigestFinal = C_DigestFinal,
    .C_SignInit = C_SignInit,
    .C_Sign = C_Sign,
    .C_SignUpdate = C_SignUpdate,
    .C_SignFinal = C_SignFinal,
    .C_SignRecoverInit = C_SignRecoverInit,
    .C_SignRecover = C_SignRecover,
    .C_VerifyInit = C_VerifyInit,
    .C_Verify = C_Verify,
    .C_VerifyUpdate = C_VerifyUpdate,
    .C_VerifyFinal = C_VerifyFinal,
    .C_VerifyRecoverInit = C_VerifyRecoverInit,
    .C_VerifyRecover = C_VerifyRecover,
    .C_DigestEncryptUpdate = C_DigestEncryptUpdate,
    .C_DecryptDigestUpdate = C_DecryptDigestUpdate,
    .C_SignEncryptUpdate = C_SignEncryptUpdate,
    .C_DecryptVerifyUpdate = C_DecryptVerifyUpdate,
    .C_GenerateKey = C_GenerateKey,
    .C_GenerateKeyPair = C_GenerateKeyPair,
    .C_WrapKey = C_WrapKey,
    .C_UnwrapKey = C_UnwrapKey,
    .C_DeriveKey = C_DeriveKey,
    .C_SeedRandom = C_SeedRandom,
    .C_GenerateRandom = C_GenerateRandom,
    .C_GetFunctionStatus = C_GetFunctionStatus,
    .C_CancelFunction = C_CancelFunction,
    .C_WaitForSlotEvent = C_WaitForSlotEvent,
};

static const CK_INTERFACE interfaces[] = {
    {(CK_UTF8CHAR_PTR) "PKCS 11", (void *)&functions, CKF_INTERFACE_FORK_SAFE},
    {(CK_UTF8CHAR_PTR)KF_INTERFACE_NAME, (void *)&kfm_interface, CKF_INTERFACE_FORK_SAFE},
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ret_functions) {
    if (!ret_functions)
        return CKR_ARGUMENTS_BAD;
    *ret_functions = (CK_FUNCTION_LIST_PTR)&functions;
    return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR ret_interfaces, CK_ULONG_PTR count) {
    if (!count)
        return CKR_ARGUMENTS_BAD;
    CK_ULONG room = *count;
    *count = KF_COUNT(interfaces);
    if (!ret_interfaces)
        return CKR_OK;
    if (room < KF_COUNT(interfaces))
        return CKR_BUFFER_TOO_SMALL;
    memcpy(ret_interfaces, interfaces, sizeof interfaces);
    return CKR_OK;
}

/* 3.0, 5.4.6: every function list begins with its CK_VERSION; NULL takes what there is. */
static bool fits(const CK_INTERFACE *interface, const char *name, const CK_VERSION *version,
                 CK_FLAGS flags) {
    const CK_VERSION *own = interface->pFunctionList;
    if (name && strcmp(name, (const char *)interface->pInterfaceName) != 0)
        return false;
    if (version && (version->major != own->major || version->minor != own->minor))
        return false;
    return (flags & ~interface->flags) == 0;
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                     CK_INTERFACE_PTR_PTR ret_interface, CK_FLAGS flags) {
    if (!ret_interface)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < KF_COUNT(interfaces); i++)
        if (fits(&interfaces[i], (const char *)name, version, flags)) {
            *ret_interface = (CK_INTERFACE_PTR)&interfaces[i];
            return CKR_OK;
        }
    return CKR_FUNCTION_FAILED;
}
