// SPDX-License-Identifier: Apache-2.0
// C_Initialize, C_Finalize, options, and the function list.
#include "module_fixture.h"

#include "base/auto.h"

static CK_RV create_mutex(void **ret_mutex) {
    return CKR_OK;
}
static CK_RV use_mutex(void *mutex) {
    return CKR_OK;
}

static void arguments_are_checked(void **state) {
    char reserved[300];
    snprintf(reserved, sizeof reserved, "home='%s'", base_dir);
    CK_C_INITIALIZE_ARGS some = {.CreateMutex = create_mutex, .flags = CKF_OS_LOCKING_OK};
    CK_C_INITIALIZE_ARGS all = {.CreateMutex = create_mutex,
                                .DestroyMutex = use_mutex,
                                .LockMutex = use_mutex,
                                .UnlockMutex = use_mutex,
                                .pReserved = reserved};
    assert_rv(C_Initialize(&some), CKR_ARGUMENTS_BAD);
    assert_rv(C_Initialize(&all), CKR_CANT_LOCK);
    all.flags = CKF_OS_LOCKING_OK;
    assert_ok(C_Initialize(&all));
    assert_ok(C_Finalize(NULL));
}

static void a_second_start_and_a_second_end_are_told(void **state) {
    assert_rv(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_ok(initialize(""));
    assert_rv(initialize(""), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_rv(C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_rv(C_Finalize(base_dir), CKR_ARGUMENTS_BAD);
    assert_ok(C_Finalize(NULL));
    assert_rv(C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_ok(initialize(""));
    assert_ok(C_Finalize(NULL));
}

static void options_are_read_to_the_letter(void **state) {
    static const struct {
        const char *text;
        CK_RV rv;
    } rows[] = {
        {"", CKR_OK},
        {" \t memory='yes'  ", CKR_OK},
        {"memory=no scrypt=\"15\"", CKR_OK},
        {"memory='maybe'", CKR_ARGUMENTS_BAD},
        {"scrypt='13'", CKR_ARGUMENTS_BAD},
        {"scrypt='21'", CKR_ARGUMENTS_BAD},
        {"wait=''", CKR_ARGUMENTS_BAD},
        {"home=''", CKR_ARGUMENTS_BAD},
        {"memory='yes", CKR_ARGUMENTS_BAD},
        {"memory", CKR_ARGUMENTS_BAD},
        {"colour='red'", CKR_ARGUMENTS_BAD},
    };
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        assert_rv(initialize(rows[i].text), rows[i].rv);
        assert_rv(C_Finalize(NULL), rows[i].rv ? CKR_CRYPTOKI_NOT_INITIALIZED : CKR_OK);
    }
}

/* Firefox hands over an empty string, and a struct that is one pointer longer. */
static void a_longer_struct_with_an_empty_string_is_fine(void **state) {
    struct {
        CK_C_INITIALIZE_ARGS args;
        void *more;
    } longer = {.args = {.flags = CKF_OS_LOCKING_OK, .pReserved = ""}, .more = &longer};
    setenv("KEYFOB_HOME", base_dir, 1);
    assert_ok(C_Initialize(&longer));
    assert_ok(C_Finalize(NULL));
    unsetenv("KEYFOB_HOME");
}

static int without_any_folder(void) {
    clearenv();
    CK_ULONG count = 0;
    if (C_Initialize(NULL) != CKR_OK || C_GetSlotList(CK_TRUE, NULL, &count) != CKR_OK)
        return 1;
    return count == 0 && C_Finalize(NULL) == CKR_OK ? 0 : 2;
}

static void without_a_home_there_are_no_media(void **state) {
    assert_int_equal(in_child(without_any_folder), 0);
}

static void nothing_is_written_by_looking(void **state) {
    CK_SLOT_ID list[16];
    assert_ok(initialize(""));
    assert_true(list_slots(CK_TRUE, list, 16) > 0);
    assert_ok(C_Finalize(NULL));
    assert_int_equal(access(in_base_dir("home"), F_OK), -1);
}

static void every_function_is_there_and_knows_that_it_is_too_early(void **state) {
    CK_FUNCTION_LIST_PTR list = NULL;
    void *functions[(sizeof *list - sizeof(void *)) / sizeof(void *)];
    CK_ULONG number = 0;
    assert_ok(C_GetFunctionList(&list));
    memcpy(functions, (char *)list + sizeof(void *), sizeof functions);
    for (size_t i = 0; i < KF_COUNT(functions); i++)
        assert_non_null(functions[i]);
    assert_int_equal(list->version.major, 2);
    assert_int_equal(list->version.minor, 40);
    assert_rv(list->C_GetSlotList(CK_TRUE, NULL, &number), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_rv(list->C_GetOperationState(1, NULL, &number), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_rv(list->C_CancelFunction(1), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_rv(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}

static void interfaces_are_found_by_name_and_version(void **state) {
    CK_INTERFACE list[2], *found = NULL;
    CK_ULONG count = 1;
    assert_rv(C_GetInterfaceList(list, &count), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, 2);
    assert_ok(C_GetInterfaceList(list, &count));
    assert_ok(C_GetInterface(NULL, NULL, &found, 0));
    assert_string_equal((char *)found->pInterfaceName, "PKCS 11");
    assert_ok(C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", &(CK_VERSION){2, 40}, &found,
                             CKF_INTERFACE_FORK_SAFE));
    assert_ok(C_GetInterface((CK_UTF8CHAR_PTR)KF_INTERFACE_NAME, NULL, &found, 0));
    assert_ptr_equal(found->pFunctionList, &kfm_interface);
    assert_rv(C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", &(CK_VERSION){3, 0}, &found, 0),
              CKR_FUNCTION_FAILED);
    assert_rv(C_GetInterface(NULL, NULL, &found, 2), CKR_FUNCTION_FAILED);
    assert_rv(C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
    assert_rv(C_GetInterfaceList(list, NULL), CKR_ARGUMENTS_BAD);
}

static void null_pointers_are_bad_arguments(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "null");
    CK_SESSION_HANDLE session = open_session(slot, CKF_RW_SESSION);
    CK_ULONG count = 0;
    const CK_RV answers[] = {
        C_GetInfo(NULL),
        C_GetSlotList(CK_TRUE, NULL, NULL),
        C_GetSlotInfo(slot, NULL),
        C_GetTokenInfo(slot, NULL),
        C_GetMechanismList(slot, NULL, NULL),
        C_GetMechanismInfo(slot, CKM_ECDSA, NULL),
        C_WaitForSlotEvent(CKF_DONT_BLOCK, NULL, NULL),
        C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, &count),
        C_InitToken(slot, NULL, 0, (CK_UTF8CHAR_PTR) "label                           "),
        C_InitToken(slot, (CK_UTF8CHAR_PTR)SO_PIN, strlen(SO_PIN), NULL),
        C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, NULL),
        C_GetSessionInfo(session, NULL),
        C_Login(session, CKU_USER, NULL, 0),
        C_InitPIN(session, NULL, 4),
        C_SetPIN(session, NULL, 0, (CK_UTF8CHAR_PTR) "1234", 4),
        C_SetPIN(session, (CK_UTF8CHAR_PTR) "1234", 4, NULL, 4),
    };
    for (size_t i = 0; i < KF_COUNT(answers); i++)
        assert_rv(answers[i], CKR_ARGUMENTS_BAD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(arguments_are_checked),
        IN_DIR(a_second_start_and_a_second_end_are_told),
        IN_DIR(options_are_read_to_the_letter),
        IN_DIR(a_longer_struct_with_an_empty_string_is_fine),
        IN_DIR(without_a_home_there_are_no_media),
        IN_DIR(nothing_is_written_by_looking),
        IN_DIR(every_function_is_there_and_knows_that_it_is_too_early),
        IN_DIR(interfaces_are_found_by_name_and_version),
        IN_MODULE(null_pointers_are_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
