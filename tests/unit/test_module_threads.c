// SPDX-License-Identifier: Apache-2.0
// Threads with a session each, on the same objects.
#include "module_objects.h"

#include <malloc.h>
#include <pthread.h>

enum { ROUNDS = 25, THREADS = 2 };

static struct pair shared;
static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};

/* Threads do not assert: they tell how many answers were wrong. */
typedef size_t work(CK_SESSION_HANDLE own);

static size_t sign_often(CK_SESSION_HANDLE own) {
    CK_BYTE digest[32] = {1}, signature[64];
    size_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        CK_ULONG len = sizeof signature;
        wrong += C_SignInit(own, &ecdsa, shared.private) != CKR_OK ||
                 C_Sign(own, digest, sizeof digest, signature, &len) != CKR_OK;
        wrong += C_VerifyInit(own, &ecdsa, shared.public) != CKR_OK ||
                 C_Verify(own, digest, sizeof digest, signature, len) != CKR_OK;
    }
    return wrong;
}

static size_t make_and_destroy(CK_SESSION_HANDLE own) {
    CK_ATTRIBUTE public[] = {BYTES(CKA_EC_PARAMS, p256)}, private[] = {FLAG(CKA_TOKEN, yes)};
    size_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        CK_OBJECT_HANDLE first = 0, second = 0;
        wrong +=
            C_GenerateKeyPair(own, &make_ec, public, 1, private, i & 1, &first, &second) != CKR_OK;
        wrong += C_DestroyObject(own, second) != CKR_OK || C_DestroyObject(own, first) != CKR_OK;
    }
    return wrong;
}

static size_t find_and_read(CK_SESSION_HANDLE own) {
    CK_ATTRIBUTE wanted[] = {TEXT(CKA_ID, "shared")};
    size_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        CK_OBJECT_HANDLE found[4] = {0};
        CK_ULONG count = 0;
        CK_BYTE id[16];
        wrong += C_FindObjectsInit(own, wanted, 1) != CKR_OK ||
                 C_FindObjects(own, found, 4, &count) != CKR_OK ||
                 C_FindObjectsFinal(own) != CKR_OK || count != 2;
        CK_ATTRIBUTE read = {CKA_ID, id, sizeof id};
        wrong += C_GetAttributeValue(own, found[0], &read, 1) != CKR_OK || read.ulValueLen != 6;
    }
    return wrong;
}

static void *run(void *job) {
    CK_SESSION_HANDLE own = 0;
    if (try_open(slot, CKF_RW_SESSION, &own) != CKR_OK)
        return (void *)1;
    size_t wrong = (*(work **)job)(own);
    wrong += C_CloseSession(own) != CKR_OK;
    return (void *)wrong;
}

static void threads_do_not_disturb_each_other(void **state) {
    static work *jobs[] = {sign_often, make_and_destroy, find_and_read};
    pthread_t threads[KF_COUNT(jobs) * THREADS];
    shared = make_pair(&make_ec, CK_TRUE, "shared");
    for (size_t i = 0; i < KF_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i % KF_COUNT(jobs)]), 0);
    for (size_t i = 0; i < KF_COUNT(threads); i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

/* Logging out in the middle of everything: refusals, nothing worse. */
static void a_logout_may_come_at_any_time(void **state) {
    static work *job = sign_often;
    pthread_t thread;
    shared = make_pair(&make_ec, CK_TRUE, "logged out");
    assert_int_equal(pthread_create(&thread, NULL, run, &job), 0);
    assert_ok(C_Logout(session));
    assert_ok(login(session, CKU_USER, USER_PIN));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_rv(C_SignInit(session, &ecdsa, shared.private), CKR_KEY_HANDLE_INVALID);
}

struct late {
    pthread_barrier_t used, ended;
};

static void *end_late(void *arg) {
    struct late *late = arg;
    CK_BYTE digest[32] = {1}, signature[64];
    CK_ULONG len = sizeof signature;
    CK_SESSION_HANDLE own = open_session(slot, 0);
    C_SignInit(own, &ecdsa, shared.private);
    C_Sign(own, digest, sizeof digest, signature, &len);
    pthread_barrier_wait(&late->used);
    pthread_barrier_wait(&late->ended);
    return NULL;
}

/* OpenSSL has things of each thread (its random numbers), and looks for them when the thread ends:
 * as in a host whose pool of threads outlives the module. */
static void a_thread_may_end_after_the_module(void **state) {
    struct late late;
    pthread_t thread;
    mallopt(M_PERTURB, 0xa5); /* what is freed does not look as if it were there */
    shared = make_pair(&make_ec, CK_TRUE, "late");
    pthread_barrier_init(&late.used, NULL, 2);
    pthread_barrier_init(&late.ended, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, end_late, &late), 0);
    pthread_barrier_wait(&late.used);
    assert_ok(C_Finalize(NULL));
    pthread_barrier_wait(&late.ended);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_ok(initialize(OPTIONS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(threads_do_not_disturb_each_other, log_in),
        cmocka_unit_test_setup(a_logout_may_come_at_any_time, log_in),
        cmocka_unit_test_setup(a_thread_may_end_after_the_module, log_in),
    };
    return cmocka_run_group_tests(tests, start_objects, end_module);
}
