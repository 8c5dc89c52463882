// SPDX-License-Identifier: Apache-2.0
// PINs: wrong ones are counted, ten lock, the SO helps; containers are made and made anew.
#include "module_fixture.h"

#include "base/auto.h"
#include "kfc/tries.h"

static CK_FLAGS pin_flags(CK_SLOT_ID slot) {
    return token_info(slot).flags &
           (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED |
            CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED);
}

static void a_new_container_has_no_user_pin_yet(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob memory");
    assert_ok(init_token(slot, SO_PIN, "fresh"));
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_rv(login(session, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
    assert_rv(set_pin(session, USER_PIN, "another"), CKR_USER_PIN_NOT_INITIALIZED);
    assert_false(token_info(slot).flags & CKF_USER_PIN_INITIALIZED);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_ok(init_pin(session, USER_PIN));
    assert_true(token_info(slot).flags & CKF_USER_PIN_INITIALIZED);
    assert_ok(C_Logout(session));
    assert_ok(login(session, CKU_USER, USER_PIN));
}

static void only_the_so_sets_a_first_pin(void **state) {
    CK_SESSION_HANDLE session = open_session(make_token("keyfob memory", "whose"), CKF_RW_SESSION);
    assert_rv(init_pin(session, "another"), CKR_USER_NOT_LOGGED_IN);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_rv(init_pin(session, "another"), CKR_USER_NOT_LOGGED_IN);
}

static void a_wrong_pin_is_counted_and_a_right_one_forgives(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "tries");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_int_equal(pin_flags(slot), 0);
    assert_rv(login(session, CKU_USER, "wrong!"), CKR_PIN_INCORRECT);
    assert_int_equal(pin_flags(slot), CKF_USER_PIN_COUNT_LOW);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_equal(pin_flags(slot), 0);
}

static void ten_wrong_pins_lock_and_the_so_unlocks(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "ten");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    for (int i = 0; i < KFC_TRIES_MAX; i++) {
        if (i == KFC_TRIES_MAX - 1)
            assert_int_equal(pin_flags(slot), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
        assert_rv(login(session, CKU_USER, "wrong!"), CKR_PIN_INCORRECT);
    }
    assert_int_equal(pin_flags(slot), CKF_USER_PIN_LOCKED);
    assert_rv(login(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_ok(init_pin(session, "renewed"));
    assert_ok(C_Logout(session));
    assert_int_equal(pin_flags(slot), 0);
    assert_ok(login(session, CKU_USER, "renewed"));
}

static void impossible_pins_are_wrong_without_being_counted(void **state) {
    static const char zero[] = "pass\0word", ones[256] = {'1'};
    CK_SLOT_ID slot = make_token("keyfob memory", "strange");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    assert_rv(login(session, CKU_USER, ""), CKR_PIN_INCORRECT);
    assert_rv(login(session, CKU_USER, "abc"), CKR_PIN_INCORRECT);
    assert_rv(C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)zero, 9), CKR_PIN_INCORRECT);
    assert_rv(C_Login(session, CKU_USER, (CK_UTF8CHAR_PTR)ones, 256), CKR_PIN_INCORRECT);
    assert_rv(login(session, 7, USER_PIN), CKR_USER_TYPE_INVALID);
    assert_int_equal(pin_flags(slot), 0);
}

static void new_pins_have_bounds(void **state) {
    char long_pin[257];
    memset(long_pin, 'x', 256);
    long_pin[256] = '\0';
    CK_SESSION_HANDLE session = open_session(make_token("keyfob memory", "bounds"), CKF_RW_SESSION);
    assert_rv(set_pin(session, USER_PIN, "abc"), CKR_PIN_LEN_RANGE);
    assert_rv(set_pin(session, USER_PIN, long_pin), CKR_PIN_LEN_RANGE);
    assert_rv(set_pin(session, USER_PIN, "\xff\xfe\xfd\xfc"), CKR_PIN_INVALID);
    assert_rv(init_token(empty_slot("keyfob memory"), "abc", "short"), CKR_PIN_LEN_RANGE);
    assert_ok(set_pin(session, USER_PIN, long_pin + 1));
    assert_ok(login(session, CKU_USER, long_pin + 1));
}

static void a_changed_pin_replaces_the_old_one(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "changed");
    CK_SESSION_HANDLE reader = open_session(slot, 0), writer = open_session(slot, CKF_RW_SESSION);
    assert_rv(set_pin(reader, USER_PIN, "another"), CKR_SESSION_READ_ONLY);
    assert_rv(set_pin(writer, "wrong!", "another"), CKR_PIN_INCORRECT);
    assert_int_equal(pin_flags(slot), CKF_USER_PIN_COUNT_LOW);
    assert_ok(set_pin(writer, USER_PIN, "another"));
    assert_rv(login(writer, CKU_USER, USER_PIN), CKR_PIN_INCORRECT);
    assert_ok(login(writer, CKU_USER, "another"));
    assert_ok(set_pin(writer, "another", "a third one"));
    assert_int_equal(state_of(reader), CKS_RO_USER_FUNCTIONS);
}

static void the_so_changes_the_sos_pin(void **state) {
    CK_SESSION_HANDLE session = open_session(make_token("keyfob memory", "so"), CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
    assert_ok(set_pin(session, SO_PIN, "new secret"));
    assert_ok(C_Logout(session));
    assert_rv(login(session, CKU_SO, SO_PIN), CKR_PIN_INCORRECT);
    assert_ok(login(session, CKU_SO, "new secret"));
}

static void a_context_login_needs_an_operation(void **state) {
    CK_SESSION_HANDLE session =
        open_session(make_token("keyfob memory", "context"), CKF_RW_SESSION);
    assert_rv(login(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_rv(login(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
}

/* A file with a password that is known, put in the container's place, does not say yes for it. */
static void a_context_login_is_for_this_very_container(void **state) {
    CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_BYTE digest[32] = {1}, signature[64];
    CK_BBOOL yes = CK_TRUE;
    CK_ULONG len = sizeof signature;
    CK_MECHANISM make = {CKM_EC_KEY_PAIR_GEN, NULL, 0}, ecdsa = {CKM_ECDSA, NULL, 0};
    CK_ATTRIBUTE of_public = {CKA_EC_PARAMS, p256, sizeof p256},
                 of_private = {CKA_ALWAYS_AUTHENTICATE, &yes, sizeof yes};
    CK_OBJECT_HANDLE public, private;
    CK_SESSION_HANDLE known = open_session(make_token("keyfob disk", "known"), CKF_RW_SESSION);
    CK_SESSION_HANDLE session = open_session(make_token("keyfob disk", "mine"), CKF_RW_SESSION);
    assert_ok(set_pin(known, USER_PIN, "known password"));
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_ok(C_GenerateKeyPair(session, &make, &of_public, 1, &of_private, 1, &public, &private));
    assert_ok(C_SignInit(session, &ecdsa, private));
    assert_int_equal(
        rename(in_base_dir("home/containers/known.kfc"), in_base_dir("home/containers/mine.kfc")),
        0);
    assert_rv(login(session, CKU_CONTEXT_SPECIFIC, "known password"), CKR_PIN_INCORRECT);
    assert_rv(C_Sign(session, digest, sizeof digest, signature, &len), CKR_USER_NOT_LOGGED_IN);
}

static void making_anew_needs_the_so_pin_and_no_sessions(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "old");
    CK_TOKEN_INFO before = token_info(slot);
    CK_SESSION_HANDLE session = open_session(slot, 0);
    assert_rv(init_token(slot, SO_PIN, "new"), CKR_SESSION_EXISTS);
    assert_ok(C_CloseSession(session));
    assert_rv(init_token(slot, "wrong!", "new"), CKR_PIN_INCORRECT);
    assert_int_equal(pin_flags(slot), CKF_SO_PIN_COUNT_LOW);
    assert_memory_equal(token_info(slot).label, before.label, sizeof before.label);
    assert_ok(init_token(slot, SO_PIN, "new"));
    assert_true(field_is(token_info(slot).label, 32, "new"));
    assert_false(token_info(slot).flags & CKF_USER_PIN_INITIALIZED);
    session = open_session(slot, CKF_RW_SESSION);
    assert_ok(login(session, CKU_SO, SO_PIN));
}

static void labels_are_checked(void **state) {
    CK_SLOT_ID slot = empty_slot("keyfob memory");
    assert_rv(init_token(slot, SO_PIN, ""), CKR_ARGUMENTS_BAD);
    assert_rv(init_token(slot, SO_PIN, "bell\a"), CKR_ARGUMENTS_BAD);
    assert_rv(init_token(slot, SO_PIN, "\xff\xff"), CKR_ARGUMENTS_BAD);
    assert_ok(init_token(slot, SO_PIN, "../tricky: \"name\" f\xc3\xbcr 32 b"));
    assert_true(field_is(token_info(slot).label, 32, "../tricky: \"name\" f\xc3\xbcr 32 b"));
}

static void equal_labels_make_two_containers(void **state) {
    CK_SLOT_ID first = make_token("keyfob memory", "twin");
    CK_SLOT_ID second = make_token("keyfob memory", "twin");
    assert_int_not_equal(first, second);
    CK_TOKEN_INFO a = token_info(first), b = token_info(second);
    assert_memory_not_equal(a.serialNumber, b.serialNumber, sizeof a.serialNumber);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(a_new_container_has_no_user_pin_yet),
        IN_MODULE(only_the_so_sets_a_first_pin),
        IN_MODULE(a_wrong_pin_is_counted_and_a_right_one_forgives),
        IN_MODULE(ten_wrong_pins_lock_and_the_so_unlocks),
        IN_MODULE(impossible_pins_are_wrong_without_being_counted),
        IN_MODULE(new_pins_have_bounds),
        IN_MODULE(a_changed_pin_replaces_the_old_one),
        IN_MODULE(the_so_changes_the_sos_pin),
        IN_MODULE(a_context_login_needs_an_operation),
        IN_MODULE(a_context_login_is_for_this_very_container),
        IN_MODULE(making_anew_needs_the_so_pin_and_no_sessions),
        IN_MODULE(labels_are_checked),
        IN_MODULE(equal_labels_make_two_containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
