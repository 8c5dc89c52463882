// SPDX-License-Identifier: Apache-2.0
// Searches: by class, id, label and anything else, in small and large containers.
#include "module_objects.h"

static CK_OBJECT_HANDLE make_named(CK_BBOOL token, CK_BBOOL private, const char *label) {
    return created(TEMPLATE(NUMBER(CKA_CLASS, data_class), FLAG(CKA_TOKEN, token),
                            FLAG(CKA_PRIVATE, private), {CKA_LABEL, (void *)label, strlen(label)}));
}

static void a_pair_is_found_by_its_id(void **state) {
    struct pair pair = make_pair(&make_ec, CK_TRUE, "by id");
    CK_OBJECT_HANDLE found = 0;
    CK_ATTRIBUTE wanted[] = {TEXT(CKA_ID, "by id"), NUMBER(CKA_CLASS, private_class)};
    assert_int_equal(find(wanted, 1), 2);
    assert_int_equal(find_in(session, wanted, 2, &found), 1);
    assert_int_equal(found, pair.private);
    wanted[1] = (CK_ATTRIBUTE)NUMBER(CKA_CLASS, public_class);
    assert_int_equal(find_in(session, wanted, 2, &found), 1);
    assert_int_equal(found, pair.public);
}

static void every_attribute_of_a_search_counts(void **state) {
    make_pair(&make_ec, CK_TRUE, "every");
    CK_ATTRIBUTE wanted[] = {TEXT(CKA_ID, "every"), FLAG(CKA_SIGN, yes), NUMBER(CKA_KEY_TYPE, ec),
                             BYTES(CKA_EC_PARAMS, p256)};
    assert_int_equal(find(wanted, 4), 1);
    wanted[2] = (CK_ATTRIBUTE)NUMBER(CKA_KEY_TYPE, rsa);
    assert_int_equal(find(wanted, 4), 0);
    wanted[2] = (CK_ATTRIBUTE)TEXT(CKA_LABEL, "no such label");
    assert_int_equal(find(wanted, 4), 0);
}

static void token_and_session_objects_are_told_apart(void **state) {
    make_named(CK_TRUE, CK_FALSE, "apart");
    make_named(CK_FALSE, CK_FALSE, "apart");
    CK_ATTRIBUTE wanted[] = {TEXT(CKA_LABEL, "apart"), FLAG(CKA_TOKEN, yes)};
    assert_int_equal(find(wanted, 1), 2);
    assert_int_equal(find(wanted, 2), 1);
    wanted[1] = (CK_ATTRIBUTE)FLAG(CKA_TOKEN, no);
    assert_int_equal(find(wanted, 2), 1);
}

static void secrets_match_nothing(void **state) {
    CK_BYTE secret[] = "a secret that nobody knows";
    created(TEMPLATE(NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, generic),
                     FLAG(CKA_SENSITIVE, yes), BYTES(CKA_VALUE, secret)));
    assert_int_equal(find(TEMPLATE(BYTES(CKA_VALUE, secret))), 0);
    created(TEMPLATE(NUMBER(CKA_CLASS, secret_class), NUMBER(CKA_KEY_TYPE, generic),
                     BYTES(CKA_VALUE, secret)));
    assert_int_equal(find(TEMPLATE(BYTES(CKA_VALUE, secret))), 1);
}

static void hidden_labels_are_found_after_login(void **state) {
    make_named(CK_TRUE, CK_TRUE, "hidden label");
    CK_ATTRIBUTE wanted[] = {TEXT(CKA_LABEL, "hidden label"), FLAG(CKA_PRIVATE, yes)};
    assert_int_equal(find(wanted, 2), 1);
    wanted[1] = (CK_ATTRIBUTE)FLAG(CKA_PRIVATE, no);
    assert_int_equal(find(wanted, 2), 0);
    assert_ok(C_Logout(session));
    assert_int_equal(find(wanted, 1), 0);
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_equal(find(wanted, 1), 1);
}

static void what_is_found_is_given_in_pieces(void **state) {
    CK_OBJECT_HANDLE made[3], handles[3] = {0};
    CK_ULONG count = 9;
    for (size_t i = 0; i < 3; i++)
        made[i] = make_named(CK_TRUE, CK_FALSE, "pieces");
    CK_ATTRIBUTE wanted = TEXT(CKA_LABEL, "pieces");
    assert_ok(C_FindObjectsInit(session, &wanted, 1));
    assert_rv(C_FindObjectsInit(session, &wanted, 1), CKR_OPERATION_ACTIVE);
    assert_ok(C_FindObjects(session, handles, 2, &count));
    assert_int_equal(count, 2);
    assert_ok(C_FindObjects(session, handles + 2, 1, &count));
    assert_int_equal(count, 1);
    assert_memory_equal(handles, made, sizeof made);
    assert_ok(C_FindObjects(session, handles, 3, &count));
    assert_int_equal(count, 0);
    assert_ok(C_FindObjectsFinal(session));
    assert_rv(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    assert_rv(C_FindObjects(session, handles, 3, &count), CKR_OPERATION_NOT_INITIALIZED);
}

static void bad_searches_begin_nothing(void **state) {
    CK_ATTRIBUTE wanted = {CKA_LABEL, NULL, 4};
    CK_OBJECT_HANDLE handle = 0;
    CK_ULONG count = 0;
    assert_rv(C_FindObjectsInit(session, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_rv(C_FindObjectsInit(session, &wanted, 1), CKR_ATTRIBUTE_VALUE_INVALID);
    wanted = (CK_ATTRIBUTE){CKA_CLASS, &data_class, 3};
    assert_rv(C_FindObjectsInit(session, &wanted, 1), CKR_ATTRIBUTE_VALUE_INVALID);
    /* As C_GetAttributeValue leaves a template whose attribute was not to be had. */
    wanted = (CK_ATTRIBUTE){CKA_ID, "id", CK_UNAVAILABLE_INFORMATION};
    assert_rv(C_FindObjectsInit(session, &wanted, 1), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_rv(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    wanted = (CK_ATTRIBUTE){0xCE534351, &data_class, sizeof data_class};
    assert_int_equal(find(&wanted, 1), 0);
    assert_ok(C_FindObjectsInit(session, NULL, 0));
    assert_rv(C_FindObjects(session, NULL, 1, &count), CKR_ARGUMENTS_BAD);
    assert_rv(C_FindObjects(session, &handle, 1, NULL), CKR_ARGUMENTS_BAD);
    assert_ok(C_FindObjectsFinal(session));
}

/* 200 objects, so that the index is searched in blocks and the last, partial one. */
static void none_is_missed_in_a_long_index(void **state) {
    char label[32];
    for (int i = 0; i < 200; i++) {
        snprintf(label, sizeof label, "long index %d", i);
        make_named(CK_TRUE, CK_FALSE, label);
    }
    for (int i = 0; i < 200; i++) {
        snprintf(label, sizeof label, "long index %d", i);
        CK_ATTRIBUTE wanted = {CKA_LABEL, label, strlen(label)};
        assert_int_equal(find(&wanted, 1), 1);
    }
    assert_int_equal(find(TEMPLATE(TEXT(CKA_LABEL, "long index 200"))), 0);
}

#define OBJECT_TEST(test) cmocka_unit_test_setup(test, log_in)

int main(void) {
    const struct CMUnitTest tests[] = {
        OBJECT_TEST(a_pair_is_found_by_its_id),
        OBJECT_TEST(every_attribute_of_a_search_counts),
        OBJECT_TEST(token_and_session_objects_are_told_apart),
        OBJECT_TEST(secrets_match_nothing),
        OBJECT_TEST(hidden_labels_are_found_after_login),
        OBJECT_TEST(what_is_found_is_given_in_pieces),
        OBJECT_TEST(bad_searches_begin_nothing),
        OBJECT_TEST(none_is_missed_in_a_long_index),
    };
    return cmocka_run_group_tests(tests, start_objects, end_module);
}
