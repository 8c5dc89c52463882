// SPDX-License-Identifier: Apache-2.0
// The child of a fork: it has nothing of its parent's, waits for none of its threads, and may start
// afresh.
#include "module_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static bool is_old; /* the kernel: before Linux 4.14 */

/* In the place of the C library's. */
int madvise(void *address, size_t len, int advice) {
    if (!is_old || advice != MADV_WIPEONFORK)
        return (int)syscall(SYS_madvise, address, len, advice);
    errno = EINVAL;
    return -1;
}

static int start_on_an_old_kernel(void) {
    CK_ULONG count = 0;
    is_old = true;
    if (initialize(OPTIONS) != CKR_HOST_MEMORY)
        return 1;
    return C_GetSlotList(CK_TRUE, NULL, &count) == CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 2;
}

static void a_kernel_that_cannot_wipe_gets_no_keys(void **state) {
    assert_int_equal(in_child(start_on_an_old_kernel), 0);
}

static CK_SESSION_HANDLE parents_session;

static int child_starts_afresh(void) {
    CK_SESSION_INFO info;
    CK_ULONG count = 0;
    if (C_GetSessionInfo(parents_session, &info) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        C_GetSlotList(CK_TRUE, NULL, &count) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED ||
        login(parents_session, CKU_USER, USER_PIN) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 1;
    if (initialize(OPTIONS) != CKR_OK)
        return 2;
    if (C_GetSessionInfo(parents_session, &info) != CKR_SESSION_HANDLE_INVALID)
        return 3;
    return C_Finalize(NULL) == CKR_OK ? 0 : 4;
}

static void a_child_starts_afresh_and_its_parent_goes_on(void **state) {
    parents_session = open_session(make_token("keyfob memory", "parent"), CKF_RW_SESSION);
    assert_ok(login(parents_session, CKU_USER, USER_PIN));
    assert_int_equal(in_child(child_starts_afresh), 0);
    assert_int_equal(in_child(child_starts_afresh), 0);
    assert_int_equal(state_of(parents_session), CKS_RW_USER_FUNCTIONS);
    assert_ok(C_Logout(parents_session));
}

/* Until the module ends; gives what it last said. */
static void *calls_without_end(void *arg) {
    CK_RV *rv = arg;
    CK_SESSION_INFO info;
    CK_ULONG count = 0;
    do {
        *rv = C_GetSlotList(CK_TRUE, NULL, &count);
        if (*rv == CKR_OK)
            *rv = C_GetSessionInfo(parents_session, &info);
    } while (*rv == CKR_OK);
    return NULL;
}

/* Whatever locks the parent's other thread held at the fork, no child waits for them. */
static void no_child_waits_for_its_parents_threads(void **state) {
    pthread_t thread;
    CK_RV last = CKR_OK;
    parents_session = open_session(make_token("keyfob memory", "busy"), 0);
    assert_int_equal(pthread_create(&thread, NULL, calls_without_end, &last), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(in_child(child_starts_afresh), 0);
    assert_ok(C_Finalize(NULL));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_rv(last, CKR_CRYPTOKI_NOT_INITIALIZED);
}

static int child_logs_in(void) {
    CK_SESSION_HANDLE session = 0;
    if (initialize(OPTIONS) != CKR_OK || try_open(0, 0, &session) != CKR_OK)
        return 1;
    if (login(session, CKU_USER, USER_PIN) != CKR_OK)
        return 2;
    return C_Finalize(NULL) == CKR_OK ? 0 : 3;
}

static void a_child_logs_in_for_itself(void **state) {
    make_token("keyfob disk", "shared");
    assert_ok(C_Finalize(NULL));
    assert_ok(initialize(OPTIONS));
    assert_int_equal(labelled_slot("shared"), 0);
    assert_int_equal(in_child(child_logs_in), 0);
    assert_ok(login(open_session(0, 0), CKU_USER, USER_PIN));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(a_kernel_that_cannot_wipe_gets_no_keys),
        IN_MODULE(a_child_starts_afresh_and_its_parent_goes_on),
        IN_MODULE(no_child_waits_for_its_parents_threads),
        IN_MODULE(a_child_logs_in_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
