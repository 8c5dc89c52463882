// SPDX-License-Identifier: Apache-2.0
// PINs: tries, locks, expiry, pin pads, and who may change what.
#include "fakes/test_host.h"

#include <string.h>

static CK_RV so_pin(CK_SESSION_HANDLE session, const char *pin) {
    return p11->C_Login(session, CKU_SO, (CK_UTF8CHAR *)pin, strlen(pin));
}

static CK_RV change(CK_SESSION_HANDLE session, const char *old, const char *fresh) {
    return p11->C_SetPIN(session, (CK_UTF8CHAR *)old, strlen(old), (CK_UTF8CHAR *)fresh,
                         strlen(fresh));
}

enum { USER_PIN_FLAGS = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED };

static void the_pin_locks_after_three_tries(void **state) {
    host_script("pin-tries 3");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_token_flags() & USER_PIN_FLAGS, 0);
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(host_token_flags() & USER_PIN_FLAGS, CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(host_token_flags() & USER_PIN_FLAGS,
                     CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(host_token_flags() & USER_PIN_FLAGS, CKF_USER_PIN_LOCKED);
    assert_int_equal(host_pin(session, "1234"), CKR_PIN_LOCKED);
}

static void a_right_pin_gives_the_tries_back(void **state) {
    host_script("pin-tries 3");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
    assert_int_equal(host_token_flags() & USER_PIN_FLAGS, 0);
}

static void the_officer_unblocks_the_pin(void **state) {
    host_script("pin-tries 1");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(host_pin(session, "1234"), CKR_PIN_LOCKED);
    assert_int_equal(p11->C_InitPIN(session, (CK_UTF8CHAR *)"5678", 4), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(so_pin(session, "12345678"), CKR_OK);
    assert_int_equal(p11->C_InitPIN(session, (CK_UTF8CHAR *)"5678", 4), CKR_OK);
    assert_int_equal(p11->C_Logout(session), CKR_OK);
    assert_int_equal(host_pin(session, "5678"), CKR_OK);
}

static void the_officer_locks_too(void **state) {
    host_script("so-pin-tries 2");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(so_pin(session, "00000000"), CKR_PIN_INCORRECT);
    assert_true(host_token_flags() & CKF_SO_PIN_FINAL_TRY);
    assert_int_equal(so_pin(session, "00000000"), CKR_PIN_INCORRECT);
    assert_true(host_token_flags() & CKF_SO_PIN_LOCKED);
    assert_int_equal(so_pin(session, "12345678"), CKR_PIN_LOCKED);
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
}

static void an_empty_pin_is_refused_and_not_counted(void **state) {
    host_script("pin-tries 1");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, ""), CKR_PIN_LEN_RANGE);
    assert_int_equal(p11->C_Login(session, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
}

static void an_expired_pin_has_to_be_changed(void **state) {
    host_script("pin-expired");
    const CK_SESSION_HANDLE session = host_session();
    assert_true(host_token_flags() & CKF_USER_PIN_TO_BE_CHANGED);
    assert_int_equal(host_pin(session, "1234"), CKR_PIN_EXPIRED);
    assert_int_equal(change(session, "1234", "5678"), CKR_OK);
    assert_false(host_token_flags() & CKF_USER_PIN_TO_BE_CHANGED);
    assert_int_equal(host_pin(session, "5678"), CKR_OK);
}

static void a_wrong_pin_answers_as_scripted(void **state) {
    host_script("pin-bad-code CKR_GENERAL_ERROR");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "0000"), CKR_GENERAL_ERROR);
    assert_true(host_token_flags() & CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
}

static void a_pinpad_takes_no_pin_from_the_program(void **state) {
    host_script("pinpad");
    const CK_SESSION_HANDLE session = host_session();
    assert_true(host_token_flags() & CKF_PROTECTED_AUTHENTICATION_PATH);
    assert_int_equal(p11->C_Login(session, CKU_USER, NULL, 0), CKR_OK);
}

static void the_person_at_the_pinpad_errs_or_cancels(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    host_script("pinpad wrong");
    assert_int_equal(p11->C_Login(session, CKU_USER, NULL, 0), CKR_PIN_INCORRECT);
    assert_true(host_token_flags() & CKF_USER_PIN_COUNT_LOW);
    host_script("pinpad cancel");
    assert_int_equal(p11->C_Login(session, CKU_USER, NULL, 0), CKR_FUNCTION_CANCELED);
}

static void a_new_pin_has_to_keep_the_limits(void **state) {
    CK_TOKEN_INFO info;
    host_script("min-pin 6 max-pin 8");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_int_equal(info.ulMinPinLen, 6);
    assert_int_equal(info.ulMaxPinLen, 8);
    assert_int_equal(host_pin(session, "00000"), CKR_PIN_LEN_RANGE);
    host_script("max-pin 8");
    assert_int_equal(change(session, "1234", "123456789"), CKR_PIN_LEN_RANGE);
    assert_int_equal(change(session, "0000", "123456"), CKR_PIN_INCORRECT);
    assert_int_equal(change(session, "1234", "123456"), CKR_OK);
    assert_int_equal(host_pin(session, "123456"), CKR_OK);
}

static void a_blank_token_is_initialized_step_by_step(void **state) {
    CK_UTF8CHAR label[33] = "NEW                             ";
    host_script("token uninitialized");
    host_restart();
    assert_int_equal(p11->C_InitToken(1, (CK_UTF8CHAR *)"87654321", 8, label), CKR_OK);
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "1234"), CKR_USER_PIN_NOT_INITIALIZED);
    assert_int_equal(so_pin(session, "87654321"), CKR_OK);
    assert_int_equal(p11->C_InitPIN(session, (CK_UTF8CHAR *)"1234", 4), CKR_OK);
    assert_int_equal(p11->C_InitToken(1, (CK_UTF8CHAR *)"87654321", 8, label), CKR_SESSION_EXISTS);
    assert_true(host_token_flags() & CKF_TOKEN_INITIALIZED);
}

static void initializing_again_needs_the_officer_and_wipes(void **state) {
    CK_UTF8CHAR label[33] = "WIPED                           ";
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(host_write_certificate(host_session(), &object), CKR_OK);
    assert_int_equal(p11->C_CloseAllSessions(1), CKR_OK);
    assert_int_equal(p11->C_InitToken(1, (CK_UTF8CHAR *)"00000000", 8, label), CKR_PIN_INCORRECT);
    assert_int_equal(p11->C_InitToken(1, (CK_UTF8CHAR *)"12345678", 8, label), CKR_OK);
    assert_int_equal(host_count(host_session(), CKO_CERTIFICATE), 0);
    assert_false(host_token_flags() & CKF_USER_PIN_INITIALIZED);
}

static void a_token_may_come_without_a_user_pin(void **state) {
    host_script("token no-pin");
    host_restart();
    assert_false(host_token_flags() & CKF_USER_PIN_INITIALIZED);
    assert_int_equal(host_pin(host_session(), "1234"), CKR_USER_PIN_NOT_INITIALIZED);
}

const struct CMUnitTest pin_tests[] = {
    HOST_TEST(the_pin_locks_after_three_tries),
    HOST_TEST(a_right_pin_gives_the_tries_back),
    HOST_TEST(the_officer_unblocks_the_pin),
    HOST_TEST(the_officer_locks_too),
    HOST_TEST(an_empty_pin_is_refused_and_not_counted),
    HOST_TEST(an_expired_pin_has_to_be_changed),
    HOST_TEST(a_wrong_pin_answers_as_scripted),
    HOST_TEST(a_pinpad_takes_no_pin_from_the_program),
    HOST_TEST(the_person_at_the_pinpad_errs_or_cancels),
    HOST_TEST(a_new_pin_has_to_keep_the_limits),
    HOST_TEST(a_blank_token_is_initialized_step_by_step),
    HOST_TEST(initializing_again_needs_the_officer_and_wipes),
    HOST_TEST(a_token_may_come_without_a_user_pin),
};
const size_t pin_test_count = sizeof pin_tests / sizeof pin_tests[0];
