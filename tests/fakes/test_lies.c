// SPDX-License-Identifier: Apache-2.0
// Lies: lengths, counts, labels, handles and signatures that are not so.
#include "fakes/test_host.h"

#include <string.h>

// Asks for the length, then for the value in a buffer of the true length filled with 0xee.
static void ask_twice(const char *script, CK_ULONG *ret_first, CK_ULONG *ret_second,
                      unsigned char value[64]) {
    const CK_SESSION_HANDLE session = host_session();
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    const CK_ULONG real = host_get(session, object, CKA_VALUE).len;
    host_script(script);
    CK_ATTRIBUTE asked = {CKA_VALUE, NULL, 0};
    assert_int_equal(p11->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    *ret_first = asked.ulValueLen;
    memset(value, 0xee, 64);
    asked = (CK_ATTRIBUTE){CKA_VALUE, value, real};
    assert_int_equal(p11->C_GetAttributeValue(session, object, &asked, 1), CKR_OK);
    *ret_second = asked.ulValueLen;
}

static void a_length_can_be_absurd(void **state) {
    CK_ULONG first = 0, second = 0;
    unsigned char value[64];
    ask_twice("lie length CKA_VALUE 0x7fffffffffffffff", &first, &second, value);
    assert_true(first == 0x7fffffffffffffff);
    assert_true(second == 0x7fffffffffffffff);
}

static void a_length_can_be_unavailable(void **state) {
    CK_ULONG first = 0, second = 0;
    unsigned char value[64];
    ask_twice("lie length CKA_VALUE unavailable", &first, &second, value);
    assert_true(first == CK_UNAVAILABLE_INFORMATION);
    assert_true(second == CK_UNAVAILABLE_INFORMATION);
}

static void the_second_answer_can_be_longer(void **state) {
    CK_ULONG first = 0, second = 0;
    unsigned char value[64];
    ask_twice("lie length CKA_VALUE longer", &first, &second, value);
    assert_int_equal(second, first + 16);
    assert_int_equal(value[first], 0xee);
}

static void the_second_answer_can_be_shorter(void **state) {
    CK_ULONG first = 0, second = 0;
    unsigned char value[64];
    ask_twice("lie length CKA_VALUE shorter", &first, &second, value);
    assert_int_equal(second, first / 2);
    assert_memory_equal(value, "certificate, as the ", second);
    assert_int_equal(value[second], 0xee);
}

static void only_the_named_attribute_lies(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_OBJECT_HANDLE object = 0;
    host_script("lie length CKA_VALUE unavailable");
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    assert_int_equal(host_get(session, object, CKA_ID).len, 2);
}

static void the_slot_list_grows_for_ever(void **state) {
    CK_SLOT_ID slots[64];
    CK_ULONG count = 0;
    host_script("lie slots grow");
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    for (int i = 0; i < 8; i++) {
        const CK_ULONG before = count;
        assert_int_equal(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_BUFFER_TOO_SMALL);
        assert_true(count > before);
    }
}

static void there_seem_to_be_many_slots(void **state) {
    CK_SLOT_ID slots[300];
    CK_ULONG count = 300;
    CK_SLOT_INFO info;
    host_script("lie slots 300");
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    assert_int_equal(count, 300);
    assert_int_equal(p11->C_GetSlotInfo(slots[299], &info), CKR_SLOT_ID_INVALID);
}

static void there_seem_to_be_many_mechanisms(void **state) {
    CK_MECHANISM_TYPE types[2000];
    CK_ULONG count = 0;
    host_script("lie mechanisms 2000");
    assert_int_equal(p11->C_GetMechanismList(1, NULL, &count), CKR_OK);
    assert_int_equal(count, 2000);
    assert_int_equal(p11->C_GetMechanismList(1, types, &count), CKR_OK);
    count = 10;
    assert_int_equal(p11->C_GetMechanismList(1, types, &count), CKR_BUFFER_TOO_SMALL);
}

static CK_RV find(CK_SESSION_HANDLE session, CK_ULONG *ret_count) {
    CK_OBJECT_HANDLE found[16];
    return p11->C_FindObjects(session, found, 16, ret_count);
}

static void there_seem_to_be_more_objects(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_ULONG count = 0;
    host_script("lie objects 20");
    assert_int_equal(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    assert_int_equal(find(session, &count), CKR_OK);
    assert_int_equal(count, 16);
    assert_int_equal(find(session, &count), CKR_OK);
    assert_int_equal(count, 4);
}

static void the_search_never_ends(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_ULONG count = 0;
    host_script("lie objects forever");
    assert_int_equal(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(find(session, &count), CKR_OK);
        assert_int_equal(count, 16);
    }
}

static void the_search_says_more_than_was_asked(void **state) {
    const CK_SESSION_HANDLE session = host_session();
    CK_ULONG count = 0;
    host_script("lie objects overcount");
    assert_int_equal(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
    assert_int_equal(find(session, &count), CKR_OK);
    assert_int_equal(count, 17);
}

static void a_signature_has_a_wrong_length(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_P256);
    struct host_bytes signature;
    host_script("lie sign-length 1000000");
    assert_int_equal(host_sign(session, pair.private, CKM_ECDSA, &signature), CKR_OK);
    assert_int_equal(signature.len, 1000000);
    host_script("lie sign-length 0");
    assert_int_equal(host_sign(session, pair.private, CKM_ECDSA, &signature), CKR_OK);
    assert_int_equal(signature.len, 0);
}

static void a_signature_is_wrong(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_ED25519);
    struct host_bytes right, wrong;
    assert_int_equal(host_sign(session, pair.private, CKM_EDDSA, &right), CKR_OK);
    host_script("lie sign wrong");
    assert_int_equal(host_sign(session, pair.private, CKM_EDDSA, &wrong), CKR_OK);
    assert_int_equal(right.len, wrong.len);
    assert_memory_not_equal(right.data, wrong.data, right.len);
}

static void a_label_can_be_any_bytes(void **state) {
    CK_TOKEN_INFO info;
    host_script("lie label raw 1b5b326aff0041");
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_memory_equal(info.label, "\x1b[2j\xff\0A                         ", 32);
}

static void the_private_handle_is_no_key(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    struct host_bytes signature;
    host_script("lie key-handle");
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_int_equal(host_sign(session, pair.private, CKM_ECDSA, &signature),
                     CKR_KEY_HANDLE_INVALID);
}

const struct CMUnitTest lie_tests[] = {
    HOST_TEST(a_length_can_be_absurd),
    HOST_TEST(a_length_can_be_unavailable),
    HOST_TEST(the_second_answer_can_be_longer),
    HOST_TEST(the_second_answer_can_be_shorter),
    HOST_TEST(only_the_named_attribute_lies),
    HOST_TEST(the_slot_list_grows_for_ever),
    HOST_TEST(there_seem_to_be_many_slots),
    HOST_TEST(there_seem_to_be_many_mechanisms),
    HOST_TEST(there_seem_to_be_more_objects),
    HOST_TEST(the_search_never_ends),
    HOST_TEST(the_search_says_more_than_was_asked),
    HOST_TEST(a_signature_has_a_wrong_length),
    HOST_TEST(a_signature_is_wrong),
    HOST_TEST(a_label_can_be_any_bytes),
    HOST_TEST(the_private_handle_is_no_key),
};
const size_t lie_test_count = sizeof lie_tests / sizeof lie_tests[0];
