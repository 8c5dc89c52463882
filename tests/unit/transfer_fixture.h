// SPDX-License-Identifier: Apache-2.0
// What the tests of the vendor interface share: the interface as a host gets it, and containers.
#pragma once

#include "module_fixture.h"

#include <openssl/evp.h>

#include "base/auto.h"
#include "base/buf.h"

__attribute__((unused)) static const struct kf_interface *vendor(void) {
    CK_INTERFACE *found = NULL;
    assert_ok(C_GetInterface((CK_UTF8CHAR_PTR)KF_INTERFACE_NAME, NULL, &found, 0));
    return found->pFunctionList;
}

__attribute__((unused)) static struct kf_place place_of(unsigned long slot) {
    struct kf_place place;
    assert_ok(vendor()->describe(slot, &place));
    return place;
}

/* This thread's last failed call came to this code and says that. */
__attribute__((unused)) static void assert_said(const char *code, const char *part) {
    struct kf_message message;
    assert_ok(vendor()->message(&message));
    assert_string_equal(message.code, code);
    if (strstr(message.sentence, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, message.sentence);
}

__attribute__((unused)) static struct kf_password secret(const char *text) {
    return (struct kf_password){(const uint8_t *)text, strlen(text)};
}

__attribute__((unused)) static CK_SESSION_HANDLE open_user(CK_SLOT_ID slot) {
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_USER, USER_PIN));
    return session;
}

__attribute__((unused)) static CK_OBJECT_HANDLE make_ec_key(CK_SESSION_HANDLE session,
                                                            bool exportable) {
    CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_BBOOL yes = CK_TRUE, out = exportable;
    CK_MECHANISM how = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE public_half[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof(p256)}};
    CK_ATTRIBUTE private_half[] = {{CKA_TOKEN, &yes, 1},     {CKA_PRIVATE, &yes, 1},
                                   {CKA_SENSITIVE, &yes, 1}, {CKA_EXTRACTABLE, &out, 1},
                                   {CKA_SIGN, &yes, 1},      {CKA_LABEL, "made", 4}};
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;
    assert_ok(C_GenerateKeyPair(session, &how, public_half, KF_COUNT(public_half), private_half,
                                KF_COUNT(private_half), &public_key, &private_key));
    return private_key;
}

/* All objects of a class; the first is given. */
__attribute__((unused)) static CK_ULONG find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                                             CK_OBJECT_HANDLE *ret_first) {
    CK_ATTRIBUTE pattern = {CKA_CLASS, &class, sizeof(class)};
    CK_OBJECT_HANDLE found[16] = {0};
    CK_ULONG count = 0;
    assert_ok(C_FindObjectsInit(session, &pattern, 1));
    assert_ok(C_FindObjects(session, found, KF_COUNT(found), &count));
    assert_ok(C_FindObjectsFinal(session));
    if (count > 0)
        *ret_first = found[0];
    return count;
}

__attribute__((unused)) static CK_OBJECT_HANDLE only(CK_SESSION_HANDLE session,
                                                     CK_OBJECT_CLASS class) {
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(find(session, class, &object), 1);
    return object;
}

__attribute__((unused)) static CK_ULONG get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                            CK_ATTRIBUTE_TYPE type, uint8_t *value, CK_ULONG room) {
    CK_ATTRIBUTE attribute = {type, value, room};
    assert_ok(C_GetAttributeValue(session, object, &attribute, 1));
    return attribute.ulValueLen;
}

__attribute__((unused)) static bool flag(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                         CK_ATTRIBUTE_TYPE type) {
    uint8_t value = 0;
    assert_int_equal(get(session, object, type, &value, 1), 1);
    return value == CK_TRUE;
}

/* The key signs, and this public key object says so too. */
__attribute__((unused)) static void assert_pair(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                                                CK_OBJECT_HANDLE private_key,
                                                CK_SESSION_HANDLE other,
                                                CK_OBJECT_HANDLE public_key) {
    CK_MECHANISM how = {type, NULL, 0};
    CK_BYTE data[32] = {1, 2, 3}, signature[512];
    CK_ULONG len = sizeof(signature);
    assert_ok(C_SignInit(session, &how, private_key));
    assert_ok(C_Sign(session, data, sizeof(data), signature, &len));
    assert_ok(C_VerifyInit(other, &how, public_key));
    assert_ok(C_Verify(other, data, sizeof(data), signature, len));
}
