// SPDX-License-Identifier: Apache-2.0
// The rules of a real token, which hold when nothing is scripted; the state; the trace.
#include "fakes/test_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void every_pointer_is_there(void **state) {
    void *pointers[(sizeof *p11 - offsetof(CK_FUNCTION_LIST, C_Initialize)) / sizeof(void *)];
    memcpy(pointers, &p11->C_Initialize, sizeof pointers);
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++)
        assert_non_null(pointers[i]);
    assert_int_equal(p11->C_SeedRandom(0, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
}

static void nothing_works_before_initialize(void **state) {
    CK_ULONG count = 0;
    assert_int_equal(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_int_equal(p11->C_Finalize(NULL), CKR_OK);
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void use_after_fork(void) {
    CK_ULONG count = 0;
    _exit(p11->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_CRYPTOKI_NOT_INITIALIZED ? 7 : 1);
}

static void a_forked_child_is_not_initialized(void **state) {
    assert_int_equal(WEXITSTATUS(host_child(use_after_fork)), 7);
}

static void one_token_when_no_line_names_any(void **state) {
    CK_ULONG count = 8;
    CK_SLOT_ID slots[8];
    CK_TOKEN_INFO info;
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(p11->C_GetTokenInfo(slots[0], &info), CKR_OK);
    assert_memory_equal(info.label, "FAKE                            ", 32);
    assert_memory_equal(info.serialNumber, "0001            ", 16);
}

static void token_lines_are_slots(void **state) {
    CK_TOKEN_INFO info;
    CK_ULONG count = 0;
    host_script("# two cards\ntoken label=\"MY CARD\" serial=77 model=M1 pin=9999\n"
                "token label=OTHER manufacturer=me uninitialized\n");
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_memory_equal(info.label, "MY CARD  ", 9);
    assert_memory_equal(info.model, "M1  ", 4);
    assert_int_equal(p11->C_GetTokenInfo(2, &info), CKR_OK);
    assert_memory_equal(info.manufacturerID, "me  ", 4);
    assert_false(info.flags & CKF_TOKEN_INITIALIZED);
}

static void private_objects_hide_before_login(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_int_equal(host_count(session, CKO_PRIVATE_KEY), 1);
    assert_int_equal(p11->C_Logout(session), CKR_OK);
    assert_int_equal(host_count(session, CKO_PRIVATE_KEY), 0);
    assert_int_equal(host_count(session, CKO_PUBLIC_KEY), 1);
    struct host_bytes signature;
    assert_int_equal(host_sign(session, pair.private, CKM_ECDSA, &signature),
                     CKR_USER_NOT_LOGGED_IN);
}

static void login_is_shared_and_ends_with_the_last_session(void **state) {
    CK_SESSION_INFO info;
    const CK_SESSION_HANDLE first = host_login(), second = host_session();
    assert_int_equal(p11->C_GetSessionInfo(second, &info), CKR_OK);
    assert_int_equal(info.state, CKS_RW_USER_FUNCTIONS);
    assert_int_equal(host_pin(second, "1234"), CKR_USER_ALREADY_LOGGED_IN);
    assert_int_equal(p11->C_CloseSession(first), CKR_OK);
    assert_int_equal(p11->C_CloseSession(second), CKR_OK);
    assert_int_equal(p11->C_GetSessionInfo(host_session(), &info), CKR_OK);
    assert_int_equal(info.state, CKS_RW_PUBLIC_SESSION);
}

static void a_read_only_session_writes_nothing(void **state) {
    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(p11->C_OpenSession(1, 0, NULL, NULL, &session),
                     CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    assert_int_equal(p11->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    assert_int_equal(host_write_certificate(session, &object), CKR_SESSION_READ_ONLY);
    assert_int_equal(p11->C_Login(session, CKU_SO, (CK_UTF8CHAR *)"12345678", 8),
                     CKR_SESSION_READ_ONLY_EXISTS);
}

static void private_values_are_sensitive(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_P256);
    CK_BYTE buffer[64];
    CK_ATTRIBUTE asked[] = {{CKA_VALUE, buffer, sizeof buffer}, {CKA_ID, buffer, sizeof buffer}};
    assert_int_equal(p11->C_GetAttributeValue(session, pair.private, asked, 2),
                     CKR_ATTRIBUTE_SENSITIVE);
    assert_int_equal(asked[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(asked[1].ulValueLen, 2);
    assert_true(host_flag(session, pair.private, CKA_NEVER_EXTRACTABLE));
    assert_true(host_flag(session, pair.private, CKA_ALWAYS_SENSITIVE));
    assert_true(host_flag(session, pair.private, CKA_LOCAL));
}

static void objects_are_written_changed_and_destroyed(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE label = {CKA_LABEL, "new", 3};
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE other = {CKA_CLASS, &class, sizeof class};
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    assert_int_equal(p11->C_SetAttributeValue(session, object, &label, 1), CKR_OK);
    assert_memory_equal(host_get(session, object, CKA_LABEL).data, "new", 3);
    assert_int_equal(p11->C_SetAttributeValue(session, object, &other, 1), CKR_ATTRIBUTE_READ_ONLY);
    assert_int_equal(p11->C_DestroyObject(session, object), CKR_OK);
    assert_int_equal(p11->C_DestroyObject(session, object), CKR_OBJECT_HANDLE_INVALID);
}

static void a_small_buffer_is_told(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_OBJECT_HANDLE object = 0;
    CK_BYTE byte = 0;
    CK_ATTRIBUTE id = {CKA_ID, &byte, 1};
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    assert_int_equal(p11->C_GetAttributeValue(session, object, &id, 1), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(id.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void random_bytes_differ(void **state) {
    CK_BYTE one[16], two[16];
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(p11->C_GenerateRandom(session, one, sizeof one), CKR_OK);
    assert_int_equal(p11->C_GenerateRandom(session, two, sizeof two), CKR_OK);
    assert_memory_not_equal(one, two, sizeof one);
}

static void memory_is_forgotten_without_a_state(void **state) {
    host_keys(host_login(), HOST_P256);
    host_restart();
    assert_int_equal(host_count(host_login(), CKO_PRIVATE_KEY), 0);
}

static void the_state_survives_the_program(void **state) {
    struct host_bytes signature;
    host_keep_state();
    host_keys(host_login(), HOST_P256);
    host_restart();
    const CK_SESSION_HANDLE session = host_login();
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;
    assert_int_equal(p11->C_FindObjectsInit(session, &template, 1), CKR_OK);
    assert_int_equal(p11->C_FindObjects(session, &key, 1, &count), CKR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(host_sign(session, key, CKM_ECDSA, &signature), CKR_OK);
}

static void mistype_in_a_second_program(void) {
    host_restart();
    _exit(host_pin(host_session(), "0000") == CKR_PIN_INCORRECT ? 7 : 1);
}

static void two_processes_share_the_tries(void **state) {
    host_keep_state();
    host_script("pin-tries 3");
    assert_int_equal(host_pin(host_session(), "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(WEXITSTATUS(host_child(mistype_in_a_second_program)), 7);
    assert_true(host_token_flags() & CKF_USER_PIN_FINAL_TRY);
}

static void write_in_a_second_program(void) {
    CK_OBJECT_HANDLE object = 0;
    host_restart();
    _exit(host_write_certificate(host_session(), &object) == CKR_OK ? 7 : 1);
}

static void objects_of_another_process_are_seen(void **state) {
    host_keep_state();
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(WEXITSTATUS(host_child(write_in_a_second_program)), 7);
    assert_int_equal(host_count(session, CKO_CERTIFICATE), 1);
}

static void a_state_that_cannot_be_written_is_an_error(void **state) {
    CK_OBJECT_HANDLE object = 0;
    host_keep_state();
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    // A folder where the new file would go stops root as well.
    assert_int_equal(mkdir(host_path("state/slot1-0001.token.new"), 0700), 0);
    assert_int_equal(host_write_certificate(session, &object), CKR_DEVICE_ERROR);
    assert_int_equal(host_count(session, CKO_CERTIFICATE), 1);
}

static void the_state_holds_no_pin(void **state) {
    char text[8192] = "";
    host_keep_state();
    host_script("token pin=canary-4711");
    assert_int_equal(host_pin(host_session(), "wrong"), CKR_PIN_INCORRECT);
    FILE *file = fopen(host_path("state/slot1-0001.token"), "re");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_null(strstr(text, "canary-4711"));
    assert_null(strstr(text, "63616e617279"));
}

static void the_trace_has_a_line_for_each_call(void **state) {
    char text[256] = "";
    setenv("FAKE_TOKEN_TRACE", host_path("trace"), 1);
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "0000"), CKR_PIN_INCORRECT);
    assert_int_equal(p11->C_CloseSession(session), CKR_OK);
    FILE *file = fopen(host_path("trace"), "re");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_string_equal(text,
                        "C_OpenSession CKR_OK\nC_Login CKR_PIN_INCORRECT\nC_CloseSession CKR_OK\n");
}

const struct CMUnitTest rule_tests[] = {
    HOST_TEST(every_pointer_is_there),
    HOST_TEST(nothing_works_before_initialize),
    HOST_TEST(a_forked_child_is_not_initialized),
    HOST_TEST(one_token_when_no_line_names_any),
    HOST_TEST(token_lines_are_slots),
    HOST_TEST(private_objects_hide_before_login),
    HOST_TEST(login_is_shared_and_ends_with_the_last_session),
    HOST_TEST(a_read_only_session_writes_nothing),
    HOST_TEST(private_values_are_sensitive),
    HOST_TEST(objects_are_written_changed_and_destroyed),
    HOST_TEST(a_small_buffer_is_told),
    HOST_TEST(random_bytes_differ),
    HOST_TEST(memory_is_forgotten_without_a_state),
    HOST_TEST(the_state_survives_the_program),
    HOST_TEST(two_processes_share_the_tries),
    HOST_TEST(objects_of_another_process_are_seen),
    HOST_TEST(a_state_that_cannot_be_written_is_an_error),
    HOST_TEST(the_state_holds_no_pin),
    HOST_TEST(the_trace_has_a_line_for_each_call),
};
const size_t rule_test_count = sizeof rule_tests / sizeof rule_tests[0];
