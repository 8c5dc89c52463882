// SPDX-License-Identifier: Apache-2.0
// What the tests of pkcs11/module share: the module itself, called as a host calls it, with a
// private home and a medium in memory.
#pragma once

#include "base_fixture.h"

#include "module/entries.h"

#define SO_PIN   "so-secret"
#define USER_PIN "password"
#define OPTIONS  "scrypt='14' wait='no' memory='yes'"

#define assert_rv(expression, wanted) assert_int_equal((expression), (wanted))
#define assert_ok(expression)         assert_rv(expression, CKR_OK)

__attribute__((unused)) static CK_RV initialize(const char *options) {
    char reserved[1024];
    snprintf(reserved, sizeof reserved, "home='%s/home' %s", base_dir, options);
    return C_Initialize(&(CK_C_INITIALIZE_ARGS){.flags = CKF_OS_LOCKING_OK, .pReserved = reserved});
}

__attribute__((unused)) static int start_module(void **state) {
    return make_base_dir(state) == 0 && initialize(OPTIONS) == CKR_OK ? 0 : -1;
}

__attribute__((unused)) static int end_module(void **state) {
    C_Finalize(NULL);
    return remove_base_dir(state);
}

#define IN_MODULE(test) cmocka_unit_test_setup_teardown(test, start_module, end_module)

/* Is `text` in a field that is padded with blanks? */
__attribute__((unused)) static bool field_is(const CK_UTF8CHAR *field, size_t size,
                                             const char *text) {
    size_t len = strlen(text);
    if (len > size || memcmp(field, text, len) != 0)
        return false;
    for (size_t i = len; i < size; i++)
        if (field[i] != ' ')
            return false;
    return true;
}

__attribute__((unused)) static CK_TOKEN_INFO token_info(CK_SLOT_ID slot) {
    CK_TOKEN_INFO info;
    assert_ok(C_GetTokenInfo(slot, &info));
    return info;
}

__attribute__((unused)) static CK_ULONG list_slots(CK_BBOOL present, CK_SLOT_ID *list,
                                                   CK_ULONG room) {
    CK_ULONG count = 0;
    assert_ok(C_GetSlotList(present, NULL, &count));
    assert_true(count <= room);
    assert_ok(C_GetSlotList(present, list, &count));
    return count;
}

/* The empty slot of a medium. */
__attribute__((unused)) static CK_SLOT_ID empty_slot(const char *model) {
    CK_SLOT_ID list[64];
    CK_ULONG count = list_slots(CK_TRUE, list, 64);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info = token_info(list[i]);
        if (field_is(info.model, sizeof info.model, model) && !(info.flags & CKF_TOKEN_INITIALIZED))
            return list[i];
    }
    fail_msg("there is no empty slot of \"%s\"", model);
    return 0;
}

/* The slot of a token by its label; -1: none. */
__attribute__((unused)) static long labelled_slot(const char *label) {
    CK_SLOT_ID list[64];
    CK_ULONG count = list_slots(CK_TRUE, list, 64);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (C_GetTokenInfo(list[i], &info) == CKR_OK &&
            field_is(info.label, sizeof info.label, label))
            return (long)list[i];
    }
    return -1;
}

__attribute__((unused)) static CK_RV init_token(CK_SLOT_ID slot, const char *pin,
                                                const char *label) {
    char padded[33];
    snprintf(padded, sizeof padded, "%-32s", label);
    return C_InitToken(slot, (CK_UTF8CHAR_PTR)pin, strlen(pin), (CK_UTF8CHAR_PTR)padded);
}

__attribute__((unused)) static CK_RV try_open(CK_SLOT_ID slot, CK_FLAGS flags,
                                              CK_SESSION_HANDLE *ret_session) {
    return C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, ret_session);
}

__attribute__((unused)) static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot, CK_FLAGS flags) {
    CK_SESSION_HANDLE session = 0;
    assert_ok(try_open(slot, flags, &session));
    return session;
}

__attribute__((unused)) static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE type,
                                           const char *pin) {
    return C_Login(session, type, (CK_UTF8CHAR_PTR)pin, strlen(pin));
}

__attribute__((unused)) static CK_RV init_pin(CK_SESSION_HANDLE session, const char *pin) {
    return C_InitPIN(session, (CK_UTF8CHAR_PTR)pin, strlen(pin));
}

__attribute__((unused)) static CK_RV set_pin(CK_SESSION_HANDLE session, const char *old,
                                             const char *new) {
    return C_SetPIN(session, (CK_UTF8CHAR_PTR)old, strlen(old), (CK_UTF8CHAR_PTR) new, strlen(new));
}

/* A container with both PINs in the empty slot of a medium; no session is left open. */
__attribute__((unused)) static CK_SLOT_ID make_token(const char *model, const char *label) {
    CK_SLOT_ID slot = empty_slot(model);
    assert_ok(init_token(slot, SO_PIN, label));
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_ok(init_pin(session, USER_PIN));
    assert_ok(C_CloseSession(session));
    return slot;
}

__attribute__((unused)) static CK_STATE state_of(CK_SESSION_HANDLE session) {
    CK_SESSION_INFO info;
    assert_ok(C_GetSessionInfo(session, &info));
    return info.state;
}
