// SPDX-License-Identifier: Apache-2.0
// Threads that find, sign, make, destroy, log in and log out, all at once and for a while:
// refusals, nothing worse. KEYFOB_TEST_SECONDS makes the while longer, for a run under
// ThreadSanitizer.
#include "module_objects.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

static CK_SLOT_ID where;
static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0}, pkcs1 = {CKM_RSA_PKCS, NULL, 0};
static atomic_bool is_over;

/* What a call may answer when others log out, destroy and close meanwhile. */
static bool is_fair(CK_RV rv) {
    static const CK_RV fair[] = {CKR_OK,
                                 CKR_USER_NOT_LOGGED_IN,
                                 CKR_USER_ALREADY_LOGGED_IN,
                                 CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
                                 CKR_KEY_HANDLE_INVALID,
                                 CKR_OBJECT_HANDLE_INVALID,
                                 CKR_OPERATION_NOT_INITIALIZED};
    for (size_t i = 0; i < KF_COUNT(fair); i++)
        if (rv == fair[i])
            return true;
    return false;
}

/* One round; the number of unfair answers. */
typedef size_t work(CK_SESSION_HANDLE own);

static size_t find_and_sign(CK_SESSION_HANDLE own) {
    CK_ATTRIBUTE wanted[] = {NUMBER(CKA_CLASS, private_class)};
    CK_OBJECT_HANDLE found[4];
    CK_ULONG count = 0;
    CK_BYTE digest[32] = {1}, signature[64], id[16];
    size_t unfair = !is_fair(C_FindObjectsInit(own, wanted, 1)) +
                    !is_fair(C_FindObjects(own, found, KF_COUNT(found), &count)) +
                    !is_fair(C_FindObjectsFinal(own));
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ULONG len = sizeof signature;
        CK_ATTRIBUTE read = {CKA_ID, id, sizeof id};
        unfair += !is_fair(C_GetAttributeValue(own, found[i], &read, 1));
        if (C_SignInit(own, &ecdsa, found[i]) == CKR_OK)
            unfair += !is_fair(C_Sign(own, digest, sizeof digest, signature, &len));
    }
    return unfair;
}

static size_t make_and_destroy(CK_SESSION_HANDLE own) {
    static atomic_uint turn;
    CK_BBOOL token = atomic_fetch_add(&turn, 1) % 4 == 0;
    CK_ATTRIBUTE public[] = {BYTES(CKA_EC_PARAMS, p256)}, private[] = {FLAG(CKA_TOKEN, token)},
                 label[] = {TEXT(CKA_LABEL, "changed")};
    CK_OBJECT_HANDLE first = 0, second = 0;
    CK_RV rv = C_GenerateKeyPair(own, &make_ec, public, 1, private, 1, &first, &second);
    if (rv != CKR_OK)
        return !is_fair(rv);
    return !is_fair(C_SetAttributeValue(own, second, label, 1)) +
           !is_fair(C_DestroyObject(own, second)) + !is_fair(C_DestroyObject(own, first));
}

static size_t come_and_go(CK_SESSION_HANDLE own) {
    CK_SESSION_HANDLE other = 0;
    CK_TOKEN_INFO info;
    CK_ULONG count = 0;
    size_t unfair = !is_fair(C_Logout(own)) + !is_fair(login(own, CKU_USER, USER_PIN)) +
                    !is_fair(try_open(where, 0, &other)) + !is_fair(C_CloseSession(other));
    return unfair + !is_fair(C_GetTokenInfo(where, &info)) +
           !is_fair(C_GetSlotList(CK_TRUE, NULL, &count));
}

struct job {
    work *work;
    size_t rounds, unfair;
};

static void *run(void *arg) {
    struct job *job = arg;
    CK_SESSION_HANDLE own = 0;
    if (try_open(where, CKF_RW_SESSION, &own) != CKR_OK)
        return NULL;
    for (; !is_over; job->rounds++)
        job->unfair += job->work(own);
    job->unfair += C_CloseSession(own) != CKR_OK;
    return NULL;
}

static struct timespec while_it_lasts(void) {
    const char *seconds = getenv("KEYFOB_TEST_SECONDS");
    return (struct timespec){.tv_sec = seconds ? atoi(seconds) : 1};
}

static void all_at_once(const char *model) {
    struct job jobs[] = {{find_and_sign, 0, 0}, {make_and_destroy, 0, 0}, {come_and_go, 0, 0}};
    pthread_t threads[KF_COUNT(jobs)];
    struct timespec left = while_it_lasts();
    where = make_token(model, "stress");
    is_over = false;
    for (size_t i = 0; i < KF_COUNT(jobs); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
    nanosleep(&left, NULL);
    is_over = true;
    for (size_t i = 0; i < KF_COUNT(jobs); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].unfair, 0);
        assert_true(jobs[i].rounds > 0);
    }
}

static void memory_stands_it(void **state) {
    all_at_once("keyfob memory");
}

static void a_disk_stands_it(void **state) {
    all_at_once("keyfob disk");
}

static void a_registry_stands_it(void **state) {
    all_at_once("keyfob registry");
}

/* --- nobody waits for ever --- */

static struct pair shared;
static atomic_uint signatures;

static void *sign_without_pause(void *arg) {
    CK_BYTE digest[32] = {1}, signature[256];
    CK_SESSION_HANDLE own = open_session(where, 0);
    while (!is_over) {
        CK_ULONG len = sizeof signature;
        if (C_SignInit(own, &pkcs1, shared.private) != CKR_OK ||
            C_Sign(own, digest, sizeof digest, signature, &len) != CKR_OK)
            break;
        signatures++;
    }
    return NULL;
}

static void *end_it_later(void *arg) {
    for (int i = 0; i < 500 && !is_over; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    is_over = true;
    return NULL;
}

/* Signing shares the slot, searching has it alone: it gets its turn while others go on signing. */
static void signing_does_not_keep_others_out(void **state) {
    pthread_t threads[4], clock;
    where = make_token("keyfob memory", "busy");
    session = open_session(where, CKF_RW_SESSION);
    assert_ok(login(session, CKU_USER, USER_PIN));
    shared = make_pair(&make_rsa, CK_TRUE, "shared");
    is_over = false;
    for (size_t i = 0; i < KF_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_without_pause, NULL), 0);
    assert_int_equal(pthread_create(&clock, NULL, end_it_later, NULL), 0);
    while (signatures < 100 && !is_over)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    for (int i = 0; i < 20; i++)
        assert_int_equal(find(NULL, 0), 2);
    bool in_time = !is_over;
    is_over = true;
    for (size_t i = 0; i < KF_COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(pthread_join(clock, NULL), 0);
    assert_true(in_time);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(memory_stands_it),
        IN_MODULE(a_disk_stands_it),
        IN_MODULE(a_registry_stands_it),
        IN_MODULE(signing_does_not_keep_others_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
