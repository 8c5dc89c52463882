// SPDX-License-Identifier: Apache-2.0
// Many threads: they log in and out, make containers, and lose them under each other.
#include "module_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/auto.h"

enum { THREADS = 4, ROUNDS = 40 };

static CK_SLOT_ID the_slot;
static atomic_int strange; /* answers that no rule allows */

static void expect(CK_RV rv, const CK_RV *allowed, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (rv == allowed[i])
            return;
    fprintf(stderr, "strange answer %#lx\n", rv);
    strange++;
}
#define EXPECT(rv, ...)                                                                            \
    expect(rv, (const CK_RV[]){__VA_ARGS__}, sizeof((const CK_RV[]){__VA_ARGS__}) / sizeof(CK_RV))

static void run_threads(void *(*body)(void *)) {
    pthread_t threads[THREADS];
    strange = 0;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, (void *)i), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(strange, 0);
}

static void *log_in_and_out(void *arg) {
    for (int i = 0; i < ROUNDS / 4; i++) {
        CK_SESSION_HANDLE session = 0;
        CK_SESSION_INFO info;
        EXPECT(try_open(the_slot, i % 2 ? CKF_RW_SESSION : 0, &session), CKR_OK);
        EXPECT(login(session, CKU_USER, USER_PIN), CKR_OK, CKR_USER_ALREADY_LOGGED_IN);
        EXPECT(C_GetSessionInfo(session, &info), CKR_OK);
        EXPECT(C_Logout(session), CKR_OK, CKR_USER_NOT_LOGGED_IN);
        EXPECT(C_CloseSession(session), CKR_OK);
    }
    return NULL;
}

static void threads_share_one_login(void **state) {
    the_slot = make_token("keyfob memory", "threads");
    run_threads(log_in_and_out);
    assert_int_equal(token_info(the_slot).ulSessionCount, 0);
    assert_int_equal(state_of(open_session(the_slot, 0)), CKS_RO_PUBLIC_SESSION);
}

/* The first thread closes what the others have open. */
static void *open_and_lose(void *arg) {
    for (int i = 0; i < ROUNDS * 20; i++) {
        CK_SESSION_HANDLE session = 0;
        CK_SESSION_INFO info;
        if (!arg)
            EXPECT(C_CloseAllSessions(the_slot), CKR_OK);
        EXPECT(try_open(the_slot, 0, &session), CKR_OK);
        EXPECT(C_GetSessionInfo(session, &info), CKR_OK, CKR_SESSION_HANDLE_INVALID);
        EXPECT(C_CloseSession(session), CKR_OK, CKR_SESSION_HANDLE_INVALID);
    }
    return NULL;
}

static void a_session_that_another_thread_closes_is_just_invalid(void **state) {
    the_slot = make_token("keyfob memory", "closed");
    run_threads(open_and_lose);
    assert_int_equal(token_info(the_slot).ulSessionCount, 0);
}

/* All want the same empty slot: one of them gets it. */
static void *make_one(void *arg) {
    static const CK_RV lost[] = {CKR_OK, CKR_FUNCTION_FAILED, CKR_PIN_INCORRECT};
    char label[16];
    snprintf(label, sizeof label, "racer %d", (int)(size_t)arg);
    expect(init_token(the_slot, label, label), lost, KF_COUNT(lost));
    return NULL;
}

static void one_thread_gets_the_empty_slot(void **state) {
    CK_SLOT_ID list[16];
    the_slot = empty_slot("keyfob disk");
    run_threads(make_one);
    assert_true(token_info(the_slot).flags & CKF_TOKEN_INITIALIZED);
    assert_int_equal(list_slots(CK_TRUE, list, 16), 4); /* three media, one container */
}

/* The first thread pulls the stick and puts it back. */
static void *use_a_stick(void *arg) {
    static const CK_RV gone[] = {CKR_OK,
                                 CKR_TOKEN_NOT_PRESENT,
                                 CKR_DEVICE_REMOVED,
                                 CKR_SESSION_HANDLE_INVALID,
                                 CKR_USER_ALREADY_LOGGED_IN,
                                 CKR_USER_NOT_LOGGED_IN};
    char here[512], away[512];
    snprintf(here, sizeof here, "%s/home/containers/stick.kfc", base_dir);
    snprintf(away, sizeof away, "%s/stick", base_dir);
    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session = 0;
        CK_SLOT_INFO info;
        CK_TOKEN_INFO token;
        if (!arg)
            EXPECT(rename(i % 2 ? away : here, i % 2 ? here : away) == 0, true);
        EXPECT(C_GetSlotInfo(the_slot, &info), CKR_OK);
        expect(C_GetTokenInfo(the_slot, &token), gone, KF_COUNT(gone));
        if (try_open(the_slot, CKF_RW_SESSION, &session) != CKR_OK)
            continue;
        expect(login(session, CKU_USER, USER_PIN), gone, KF_COUNT(gone));
        expect(C_Logout(session), gone, KF_COUNT(gone));
        expect(C_CloseSession(session), gone, KF_COUNT(gone));
    }
    return NULL;
}

static void a_stick_may_be_pulled_under_all_of_them(void **state) {
    the_slot = make_token("keyfob disk", "stick");
    run_threads(use_a_stick);
    assert_int_equal(token_info(the_slot).ulSessionCount, 0);
    assert_ok(login(open_session(the_slot, 0), CKU_USER, USER_PIN));
}

static void *start_and_end(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        CK_ULONG count = 0;
        EXPECT(initialize(OPTIONS), CKR_OK, CKR_CRYPTOKI_ALREADY_INITIALIZED);
        EXPECT(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK, CKR_CRYPTOKI_NOT_INITIALIZED);
        EXPECT(C_Finalize(NULL), CKR_OK, CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    return NULL;
}

static void threads_may_start_and_end_the_module(void **state) {
    run_threads(start_and_end);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(threads_share_one_login),
        IN_MODULE(a_session_that_another_thread_closes_is_just_invalid),
        IN_MODULE(one_thread_gets_the_empty_slot),
        IN_MODULE(a_stick_may_be_pulled_under_all_of_them),
        IN_MODULE(threads_may_start_and_end_the_module),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
