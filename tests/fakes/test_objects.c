// SPDX-License-Identifier: Apache-2.0
// Objects: each way in which a token keeps them other than asked.
#include "fakes/test_host.h"

static void a_full_token_takes_no_more(void **state) {
    CK_OBJECT_HANDLE object = 0;
    struct host_pair pair;
    const CK_SESSION_HANDLE session = host_login();
    host_script("full after 2 objects");
    host_keys(session, HOST_P256);
    assert_int_equal(host_write_certificate(session, &object), CKR_DEVICE_MEMORY);
    host_script("full");
    assert_int_equal(host_generate(session, HOST_P256, &pair), CKR_DEVICE_MEMORY);
    host_script("");
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
}

static void a_write_protected_token_stays_as_it_is(void **state) {
    CK_OBJECT_HANDLE object = 0;
    CK_SESSION_HANDLE other = 0;
    const CK_SESSION_HANDLE session = host_session();
    host_script("write-protected");
    assert_true(host_token_flags() & CKF_WRITE_PROTECTED);
    assert_int_equal(host_write_certificate(session, &object), CKR_TOKEN_WRITE_PROTECTED);
    assert_int_equal(p11->C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &other),
                     CKR_TOKEN_WRITE_PROTECTED);
}

static void named_attributes_cannot_be_changed(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    const struct host_pair pair = host_keys(session, HOST_P256);
    CK_ATTRIBUTE id = {CKA_ID, "xx", 2}, label = {CKA_LABEL, "xx", 2};
    CK_ATTRIBUTE subject = {CKA_SUBJECT, "xx", 2};
    host_script("read-only-attributes CKA_ID,CKA_LABEL");
    assert_int_equal(p11->C_SetAttributeValue(session, pair.private, &id, 1),
                     CKR_ATTRIBUTE_READ_ONLY);
    assert_int_equal(p11->C_SetAttributeValue(session, pair.private, &label, 1),
                     CKR_ATTRIBUTE_READ_ONLY);
    assert_int_equal(p11->C_SetAttributeValue(session, pair.private, &subject, 1), CKR_OK);
}

static void named_attributes_are_refused(void **state) {
    struct host_pair pair;
    const CK_SESSION_HANDLE session = host_login();
    host_script("refuse-attribute CKA_ID");
    assert_int_equal(host_generate(session, HOST_P256, &pair), CKR_ATTRIBUTE_TYPE_INVALID);
    host_script("refuse-attribute CKA_WRAP");
    assert_int_equal(host_generate(session, HOST_P256, &pair), CKR_OK);
}

static void only_named_mechanisms_are_there(void **state) {
    struct host_pair pair;
    CK_ULONG count = 0;
    CK_MECHANISM_INFO info;
    const CK_SESSION_HANDLE session = host_login();
    host_script("mechanisms CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_RSA_PKCS");
    assert_int_equal(p11->C_GetMechanismList(1, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(p11->C_GetMechanismInfo(1, CKM_ECDSA, &info), CKR_MECHANISM_INVALID);
    assert_int_equal(p11->C_GetMechanismInfo(1, CKM_RSA_PKCS, &info), CKR_OK);
    assert_int_equal(host_generate(session, HOST_P256, &pair), CKR_MECHANISM_INVALID);
}

static void the_token_chooses_the_id(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    host_script("own-id");
    const struct host_pair pair = host_keys(session, HOST_P256);
    const struct host_bytes public = host_get(session, pair.public, CKA_ID);
    const struct host_bytes private = host_get(session, pair.private, CKA_ID);
    assert_int_equal(public.len, 3);
    assert_memory_equal(public.data, private.data, 3);
    const struct host_pair next = host_keys(session, HOST_P256);
    assert_memory_not_equal(host_get(session, next.public, CKA_ID).data, public.data, 3);
}

static void the_public_key_ends_with_the_session(void **state) {
    const CK_SESSION_HANDLE keep = host_session(), session = host_login();
    host_script("no-public-object");
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_true(host_get(session, pair.public, CKA_EC_POINT).len > 0);
    assert_int_equal(p11->C_CloseSession(session), CKR_OK);
    assert_int_equal(host_count(keep, CKO_PUBLIC_KEY), 0);
    assert_int_equal(host_count(keep, CKO_PRIVATE_KEY), 1);
}

static void a_raw_point_has_no_wrapping(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    assert_int_equal(host_get(session, host_keys(session, HOST_P256).public, CKA_EC_POINT).len, 67);
    host_script("raw-ec-point");
    const struct host_bytes point =
        host_get(session, host_keys(session, HOST_P256).public, CKA_EC_POINT);
    assert_int_equal(point.len, 65);
    assert_int_equal(point.data[0], 4);
}

static void a_key_is_less_protected_than_asked(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    host_script("extractable\nno-sensitive");
    const struct host_pair pair = host_keys(session, HOST_P256);
    assert_true(host_flag(session, pair.private, CKA_EXTRACTABLE));
    assert_false(host_flag(session, pair.private, CKA_NEVER_EXTRACTABLE));
    assert_false(host_flag(session, pair.private, CKA_SENSITIVE));
    assert_int_equal(host_get(session, pair.private, CKA_VALUE).len, 32);
}

static void a_new_key_goes_over_the_old_one(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    host_script("overwrite-key");
    host_keys(session, HOST_P256);
    host_keys(session, HOST_P256);
    assert_int_equal(host_count(session, CKO_PRIVATE_KEY), 1);
    assert_int_equal(host_count(session, CKO_PUBLIC_KEY), 1);
}

const struct CMUnitTest object_tests[] = {
    HOST_TEST(a_full_token_takes_no_more),
    HOST_TEST(a_write_protected_token_stays_as_it_is),
    HOST_TEST(named_attributes_cannot_be_changed),
    HOST_TEST(named_attributes_are_refused),
    HOST_TEST(only_named_mechanisms_are_there),
    HOST_TEST(the_token_chooses_the_id),
    HOST_TEST(the_public_key_ends_with_the_session),
    HOST_TEST(a_raw_point_has_no_wrapping),
    HOST_TEST(a_key_is_less_protected_than_asked),
    HOST_TEST(a_new_key_goes_over_the_old_one),
};
const size_t object_test_count = sizeof object_tests / sizeof object_tests[0];
