// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a host that calls C_* in any order with any arguments that are addresses of its own.
// No call may crash, write beyond the room that it was told of, or answer with a code that the
// standard does not have.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <keyfob/interface.h>

#include "base/auto.h"
#include "module/entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CALLS_MAX = 64, ROOM = 600, HANDLES = 8 };
#define PIN    "correct-horse-1"
#define FILLER 0xa5

static CK_FUNCTION_LIST *p11;
static CK_SLOT_ID slot;
static const struct kf_interface *vendor;
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
    *ret_len = byte() % 2 ? 32 : room();
    for (CK_ULONG i = 0; i < *ret_len && i < 32; i++)
        place[i] = byte();
    return byte() == 0 ? NULL : place;
}

/* --- where answers go --- */

static CK_BYTE answer[ROOM + 16];
static CK_ULONG answer_room, answer_len;

static CK_BYTE *output(void) {
    answer_room = answer_len = byte() % 2 ? ROOM : room();
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

static void set_number(size_t at, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    memcpy(values[at], &value, sizeof value);
    attributes[at] = (CK_ATTRIBUTE){type, values[at], sizeof value};
}
static void set_flag(size_t at, CK_ATTRIBUTE_TYPE type) {
    values[at][0] = byte() & 1;
    attributes[at] = (CK_ATTRIBUTE){type, values[at], 1};
}
static void set_bytes(size_t at, CK_ATTRIBUTE_TYPE type, CK_ULONG len) {
    memset(values[at], byte(), sizeof values[at]);
    attributes[at] = (CK_ATTRIBUTE){type, values[at], len};
}
static void set_p256(size_t at) {
    static const CK_BYTE oid[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    memcpy(values[at], oid, sizeof oid);
    attributes[at] = (CK_ATTRIBUTE){CKA_EC_PARAMS, values[at], sizeof oid};
}

/* Templates that are right, as chance alone makes none; 0: no such one was asked for. */
static CK_ULONG ready_template(void) {
    switch (byte() % 12) {
    case 0:
        set_number(0, CKA_CLASS, CKO_DATA);
        set_flag(1, CKA_TOKEN);
        set_flag(2, CKA_PRIVATE);
        set_bytes(3, CKA_VALUE, byte() % 80);
        return 4;
    case 1:
        set_number(0, CKA_CLASS, CKO_SECRET_KEY);
        set_number(1, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
        set_flag(2, CKA_TOKEN);
        set_flag(3, CKA_EXTRACTABLE);
        set_bytes(4, CKA_VALUE, byte() % 80);
        return 5;
    case 2:
        set_number(0, CKA_CLASS, CKO_PRIVATE_KEY);
        set_number(1, CKA_KEY_TYPE, CKK_EC);
        set_flag(2, CKA_TOKEN);
        set_flag(3, CKA_SENSITIVE);
        set_p256(4);
        set_bytes(5, CKA_VALUE, 32);
        return 6;
    case 3:
        set_flag(0, CKA_TOKEN);
        set_p256(1);
        return 2;
    case 4:
        set_flag(0, CKA_TOKEN);
        set_flag(1, CKA_EXTRACTABLE);
        set_flag(2, CKA_SENSITIVE);
        set_flag(3, CKA_ALWAYS_AUTHENTICATE);
        return 4;
    case 5:
        set_bytes(0, byte() % 2 ? CKA_LABEL : CKA_ID, byte() % 80);
        return 1;
    case 6:
        set_number(0, CKA_CLASS, byte() % 5);
        return 1;
    case 7:
        set_number(0, CKA_VALUE_LEN, byte() % 40);
        return 1;
    default:
        return 0;
    }
}

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
    *ret_count = ready_template();
    if (*ret_count > 0)
        return attributes;
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

/* The generator of P-256 as the other's point, or one that is none. */
static CK_MECHANISM *ecdh(CK_MECHANISM *ret_chosen) {
    static CK_BYTE point[65] = {0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc,
                                0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
                                0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
                                0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb,
                                0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
                                0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    static CK_ECDH1_DERIVE_PARAMS params;
    params =
        (CK_ECDH1_DERIVE_PARAMS){CKD_NULL, 0, NULL, byte() % 4 ? sizeof point : byte() % 65, point};
    ret_chosen->pParameter = &params;
    ret_chosen->ulParameterLen = sizeof params;
    return ret_chosen;
}

static CK_MECHANISM *pss(CK_MECHANISM *ret_chosen) {
    static CK_RSA_PKCS_PSS_PARAMS params;
    params = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, byte()};
    ret_chosen->pParameter = &params;
    ret_chosen->ulParameterLen = sizeof params;
    return ret_chosen;
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
    if (byte() % 2)
        chosen.ulParameterLen = 0;
    if (chosen.mechanism == CKM_ECDH1_DERIVE && byte() % 8)
        return ecdh(&chosen);
    if (chosen.mechanism == CKM_RSA_PKCS_PSS && byte() % 4)
        return pss(&chosen);
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

static CK_RV digest_key(void) {
    return p11->C_DigestKey(session(), object());
}
static CK_RV slot_info(void) {
    CK_SLOT_INFO info;
    return p11->C_GetSlotInfo(byte() % 4 ? slot : number(), byte() ? &info : NULL);
}
static CK_RV mechanism_info(void) {
    CK_MECHANISM_INFO info;
    return p11->C_GetMechanismInfo(slot, byte(), byte() ? &info : NULL);
}
static CK_RV slot_event(void) {
    CK_SLOT_ID changed;
    return p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, byte() ? &changed : NULL, NULL);
}

/* A PIN is checked slowly: seldom. */
static CK_RV log_out_and_in(void) {
    if (byte() % 16)
        return CKR_OK;
    CK_RV rv = p11->C_Logout(session());
    p11->C_Login(keeper, CKU_USER, (CK_UTF8CHAR *)PIN, strlen(PIN));
    return rv;
}
static CK_RV log_in_once_more(void) {
    CK_USER_TYPE user = byte() % 4;
    CK_ULONG len = user == CKU_CONTEXT_SPECIFIC && byte() % 16 ? 0 : strlen(PIN);
    return p11->C_Login(session(), user, byte() ? (CK_UTF8CHAR *)PIN : NULL, len);
}

static CK_RV check_all(void) {
    return vendor->check(session());
}
static CK_RV describe(void) {
    struct kf_place place;
    return vendor->describe(byte() % 4 ? slot : number(), byte() ? &place : NULL);
}
static unsigned long take_parts(void *arg, void *parts, unsigned long count) {
    const CK_ATTRIBUTE *first = parts;
    return count > 0 && first->ulValueLen > 0 ? *(CK_RV *)arg : CKR_GENERAL_ERROR;
}
static CK_RV hand_over(void) {
    CK_RV answer_of_other = byte() % 2 ? CKR_OK : CKR_DEVICE_MEMORY;
    return vendor->hand_over(session(), object(), byte() ? take_parts : NULL, &answer_of_other);
}
static CK_RV import(void) {
    CK_ULONG len;
    CK_BYTE *given = bytes(&len);
    return vendor->import(session(), given, len, NULL, "fuzz", byte() % 2);
}

static CK_RV (*const calls[])(void) = {digest_key,
                                       slot_info,
                                       mechanism_info,
                                       slot_event,
                                       log_out_and_in,
                                       log_in_once_more,
                                       check_all,
                                       describe,
                                       hand_over,
                                       import,
                                       open_session,
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

/* RSA keys take long to make: one pair for all inputs, which no input changes or destroys. */
static void make_rsa(void) {
    static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    static CK_ULONG bits = 2048;
    CK_MECHANISM how = {.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN};
    CK_OBJECT_HANDLE made[2];
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1},
                             {CKA_DESTROYABLE, &no, 1},
                             {CKA_MODIFIABLE, &no, 1},
                             {CKA_MODULUS_BITS, &bits, sizeof bits}};
    must(p11->C_GenerateKeyPair(keeper, &how, public, 4, public, 3, &made[0], &made[1]));
}

static void start(void) {
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK,
                                 .pReserved =
                                     "home='/nonexistent' memory='yes' scrypt='14' wait='no'"};
    CK_INTERFACE *found;
    must(C_GetFunctionList(&p11));
    must(C_GetInterface((CK_UTF8CHAR *)KF_INTERFACE_NAME, NULL, &found, 0));
    vendor = found->pFunctionList;
    must(p11->C_Initialize(&args));
    make_token();
    make_rsa();
}

/* All objects that the keeper sees. */
static CK_ULONG look(CK_OBJECT_HANDLE *ret_found, CK_ULONG max) {
    CK_ULONG count = 0;
    must(p11->C_FindObjectsInit(keeper, NULL, 0));
    must(p11->C_FindObjects(keeper, ret_found, max, &count));
    must(p11->C_FindObjectsFinal(keeper));
    return count;
}

/* Two sessions, the RSA pair, an EC pair and two secrets, so that few calls already go deep. */
static void prepare(void) {
    static CK_BBOOL no = CK_FALSE, yes = CK_TRUE;
    static CK_BYTE p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    static CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
    static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
    CK_MECHANISM how = {.mechanism = CKM_EC_KEY_PAIR_GEN};
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &no, 1}, {CKA_EC_PARAMS, p256, sizeof p256}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}};
    CK_ATTRIBUTE of_secret[] = {{CKA_CLASS, &secret, sizeof secret},
                                {CKA_KEY_TYPE, &generic, sizeof generic},
                                {CKA_VALUE, p256, sizeof p256}};
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    for (size_t i = 0; i < HANDLES; i++)
        if (i < 2)
            must(p11->C_OpenSession(slot, flags, NULL, NULL, &in.sessions[i]));
        else
            in.sessions[i] = in.sessions[i % 2];
    must(p11->C_GenerateKeyPair(in.sessions[0], &how, public, 2, private, 2, &in.objects[0],
                                &in.objects[1]));
    must(p11->C_CreateObject(in.sessions[1], of_secret, 3, &in.objects[2]));
    must(p11->C_CreateObject(in.sessions[0], of_secret, 3, &in.objects[3]));
    if (look(in.objects + 4, 2) != 2)
        abort();
    in.objects[6] = in.objects[0];
    in.objects[7] = in.objects[1];
}

/* Token objects of one input are not to be found by the next. */
static void empty_token(void) {
    CK_OBJECT_HANDLE found[256];
    CK_ULONG count = look(found, KF_COUNT(found));
    for (CK_ULONG i = 0; i < count; i++)
        check_rv(p11->C_DestroyObject(keeper, found[i]));
}

/* However an input left it. */
static void log_in_again(void) {
    CK_SESSION_INFO info;
    must(p11->C_GetSessionInfo(keeper, &info));
    if (info.state == CKS_RW_USER_FUNCTIONS)
        return;
    p11->C_Logout(keeper);
    must(p11->C_Login(keeper, CKU_USER, (CK_UTF8CHAR *)PIN, strlen(PIN)));
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
    log_in_again();
    empty_token();
    return 0;
}
