// SPDX-License-Identifier: Apache-2.0
// Objects: created, read, changed, copied, destroyed; of the token and of sessions.
#include "module_objects.h"

#include "module/objects.h"

static CK_OBJECT_HANDLE make_data(CK_BBOOL token, CK_BBOOL private, char *label) {
    return created(TEMPLATE(NUMBER(CKA_CLASS, data_class), FLAG(CKA_TOKEN, token),
                            FLAG(CKA_PRIVATE, private), {CKA_LABEL, label, strlen(label)},
                            TEXT(CKA_VALUE, "what is kept")));
}

static void data_is_read_as_it_was_written(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "read");
    assert_true(bytes_are(object, CKA_VALUE, "what is kept", 12));
    assert_true(bytes_are(object, CKA_LABEL, "read", 4));
    assert_true(bytes_are(object, CKA_APPLICATION, "", 0));
    assert_int_equal(number_of(object, CKA_CLASS), CKO_DATA);
    assert_true(flag_of(object, CKA_TOKEN));
    assert_true(flag_of(object, CKA_MODIFIABLE));
    assert_true(flag_of(object, CKA_DESTROYABLE));
    assert_false(flag_of(object, CKA_PRIVATE));
}

static void a_certificate_says_who_it_is(void **state) {
    unsigned char *der = NULL;
    int len = make_cert(&der, 4711);
    CK_BYTE serial[] = {0x02, 0x02, 0x12, 0x67};
    CK_OBJECT_HANDLE object =
        created(TEMPLATE(NUMBER(CKA_CLASS, cert_class), NUMBER(CKA_CERTIFICATE_TYPE, x509),
                         FLAG(CKA_TOKEN, yes), {CKA_VALUE, der, (CK_ULONG)len}));
    CK_BYTE digest[20];
    EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha1(), NULL);
    assert_true(bytes_are(object, CKA_VALUE, der, (size_t)len));
    assert_true(bytes_are(object, CKA_SERIAL_NUMBER, serial, sizeof serial));
    assert_true(bytes_are(object, CKA_CHECK_VALUE, digest, 3));
    CK_ULONG subject_len = 0, issuer_len = 0;
    assert_ok(get(object, CKA_SUBJECT, NULL, &subject_len));
    assert_ok(get(object, CKA_ISSUER, NULL, &issuer_len));
    assert_int_equal(subject_len, issuer_len);
    assert_true(subject_len > 10);
    OPENSSL_free(der);
}

static void a_broken_certificate_is_refused(void **state) {
    unsigned char *der = NULL;
    int len = make_cert(&der, 1);
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, cert_class),
                                 NUMBER(CKA_CERTIFICATE_TYPE, x509),
                                 {CKA_VALUE, der, (CK_ULONG)len - 1}};
    assert_rv(create(attributes, 3, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    der[0] = 0x31;
    attributes[2].ulValueLen = (CK_ULONG)len;
    assert_rv(create(attributes, 3, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(object, 0);
    OPENSSL_free(der);
}

static void each_attribute_is_answered_by_itself(void **state) {
    CK_BYTE label[4] = {0}, small[2], value[64];
    struct pair pair = make_pair(&make_ec, CK_FALSE, "each");
    CK_ATTRIBUTE wanted[] = {{CKA_LABEL, label, sizeof label},
                             {CKA_VALUE, value, sizeof value},
                             {CKA_MODULUS, value, sizeof value},
                             {CKA_ID, small, sizeof small},
                             {CKA_EC_PARAMS, value, sizeof value}};
    CK_RV rv = C_GetAttributeValue(session, pair.private, wanted, KF_COUNT(wanted));
    assert_true(rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID);
    assert_int_equal(wanted[0].ulValueLen, 0);
    assert_int_equal(wanted[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(wanted[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(wanted[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(wanted[4].ulValueLen, sizeof p256);
    assert_memory_equal(value, p256, sizeof p256);
    assert_rv(C_GetAttributeValue(session, pair.private, &wanted[3], 1), CKR_BUFFER_TOO_SMALL);
}

static void lengths_are_told_before_values(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_FALSE, CK_FALSE, "lengths");
    CK_ATTRIBUTE wanted[] = {{CKA_LABEL, NULL, 0}, {CKA_VALUE, NULL, 99}, {CKA_CLASS, NULL, 0}};
    assert_ok(C_GetAttributeValue(session, object, wanted, 3));
    assert_int_equal(wanted[0].ulValueLen, 7);
    assert_int_equal(wanted[1].ulValueLen, 12);
    assert_int_equal(wanted[2].ulValueLen, sizeof(CK_ULONG));
}

static void changes_are_kept(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "before");
    assert_ok(set(object, CKA_LABEL, "and after", 9));
    assert_true(bytes_are(object, CKA_LABEL, "and after", 9));
    assert_true(bytes_are(object, CKA_VALUE, "what is kept", 12));
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "before"))), 0);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "and after"))), 1);
}

static void changes_of_what_is_hidden_are_kept(void **state) {
    make_data(CK_TRUE, CK_TRUE, "hidden before");
    CK_OBJECT_HANDLE object = 0;
    find_in(session, TEMPLATE(TEXT(CKA_LABEL, "hidden before")), &object);
    assert_ok(set(object, CKA_VALUE, "something else", 14));
    assert_ok(C_Logout(session));
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_equal(find_in(session, TEMPLATE(TEXT(CKA_LABEL, "hidden before")), &object), 1);
    assert_true(bytes_are(object, CKA_VALUE, "something else", 14));
}

static void what_is_not_modifiable_stays(void **state) {
    CK_OBJECT_HANDLE object =
        created(TEMPLATE(NUMBER(CKA_CLASS, data_class), FLAG(CKA_MODIFIABLE, no),
                         FLAG(CKA_DESTROYABLE, no), FLAG(CKA_COPYABLE, no)));
    CK_OBJECT_HANDLE copy = 0;
    assert_rv(set(object, CKA_LABEL, "x", 1), CKR_ACTION_PROHIBITED);
    assert_rv(C_CopyObject(session, object, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
    assert_rv(C_DestroyObject(session, object), CKR_ACTION_PROHIBITED);
}

static void a_copy_is_an_object_of_its_own(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_FALSE, CK_FALSE, "original"), copy = 0;
    CK_ATTRIBUTE changes[] = {FLAG(CKA_TOKEN, yes), FLAG(CKA_PRIVATE, yes),
                              TEXT(CKA_LABEL, "copied")};
    assert_ok(C_CopyObject(session, object, changes, 3, &copy));
    assert_ok(C_DestroyObject(session, object));
    assert_true(bytes_are(copy, CKA_VALUE, "what is kept", 12));
    assert_true(bytes_are(copy, CKA_LABEL, "copied", 6));
    assert_true(flag_of(copy, CKA_TOKEN));
    assert_true(flag_of(copy, CKA_PRIVATE));
}

static void what_is_private_is_not_copied_into_the_open(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_FALSE, CK_TRUE, "hidden"), copy = 0;
    CK_ATTRIBUTE changes[] = {FLAG(CKA_PRIVATE, no)};
    assert_rv(C_CopyObject(session, object, changes, 1, &copy), CKR_TEMPLATE_INCONSISTENT);
}

static void a_destroyed_object_is_gone(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "destroyed");
    CK_ULONG len = 0;
    assert_ok(C_DestroyObject(session, object));
    assert_rv(C_DestroyObject(session, object), CKR_OBJECT_HANDLE_INVALID);
    assert_rv(get(object, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "destroyed"))), 0);
}

static void session_objects_are_seen_by_all_and_go_with_their_session(void **state) {
    CK_SESSION_HANDLE other = open_session(slot, 0);
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, data_class), TEXT(CKA_LABEL, "shared")};
    assert_ok(C_CreateObject(other, attributes, 2, &object));
    assert_true(bytes_are(object, CKA_LABEL, "shared", 6));
    assert_int_equal(find(attributes, 2), 1);
    assert_ok(C_CloseSession(other));
    assert_int_equal(find(attributes, 2), 0);
    CK_ULONG len = 0;
    assert_rv(get(object, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
}

static void a_read_only_session_makes_session_objects_only(void **state) {
    CK_SESSION_HANDLE reader = open_session(slot, 0);
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "read only"), other = 0;
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, data_class), FLAG(CKA_TOKEN, yes)};
    CK_ATTRIBUTE change = TEXT(CKA_LABEL, "new");
    assert_rv(C_CreateObject(reader, attributes, 2, &other), CKR_SESSION_READ_ONLY);
    assert_rv(C_SetAttributeValue(reader, object, &change, 1), CKR_SESSION_READ_ONLY);
    assert_rv(C_CopyObject(reader, object, NULL, 0, &other), CKR_SESSION_READ_ONLY);
    assert_rv(C_DestroyObject(reader, object), CKR_SESSION_READ_ONLY);
    assert_ok(C_CreateObject(reader, attributes, 1, &other));
    assert_ok(C_CloseSession(reader));
}

static void private_objects_are_there_after_login_only(void **state) {
    CK_OBJECT_HANDLE kept = make_data(CK_TRUE, CK_TRUE, "private kept");
    CK_OBJECT_HANDLE passing = make_data(CK_FALSE, CK_TRUE, "private passing"), found = 0;
    CK_ULONG len = 0;
    assert_ok(C_Logout(session));
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "private kept"))), 0);
    assert_rv(get(kept, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_equal(find_in(session, TEMPLATE(TEXT(CKA_LABEL, "private kept")), &found), 1);
    assert_true(bytes_are(found, CKA_VALUE, "what is kept", 12));
    /* 5.6: handles of private objects stay invalid, private session objects are destroyed */
    assert_rv(get(kept, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
    assert_rv(get(passing, CKA_LABEL, NULL, &len), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "private passing"))), 0);
}

static void without_login_nothing_is_written(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "public"), other = 0;
    assert_ok(C_Logout(session));
    CK_ATTRIBUTE attributes[] = {NUMBER(CKA_CLASS, data_class), FLAG(CKA_TOKEN, yes)};
    assert_rv(create(attributes, 2, &other), CKR_USER_NOT_LOGGED_IN);
    assert_rv(C_DestroyObject(session, object), CKR_USER_NOT_LOGGED_IN);
    attributes[1] = (CK_ATTRIBUTE)FLAG(CKA_PRIVATE, yes);
    assert_rv(create(attributes, 2, &other), CKR_USER_NOT_LOGGED_IN);
    assert_ok(create(attributes, 1, &other));
    assert_true(bytes_are(object, CKA_LABEL, "public", 6));
}

static void the_so_writes_public_objects(void **state) {
    CK_OBJECT_HANDLE object = 0;
    unsigned char *der = NULL;
    int len = make_cert(&der, 2);
    assert_ok(C_Logout(session));
    assert_ok(login(session, CKU_SO, SO_PIN));
    object = created(TEMPLATE(NUMBER(CKA_CLASS, cert_class), NUMBER(CKA_CERTIFICATE_TYPE, x509),
                              FLAG(CKA_TOKEN, yes), FLAG(CKA_TRUSTED, yes),
                              {CKA_VALUE, der, (CK_ULONG)len}));
    assert_true(flag_of(object, CKA_TRUSTED));
    CK_ATTRIBUTE private[] = {NUMBER(CKA_CLASS, data_class), FLAG(CKA_PRIVATE, yes)};
    assert_rv(create(private, 2, &object), CKR_USER_NOT_LOGGED_IN);
    assert_ok(C_Logout(session));
    OPENSSL_free(der);
}

static void objects_are_there_for_other_readers(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_TRUE, CK_FALSE, "lasting");
    assert_ok(C_CloseAllSessions(slot));
    session = open_session(slot, CKF_RW_SESSION);
    assert_true(bytes_are(object, CKA_LABEL, "lasting", 7));
    CK_ULONG size = 0;
    assert_ok(C_GetObjectSize(session, object, &size));
    assert_true(size > 12);
}

static void large_objects_are_refused(void **state) {
    static CK_BYTE large[65 * 1024];
    CK_OBJECT_HANDLE object = 0;
    CK_ATTRIBUTE attributes[] = {
        NUMBER(CKA_CLASS, data_class), FLAG(CKA_TOKEN, yes), {CKA_VALUE, large, sizeof large}};
    assert_rv(create(attributes, 3, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    attributes[2].ulValueLen = 65530;
    assert_rv(create(attributes, 3, &object), CKR_ATTRIBUTE_VALUE_INVALID);
    attributes[2].ulValueLen = 60000;
    assert_ok(create(attributes, 3, &object));
    assert_ok(C_DestroyObject(session, object));
}

static void null_arguments_are_bad(void **state) {
    CK_OBJECT_HANDLE object = make_data(CK_FALSE, CK_FALSE, "null");
    CK_ATTRIBUTE attribute = NUMBER(CKA_CLASS, data_class);
    assert_rv(C_CreateObject(session, &attribute, 1, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(C_CreateObject(session, NULL, 1, &object), CKR_ARGUMENTS_BAD);
    assert_rv(C_CopyObject(session, object, NULL, 1, &object), CKR_ARGUMENTS_BAD);
    assert_rv(C_CopyObject(session, object, NULL, 0, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(C_GetAttributeValue(session, object, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_rv(C_SetAttributeValue(session, object, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_rv(C_GetObjectSize(session, object, NULL), CKR_ARGUMENTS_BAD);
    assert_rv(C_DestroyObject(session, 0), CKR_OBJECT_HANDLE_INVALID);
    assert_rv(C_DestroyObject(99999, object), CKR_SESSION_HANDLE_INVALID);
}

#define OBJECT_TEST(test) cmocka_unit_test_setup(test, log_in)

/* Their handles have 31 bits; a server that derives a key a millisecond is there in a month. */
static void session_objects_find_numbers_for_ever(void **state) {
    struct kfm_module *module = NULL;
    struct kfm_slot *own = NULL;
    assert_ok(kfm_enter(&module));
    assert_ok(kfm_slot_find(module, slot, &own));
    kfm_leave(module);
    CK_OBJECT_HANDLE first = make_data(CK_FALSE, CK_FALSE, "first");
    own->objects->next_own = UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        CK_OBJECT_HANDLE next = make_data(CK_FALSE, CK_FALSE, "next");
        assert_true(next >= KFM_SESSION_OBJECTS);
        assert_int_not_equal(next, first);
        assert_true(bytes_are(next, CKA_LABEL, "next", 4));
    }
    assert_true(bytes_are(first, CKA_LABEL, "first", 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        OBJECT_TEST(data_is_read_as_it_was_written),
        OBJECT_TEST(a_certificate_says_who_it_is),
        OBJECT_TEST(a_broken_certificate_is_refused),
        OBJECT_TEST(each_attribute_is_answered_by_itself),
        OBJECT_TEST(lengths_are_told_before_values),
        OBJECT_TEST(changes_are_kept),
        OBJECT_TEST(changes_of_what_is_hidden_are_kept),
        OBJECT_TEST(what_is_not_modifiable_stays),
        OBJECT_TEST(a_copy_is_an_object_of_its_own),
        OBJECT_TEST(what_is_private_is_not_copied_into_the_open),
        OBJECT_TEST(a_destroyed_object_is_gone),
        OBJECT_TEST(session_objects_are_seen_by_all_and_go_with_their_session),
        OBJECT_TEST(a_read_only_session_makes_session_objects_only),
        OBJECT_TEST(private_objects_are_there_after_login_only),
        OBJECT_TEST(without_login_nothing_is_written),
        OBJECT_TEST(the_so_writes_public_objects),
        OBJECT_TEST(objects_are_there_for_other_readers),
        OBJECT_TEST(large_objects_are_refused),
        OBJECT_TEST(null_arguments_are_bad),
        OBJECT_TEST(session_objects_find_numbers_for_ever),
    };
    return cmocka_run_group_tests(tests, start_objects, end_module);
}
