// SPDX-License-Identifier: Apache-2.0
// Module: the C_ entries of fake-token.so; each passes the gate and hands over to its room.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <p11-kit/pkcs11.h>

#include "fakes/fake.h"
#include "fakes/gate.h"
#include "fakes/mechanisms.h"
#include "fakes/objects.h"
#include "fakes/operation.h"
#include "fakes/pairs.h"
#include "fakes/pins.h"
#include "fakes/slots.h"

static struct fake fake = {.lock = -1};

static CK_RV initialize(const CK_C_INITIALIZE_ARGS *args) {
    if (fake.pid == getpid())
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    if (args != NULL && args->pReserved != NULL)
        return CKR_ARGUMENTS_BAD;
    session_close_every(&fake); // those of a parent process
    for (size_t i = 0; i < fake.slot_count; i++)
        fake.slots[i].event = false;
    fake.pid = getpid();
    return CKR_OK;
}

static CK_RV finalize(const void *reserved) {
    if (reserved != NULL)
        return CKR_ARGUMENTS_BAD;
    session_close_every(&fake);
    OSSL_LIB_CTX_free(fake.crypto);
    fake.crypto = NULL;
    fake.pid = 0;
    return CKR_OK;
}

static CK_RV get_info(CK_INFO *info) {
    if (info == NULL)
        return CKR_ARGUMENTS_BAD;
    *info = (CK_INFO){.cryptokiVersion = {2, 40}, .libraryVersion = {1, 0}};
    token_pad(info->manufacturerID, sizeof info->manufacturerID, "keyfob tests");
    token_pad(info->libraryDescription, sizeof info->libraryDescription, "Scriptable fake token");
    return CKR_OK;
}

// The memory of the tokens goes with the module. OpenSSL's is freed by C_Finalize: when this runs,
// OpenSSL may have cleaned up already.
__attribute__((destructor)) static void forget(void) {
    for (size_t i = 0; i < fake.token_count; i++)
        token_free(fake.tokens[i]);
    free(fake.text);
}

// clang-format off
#define ENTRY(name, parameters, work)                          \
    CK_RV name parameters {                                    \
        CK_RV rv = gate_enter(&fake, FN_##name);               \
        if (rv == CKR_OK)                                      \
            rv = work;                                         \
        return gate_leave(&fake, FN_##name, rv);               \
    }
#define NOT_SUPPORTED(name, parameters) ENTRY(name, parameters, CKR_FUNCTION_NOT_SUPPORTED)

#define H CK_SESSION_HANDLE
#define IN(name) CK_BYTE *name, CK_ULONG name##_len
#define OUT(name) CK_BYTE *name, CK_ULONG *name##_len

ENTRY(C_Initialize, (void *args), initialize(args))
ENTRY(C_Finalize, (void *reserved), finalize(reserved))
ENTRY(C_GetInfo, (CK_INFO *info), get_info(info))

ENTRY(C_GetSlotList, (CK_BBOOL with_token, CK_SLOT_ID *ids, CK_ULONG *count),
      slots_list(&fake, with_token, ids, count))
ENTRY(C_GetSlotInfo, (CK_SLOT_ID id, CK_SLOT_INFO *info), slots_info(&fake, id, info))
ENTRY(C_GetTokenInfo, (CK_SLOT_ID id, CK_TOKEN_INFO *info), slots_token_info(&fake, id, info))
ENTRY(C_WaitForSlotEvent, (CK_FLAGS flags, CK_SLOT_ID *id, void *reserved),
      slots_wait(&fake, flags, id))
ENTRY(C_GetMechanismList, (CK_SLOT_ID id, CK_MECHANISM_TYPE *types, CK_ULONG *count),
      mechanisms_list(&fake, id, types, count))
ENTRY(C_GetMechanismInfo, (CK_SLOT_ID id, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info),
      mechanisms_info(&fake, id, type, info))

ENTRY(C_InitToken, (CK_SLOT_ID id, IN(pin), CK_BYTE *label),
      pins_init_token(&fake, id, pin, pin_len, label))
ENTRY(C_InitPIN, (H h, IN(pin)), pins_init_pin(&fake, h, pin, pin_len))
ENTRY(C_SetPIN, (H h, IN(old), IN(fresh)), pins_set(&fake, h, old, old_len, fresh, fresh_len))
ENTRY(C_Login, (H h, CK_USER_TYPE user, IN(pin)), pins_login(&fake, h, user, pin, pin_len))
ENTRY(C_Logout, (H h), pins_logout(&fake, h))

ENTRY(C_OpenSession, (CK_SLOT_ID id, CK_FLAGS flags, void *data, CK_NOTIFY notify, H *session),
      session_open(&fake, id, flags, session))
ENTRY(C_CloseSession, (H h), session_close(&fake, h))
ENTRY(C_CloseAllSessions, (CK_SLOT_ID id), session_close_all(&fake, id))
ENTRY(C_GetSessionInfo, (H h, CK_SESSION_INFO *info), session_info(&fake, h, info))

ENTRY(C_CreateObject, (H h, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *object),
      objects_create(&fake, h, template, count, object))
ENTRY(C_DestroyObject, (H h, CK_OBJECT_HANDLE object), objects_destroy(&fake, h, object))
ENTRY(C_GetAttributeValue, (H h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count),
      objects_get(&fake, h, object, template, count))
ENTRY(C_SetAttributeValue, (H h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count),
      objects_set(&fake, h, object, template, count))
ENTRY(C_FindObjectsInit, (H h, CK_ATTRIBUTE *template, CK_ULONG count),
      objects_find_init(&fake, h, template, count))
ENTRY(C_FindObjects, (H h, CK_OBJECT_HANDLE *objects, CK_ULONG max, CK_ULONG *count),
      objects_find(&fake, h, objects, max, count))
ENTRY(C_FindObjectsFinal, (H h), objects_find_final(&fake, h))

ENTRY(C_GenerateKeyPair, (H h, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public, CK_ULONG public_count,
      CK_ATTRIBUTE *private, CK_ULONG private_count, CK_OBJECT_HANDLE *public_key,
      CK_OBJECT_HANDLE *private_key),
      pairs_generate(&fake, h, &(struct pair_wish){mechanism, public, public_count, private,
                     private_count}, public_key, private_key))
ENTRY(C_SignInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
      operation_sign_init(&fake, h, mechanism, key))
ENTRY(C_Sign, (H h, IN(data), OUT(signature)),
      operation_sign(&fake, h, data, data_len, signature, signature_len))
ENTRY(C_DigestInit, (H h, CK_MECHANISM *mechanism), operation_digest_init(&fake, h, mechanism))
ENTRY(C_Digest, (H h, IN(data), OUT(digest)),
      operation_digest(&fake, h, data, data_len, digest, digest_len))
ENTRY(C_DecryptInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
      operation_decrypt_init(&fake, h, mechanism, key))
ENTRY(C_Decrypt, (H h, IN(data), OUT(plain)),
      operation_decrypt(&fake, h, data, data_len, plain, plain_len))
ENTRY(C_DeriveKey, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template,
      CK_ULONG count, CK_OBJECT_HANDLE *key),
      operation_derive(&fake, h, mechanism, base, template, count, key))
ENTRY(C_GenerateRandom, (H h, IN(bytes)), operation_random(&fake, h, bytes, bytes_len))

NOT_SUPPORTED(C_GetOperationState, (H h, OUT(state)))
NOT_SUPPORTED(C_SetOperationState, (H h, IN(state), CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE other))
NOT_SUPPORTED(C_CopyObject, (H h, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count,
              CK_OBJECT_HANDLE *copy))
NOT_SUPPORTED(C_GetObjectSize, (H h, CK_OBJECT_HANDLE object, CK_ULONG *size))
NOT_SUPPORTED(C_EncryptInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key))
NOT_SUPPORTED(C_Encrypt, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_EncryptUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_EncryptFinal, (H h, OUT(to)))
NOT_SUPPORTED(C_DecryptUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_DecryptFinal, (H h, OUT(to)))
NOT_SUPPORTED(C_DigestUpdate, (H h, IN(data)))
NOT_SUPPORTED(C_DigestKey, (H h, CK_OBJECT_HANDLE key))
NOT_SUPPORTED(C_DigestFinal, (H h, OUT(digest)))
NOT_SUPPORTED(C_SignUpdate, (H h, IN(data)))
NOT_SUPPORTED(C_SignFinal, (H h, OUT(signature)))
NOT_SUPPORTED(C_SignRecoverInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key))
NOT_SUPPORTED(C_SignRecover, (H h, IN(data), OUT(signature)))
NOT_SUPPORTED(C_VerifyInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key))
NOT_SUPPORTED(C_Verify, (H h, IN(data), IN(signature)))
NOT_SUPPORTED(C_VerifyUpdate, (H h, IN(data)))
NOT_SUPPORTED(C_VerifyFinal, (H h, IN(signature)))
NOT_SUPPORTED(C_VerifyRecoverInit, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key))
NOT_SUPPORTED(C_VerifyRecover, (H h, IN(signature), OUT(data)))
NOT_SUPPORTED(C_DigestEncryptUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_DecryptDigestUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_SignEncryptUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_DecryptVerifyUpdate, (H h, IN(data), OUT(to)))
NOT_SUPPORTED(C_GenerateKey, (H h, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count,
              CK_OBJECT_HANDLE *key))
NOT_SUPPORTED(C_WrapKey, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE with, CK_OBJECT_HANDLE key,
              OUT(wrapped)))
NOT_SUPPORTED(C_UnwrapKey, (H h, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE with, IN(wrapped),
              CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key))
NOT_SUPPORTED(C_SeedRandom, (H h, IN(seed)))
NOT_SUPPORTED(C_GetFunctionStatus, (H h))
NOT_SUPPORTED(C_CancelFunction, (H h))
// clang-format on

static CK_FUNCTION_LIST functions = {.version = {2, 40},
#define FAKE_FUNCTION_POINTER(name) .name = name,
                                     FAKE_FUNCTIONS(FAKE_FUNCTION_POINTER)
#undef FAKE_FUNCTION_POINTER
};

// Neither counted nor traced: whoever loads the module calls it, before anything else.
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &functions;
    return CKR_OK;
}
