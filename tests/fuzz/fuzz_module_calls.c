// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a host that calls C_* in any order with any arguments that are addresses of its own.
// No call may crash, write beyond the room that it was told of, or answer with a code that the
// standard does not have.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "keys/ck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS_MAX = 64, ROOM = 600, HANDLES = 8 };
#define PIN    "correct-horse-1"
#define FILLER 0xa5

static CK_FUNCTION_LIST *p11;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE keeper; /* logged in as long as the process lives, as logging in is slow */

/* --- what the input says --- */

static struct {
    const uint8_t *at, *end;
    CK_SESSION_HANDLE sessions[HANDLES];
    CK_OBJECT_HANDLE objects[HANDLES];
} in;

static uint8_t byte(void) {
    return in.at < in.end ? *in.at++ : 0;
}

static CK_ULONG number(void) {
    static const CK_ULONG odd[] = {0, 1, 7, 64, ROOM, 4096, 0x7fffffff, (CK_ULONG)-1};
    uint8_t choice = byte();
    return choice < 200 ? choice : odd[choice % KF_COUNT(odd)];
}

/* Sizes of memory that is really there. */
static CK_ULONG room(void) {
    CK_ULONG wanted = number();
    return wanted > ROOM ? wanted % ROOM : wanted;
}

static CK_SESSION_HANDLE session(void) {
    uint8_t choice = byte();
    return choice < 230 ? in.sessions[choice % HANDLES] : choice;
}

static CK_OBJECT_HANDLE object(void) {
    uint8_t choice = byte();
    return choice < 200 ? in.objects[choice % HANDLES] : choice - 200U;
}

static CK_BYTE *bytes(CK_ULONG *ret_len) {
    static CK_BYTE place[ROOM];
    *ret_len = room();
    for (CK_ULONG i = 0; i < *ret_len && i < 32; i++)
        place[i] = byte();
    return byte() == 0 ? NULL : place;
}

/* --- where answers go --- */

static CK_BYTE answer[ROOM + 16];
static CK_ULONG answer_room, answer_len;

static CK_BYTE *output(void) {
    answer_room = answer_len = room();
    memset(answer, FILLER, sizeof answer);
    return byte() == 0 ? NULL : answer;
}

static void check_output(void) {
    for (CK_ULONG i = answer_room; i < sizeof answer; i++)
        if (answer[i] != FILLER)
            abort();
}

static void check_rv(CK_RV rv) {
    bool known = rv <= 0x203 || rv == CKR_FUNCTION_REJECTED;
    if (!known)
        abort();
}

/* --- templates --- */

static CK_ATTRIBUTE attributes[8];
static CK_BYTE values[8][80];

static CK_ATTRIBUTE *template(CK_ULONG *ret_count) {
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_CLASS,
                                              CKA_TOKEN,
                                              CKA_PRIVATE,
                                              CKA_LABEL,
                                              CKA_ID,
                                              CKA_KEY_TYPE,
                                              CKA_VALUE,
                                              CKA_SIGN,
                                              CKA_VERIFY,
                                              CKA_DERIVE,
                                              CKA_SENSITIVE,
                                              CKA_EXTRACTABLE,
                                              CKA_MODULUS,
                                              CKA_DECRYPT,
                                              CKA_SUBJECT,
                                              CKA_MODULUS_BITS,
                                              CKA_EC_PARAMS,
                                              CKA_EC_POINT,
                                              CKA_VALUE_LEN,
                                              CKA_PUBLIC_EXPONENT,
                                              CKA_PRIVATE_EXPONENT,
                                              CKA_CERTIFICATE_TYPE,
                                              0x80001234};
    *ret_count = byte() % (KF_COUNT(attributes) + 1);
    for (CK_ULONG i = 0; i < *ret_count; i++) {
        CK_ULONG len = byte();
        attributes[i].type = types[byte() % KF_COUNT(types)];
        attributes[i].ulValueLen = len < 40 ? len : len < 80 ? sizeof(CK_ULONG) : len % 2;
        for (size_t j = 0; j < 8; j++)
            values[i][j] = j == 0 || len < 40 ? byte() : 0;
        attributes[i].pValue = len == 255 ? NULL : values[i];
    }
    return byte() == 0 ? NULL : attributes;
}

static CK_MECHANISM *mechanism(void) {
    static const CK_MECHANISM_TYPE types[] = {CKM_ECDSA,
                                              CKM_ECDSA_SHA256,
                                              CKM_RSA_PKCS,
                                              CKM_SHA256_RSA_PKCS,
                                              CKM_RSA_PKCS_PSS,
                                              CKM_RSA_PKCS_OAEP,
                                              CKM_SHA384_RSA_PKCS_PSS,
                                              CKM_EDDSA,
                                              CKM_SHA256,
                                              CKM_SHA512,
                                              CKM_ECDH1_DERIVE,
                                              CKM_EC_KEY_PAIR_GEN,
                                              CKM_RSA_X_509,
                                              CKM_EC_EDWARDS_KEY_PAIR_GEN,
                                              0x80001234};
    static CK_MECHANISM chosen;
    static CK_BYTE parameter[64];
    chosen = (CK_MECHANISM){.mechanism = types[byte() % KF_COUNT(types)]};
    chosen.ulParameterLen = byte() % 2 ? byte() % sizeof parameter : 0;
    for (CK_ULONG i = 0; i < chosen.ulParameterLen; i++)
        parameter[i] = i % 8 == 0 ? byte() : 0;
    /* Addresses in parameters are the host's promise; only ECDH1 and OAEP have any. */
    bool has_addresses =
        chosen.mechanism == CKM_ECDH1_DERIVE || chosen.mechanism == CKM_RSA_PKCS_OAEP;
    chosen.pParameter = has_addresses || chosen.ulParameterLen == 0 ? NULL : parameter;
    return byte() == 0 ? NULL : &chosen;
}

/* --- the calls --- */

static CK_RV open_session(void) {
    CK_FLAGS flags = byte() % 8 ? CKF_SERIAL_SESSION | (byte() % 2 ? CKF_RW_SESSION : 0) : number();
    return p11->C_OpenSession(byte() % 8 ? slot : number(), flags, NULL, NULL,
                              &in.sessions[byte() % HANDLES]);
}
static CK_RV close_session(void) {
    CK_SESSION_HANDLE handle = session();
    return handle == keeper ? CKR_OK : p11->C_CloseSession(handle);
}
static CK_RV session_info(void) {
    CK_SESSION_INFO info;
    return p11->C_GetSessionInfo(session(), byte() ? &info : NULL);
}
static CK_RV token_info(void) {
    CK_TOKEN_INFO info;
    return p11->C_GetTokenInfo(byte() % 4 ? slot : number(), byte() ? &info : NULL);
}
static CK_RV create_object(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_CreateObject(session(), given, count,
                               byte() ? &in.objects[byte() % HANDLES] : NULL);
}
static CK_RV destroy_object(void) {
    return p11->C_DestroyObject(session(), object());
}
static CK_RV copy_object(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_CopyObject(session(), object(), given, count, &in.objects[byte() % HANDLES]);
}
static CK_RV get_attributes(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_GetAttributeValue(session(), object(), given, count);
}
static CK_RV set_attributes(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_SetAttributeValue(session(), object(), given, count);
}
static CK_RV object_size(void) {
    return p11->C_GetObjectSize(session(), object(), byte() ? &answer_len : NULL);
}
static CK_RV find_init(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_FindObjectsInit(session(), given, count);
}
static CK_RV find(void) {
    CK_ULONG count = 0;
    return p11->C_FindObjects(session(), byte() ? in.objects : NULL, byte() % (HANDLES + 1),
                              byte() ? &count : NULL);
}
static CK_RV find_final(void) {
    return p11->C_FindObjectsFinal(session());
}
static CK_RV generate_pair(void) {
    CK_BYTE place[2][80];
    CK_ATTRIBUTE first[KF_COUNT(attributes)];
    CK_ULONG count, private_count;
    CK_ATTRIBUTE *given = template(&count);
    for (CK_ULONG i = 0; i < count && i < 2; i++) {
        memcpy(place[i], values[i], sizeof place[i]);
        attributes[i].pValue = attributes[i].pValue ? place[i] : NULL;
    }
    memcpy(first, attributes, sizeof first);
    for (CK_ULONG i = 2; i < count; i++)
        first[i].ulValueLen = 0;
    CK_ATTRIBUTE *private = template(&private_count);
    return p11->C_GenerateKeyPair(session(), mechanism(), given ? first : NULL, count, private,
                                  private_count, &in.objects[byte() % HANDLES],
                                  byte() ? &in.objects[byte() % HANDLES] : NULL);
}
static CK_RV derive(void) {
    CK_ULONG count;
    CK_ATTRIBUTE *given = template(&count);
    return p11->C_DeriveKey(session(), mechanism(), object(), given, count,
                            &in.objects[byte() % HANDLES]);
}
static CK_RV random_bytes(void) {
    CK_BYTE *place = output();
    return p11->C_GenerateRandom(session(), place, answer_room);
}

#define INIT(name)                                                                                 \
    static CK_RV init_##name(void) {                                                               \
        CK_MECHANISM *with = mechanism();                                                          \
        return p11->C_##name##Init(session(), with, object());                                     \
    }
INIT(Sign)
INIT(Verify)
INIT(Encrypt)
INIT(Decrypt)
static CK_RV init_Digest(void) {
    return p11->C_DigestInit(session(), mechanism());
}

#define SINGLE(name)                                                                               \
    static CK_RV single_##name(void) {                                                             \
        CK_ULONG len;                                                                              \
        CK_BYTE *given = bytes(&len), *place = output();                                           \
        return p11->C_##name(session(), given, len, place, byte() ? &answer_len : NULL);           \
    }
SINGLE(Sign)
SINGLE(Encrypt)
SINGLE(Decrypt)
SINGLE(Digest)
SINGLE(EncryptUpdate)
SINGLE(DecryptUpdate)

#define UPDATE(name)                                                                               \
    static CK_RV update_##name(void) {                                                             \
        CK_ULONG len;                                                                              \
        CK_BYTE *given = bytes(&len);                                                              \
        return p11->C_##name##Update(session(), given, len);                                       \
    }
UPDATE(Sign)
UPDATE(Verify)
UPDATE(Digest)

#define FINAL(name)                                                                                \
    static CK_RV final_##name(void) {                                                              \
        CK_BYTE *place = output();                                                                 \
        return p11->C_##name##Final(session(), place, byte() ? &answer_len : NULL);                \
    }
FINAL(Sign)
FINAL(Encrypt)
FINAL(Decrypt)
FINAL(Digest)

static CK_RV verify(void) {
    static CK_BYTE signature[ROOM];
    CK_ULONG len, signature_len = room();
    CK_BYTE *given = bytes(&len);
    return p11->C_Verify(session(), given, len, byte() ? signature : NULL, signature_len);
}
static CK_RV final_Verify(void) {
    static CK_BYTE signature[ROOM];
    return p11->C_VerifyFinal(session(), byte() ? signature : NULL, room());
}
static CK_RV slots(void) {
    CK_SLOT_ID list[8];
    CK_ULONG count = byte() % KF_COUNT(list);
    return p11->C_GetSlotList(byte() % 2, byte() % 2 ? list : NULL, byte() ? &count : NULL);
}
static CK_RV mechanisms(void) {
    CK_MECHANISM_TYPE list[4];
    CK_ULONG count = byte() % KF_COUNT(list);
    return p11->C_GetMechanismList(byte() % 4 ? slot : number(), byte() % 2 ? list : NULL,
                                   byte() ? &count : NULL);
}
static CK_RV wrap(void) {
    CK_BYTE *place = output();
    return p11->C_WrapKey(session(), mechanism(), object(), object(), place, &answer_len);
}

static CK_RV (*const calls[])(void) = {open_session,
                                       open_session,
                                       close_session,
                                       session_info,
                                       token_info,
                                       create_object,
                                       create_object,
                                       destroy_object,
                                       copy_object,
                                       get_attributes,
                                       get_attributes,
                                       set_attributes,
                                       object_size,
                                       find_init,
                                       find,
                                       find,
                                       find_final,
                                       generate_pair,
                                       derive,
                                       random_bytes,
                                       init_Sign,
                                       init_Sign,
                                       init_Verify,
                                       init_Encrypt,
                                       init_Decrypt,
                                       init_Digest,
                                       single_Sign,
                                       single_Sign,
                                       single_Encrypt,
                                       single_Decrypt,
                                       single_Digest,
                                       single_EncryptUpdate,
                                       single_DecryptUpdate,
                                       update_Sign,
                                       update_Verify,
                                       update_Digest,
                                       final_Sign,
                                       final_Encrypt,
                                       final_Decrypt,
                                       final_Digest,
                                       verify,
                                       final_Verify,
                                       slots,
                                       mechanisms,
                                       wrap};

/* --- the module, once --- */

static void must(CK_RV rv) {
    if (rv != CKR_OK)
        abort();
}

/* The blank slot of the memory medium is the only one that takes a token without any folder. */
static void make_token(void) {
    CK_UTF8CHAR label[32];
    CK_SLOT_ID list[32];
    CK_ULONG count = KF_COUNT(list);
    CK_TOKEN_INFO info;
    memset(label, 'f', sizeof label);
    must(p11->C_GetSlotList(CK_TRUE, list, &count));
    for (CK_ULONG i = 0; i < count; i++)
        if (p11->C_GetTokenInfo(list[i], &info) == CKR_OK &&
            memcmp(info.model, "keyfob memory", strlen("keyfob memory")) == 0)
            slot = list[i];
    must(p11->C_InitToken(slot, (CK_UTF8CHAR *)PIN, strlen(PIN), label));
    must(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &keeper));
    must(p11->C_Login(keeper, CKU_SO, (CK_UTF8CHAR *)PIN, strlen(PIN)));
    must(p11->C_InitPIN(keeper, (CK_UTF8CHAR *)PIN, strlen(PIN)));
    must(p11->C_Logout(keeper));
    must(p11->C_Login(keeper, CKU_USER, (CK_UTF8CHAR *)PIN, strlen(PIN)));
}

static void start(void) {
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK,
                                 .pReserved =
                                     "home='/nonexistent' memory='yes' scrypt='14' wait='no'"};
    must(C_GetFunctionList(&p11));
    must(p11->C_Initialize(&args));
    make_token();
}

/* A pair to sign with and a session, so that few calls already go deep. */
static void prepare(void) {
    static CK_BBOOL no = CK_FALSE;
    static CK_BYTE p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    CK_MECHANISM how = {.mechanism = CKM_EC_KEY_PAIR_GEN};
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &no, 1}, {CKA_EC_PARAMS, p256, sizeof p256}};
    CK_ATTRIBUTE private = {CKA_TOKEN, &no, 1};
    must(
        p11->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &in.sessions[0]));
    must(p11->C_GenerateKeyPair(in.sessions[0], &how, public, KF_COUNT(public), &private, 1,
                                &in.objects[0], &in.objects[1]));
}

/* Token objects of one input are not to be found by the next. */
static void empty_token(void) {
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    must(p11->C_FindObjectsInit(keeper, NULL, 0));
    must(p11->C_FindObjects(keeper, found, KF_COUNT(found), &count));
    must(p11->C_FindObjectsFinal(keeper));
    for (CK_ULONG i = 0; i < count; i++)
        check_rv(p11->C_DestroyObject(keeper, found[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (p11 == NULL)
        start();
    memset(&in, 0, sizeof in);
    in.at = data;
    in.end = data + size;
    prepare();
    for (size_t i = 0; i < CALLS_MAX && in.at < in.end; i++) {
        answer_room = sizeof answer;
        check_rv(calls[byte() % KF_COUNT(calls)]());
        check_output();
    }
    for (size_t i = 0; i < HANDLES; i++)
        if (in.sessions[i] != keeper)
            p11->C_CloseSession(in.sessions[i]);
    empty_token();
    return 0;
}
