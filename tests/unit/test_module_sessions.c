// SPDX-License-Identifier: Apache-2.0
// Sessions and who is logged in: the rules of PKCS#11 2.40, 5.6, as a table of steps.
#include "module_fixture.h"

#include "base/auto.h"

enum { RO, RW, RW2, RO2, SESSIONS };

enum deed { OPEN, CLOSE, CLOSE_ALL, LOGIN_USER, LOGIN_SO, LOGOUT, STATE };

struct step {
    enum deed deed;
    int session;
    CK_RV rv;
    CK_STATE state; /* of STATE */
};

#define MAX_STEPS 12

static const struct row {
    const char *name;
    struct step steps[MAX_STEPS];
    size_t count;
} rows[] = {
#define ROW(name, ...)                                                                             \
    { name, {__VA_ARGS__}, sizeof((struct step[]){__VA_ARGS__}) / sizeof(struct step) }
    ROW("public sessions", {OPEN, RO, CKR_OK, 0}, {OPEN, RW, CKR_OK, 0},
        {STATE, RO, CKR_OK, CKS_RO_PUBLIC_SESSION}, {STATE, RW, CKR_OK, CKS_RW_PUBLIC_SESSION}),
    ROW("a login is for all sessions", {OPEN, RO, CKR_OK, 0}, {OPEN, RW, CKR_OK, 0},
        {LOGIN_USER, RO, CKR_OK, 0}, {STATE, RO, CKR_OK, CKS_RO_USER_FUNCTIONS},
        {STATE, RW, CKR_OK, CKS_RW_USER_FUNCTIONS}, {OPEN, RO2, CKR_OK, 0},
        {STATE, RO2, CKR_OK, CKS_RO_USER_FUNCTIONS}, {LOGOUT, RO2, CKR_OK, 0},
        {STATE, RW, CKR_OK, CKS_RW_PUBLIC_SESSION}),
    ROW("once is enough", {OPEN, RW, CKR_OK, 0}, {LOGIN_USER, RW, CKR_OK, 0},
        {LOGIN_USER, RW, CKR_USER_ALREADY_LOGGED_IN, 0},
        {LOGIN_SO, RW, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, 0}, {LOGOUT, RW, CKR_OK, 0},
        {LOGOUT, RW, CKR_USER_NOT_LOGGED_IN, 0}),
    ROW("the SO needs no read-only sessions", {OPEN, RW, CKR_OK, 0}, {OPEN, RO, CKR_OK, 0},
        {LOGIN_SO, RW, CKR_SESSION_READ_ONLY_EXISTS, 0}, {CLOSE, RO, CKR_OK, 0},
        {LOGIN_SO, RW, CKR_OK, 0}, {STATE, RW, CKR_OK, CKS_RW_SO_FUNCTIONS},
        {LOGIN_SO, RW, CKR_USER_ALREADY_LOGGED_IN, 0},
        {LOGIN_USER, RW, CKR_USER_ANOTHER_ALREADY_LOGGED_IN, 0}),
    ROW("nor may one be opened under the SO", {OPEN, RW, CKR_OK, 0}, {LOGIN_SO, RW, CKR_OK, 0},
        {OPEN, RO, CKR_SESSION_READ_WRITE_SO_EXISTS, 0}, {OPEN, RW2, CKR_OK, 0},
        {STATE, RW2, CKR_OK, CKS_RW_SO_FUNCTIONS}, {LOGOUT, RW2, CKR_OK, 0}, {OPEN, RO, CKR_OK, 0}),
    ROW("the last session closed logs out", {OPEN, RW, CKR_OK, 0}, {OPEN, RO, CKR_OK, 0},
        {LOGIN_USER, RW, CKR_OK, 0}, {CLOSE, RW, CKR_OK, 0},
        {STATE, RO, CKR_OK, CKS_RO_USER_FUNCTIONS}, {CLOSE, RO, CKR_OK, 0}, {OPEN, RW, CKR_OK, 0},
        {STATE, RW, CKR_OK, CKS_RW_PUBLIC_SESSION}),
    ROW("all closed at once logs out", {OPEN, RW, CKR_OK, 0}, {OPEN, RO, CKR_OK, 0},
        {LOGIN_USER, RW, CKR_OK, 0}, {CLOSE_ALL, 0, CKR_OK, 0},
        {STATE, RW, CKR_SESSION_HANDLE_INVALID, 0}, {CLOSE, RO, CKR_SESSION_HANDLE_INVALID, 0},
        {OPEN, RW, CKR_OK, 0}, {STATE, RW, CKR_OK, CKS_RW_PUBLIC_SESSION}),
    ROW("a closed session is no session", {OPEN, RO, CKR_OK, 0}, {CLOSE, RO, CKR_OK, 0},
        {CLOSE, RO, CKR_SESSION_HANDLE_INVALID, 0}, {LOGIN_USER, RO, CKR_SESSION_HANDLE_INVALID, 0},
        {LOGOUT, RO, CKR_SESSION_HANDLE_INVALID, 0}, {STATE, RO, CKR_SESSION_HANDLE_INVALID, 0}),
};

static CK_RV do_open(CK_SLOT_ID slot, int which, CK_SESSION_HANDLE *sessions) {
    return try_open(slot, which == RW || which == RW2 ? CKF_RW_SESSION : 0, &sessions[which]);
}

static CK_RV take(const struct step *step, CK_SLOT_ID slot, CK_SESSION_HANDLE *sessions) {
    CK_SESSION_INFO info = {0};
    CK_SESSION_HANDLE session = sessions[step->session];
    switch (step->deed) {
    case OPEN:
        return do_open(slot, step->session, sessions);
    case CLOSE:
        return C_CloseSession(session);
    case CLOSE_ALL:
        return C_CloseAllSessions(slot);
    case LOGIN_USER:
        return login(session, CKU_USER, USER_PIN);
    case LOGIN_SO:
        return login(session, CKU_SO, SO_PIN);
    case LOGOUT:
        return C_Logout(session);
    default:
        break;
    }
    CK_RV rv = C_GetSessionInfo(session, &info);
    if (rv == CKR_OK && info.state != step->state)
        fail_msg("state %lu instead of %lu", info.state, step->state);
    return rv;
}

static void sessions_keep_to_the_rules(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "rules");
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        CK_SESSION_HANDLE sessions[SESSIONS] = {0};
        for (size_t at = 0; at < rows[i].count; at++) {
            CK_RV rv = take(&rows[i].steps[at], slot, sessions);
            if (rv != rows[i].steps[at].rv)
                fail_msg("\"%s\", step %zu: %#lx instead of %#lx", rows[i].name, at + 1, rv,
                         rows[i].steps[at].rv);
        }
        assert_ok(C_CloseAllSessions(slot));
    }
}

static void wrong_openings_are_refused(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "openings");
    CK_SESSION_HANDLE session = 0;
    assert_rv(C_OpenSession(slot, 0, NULL, NULL, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    assert_rv(C_OpenSession(slot, CKF_RW_SESSION, NULL, NULL, &session),
              CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    assert_rv(try_open(1000000, 0, &session), CKR_SLOT_ID_INVALID);
    assert_rv(C_CloseAllSessions(1000000), CKR_SLOT_ID_INVALID);
    assert_rv(try_open(empty_slot("keyfob memory"), 0, &session), CKR_TOKEN_NOT_RECOGNIZED);
    assert_int_equal(session, 0);
}

static void no_session_bears_the_handle_of_a_closed_one(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "handles");
    CK_SESSION_HANDLE first = open_session(slot, 0);
    assert_ok(C_CloseSession(first));
    for (int i = 0; i < 1000; i++) {
        CK_SESSION_HANDLE next = open_session(slot, 0);
        assert_int_not_equal(next, first);
        assert_rv(C_CloseSession(first), CKR_SESSION_HANDLE_INVALID);
        assert_ok(C_CloseSession(next));
    }
}

static void what_is_no_session_is_told_everywhere(void **state) {
    static const CK_SESSION_HANDLE handles[] = {0, 1, 65536, 65537, 0x7fffffff, ~0UL};
    CK_SESSION_INFO info;
    for (size_t i = 0; i < KF_COUNT(handles); i++) {
        assert_rv(C_GetSessionInfo(handles[i], &info), CKR_SESSION_HANDLE_INVALID);
        assert_rv(C_CloseSession(handles[i]), CKR_SESSION_HANDLE_INVALID);
        assert_rv(login(handles[i], CKU_USER, USER_PIN), CKR_SESSION_HANDLE_INVALID);
        assert_rv(C_GetFunctionStatus(handles[i]), CKR_SESSION_HANDLE_INVALID);
    }
}

static void relics_answer_as_the_standard_says(void **state) {
    CK_SESSION_HANDLE session = open_session(make_token("keyfob memory", "relics"), 0);
    CK_ULONG len = 0;
    assert_rv(C_GetFunctionStatus(session), CKR_FUNCTION_NOT_PARALLEL);
    assert_rv(C_CancelFunction(session), CKR_FUNCTION_NOT_PARALLEL);
    assert_rv(C_GetOperationState(session, NULL, &len), CKR_FUNCTION_NOT_SUPPORTED);
}

static void sessions_are_counted(void **state) {
    CK_SLOT_ID slot = make_token("keyfob memory", "counted");
    open_session(slot, 0);
    open_session(slot, CKF_RW_SESSION);
    CK_SESSION_HANDLE third = open_session(slot, CKF_RW_SESSION);
    assert_int_equal(token_info(slot).ulSessionCount, 3);
    assert_int_equal(token_info(slot).ulRwSessionCount, 2);
    assert_ok(C_CloseSession(third));
    assert_int_equal(token_info(slot).ulSessionCount, 2);
    assert_int_equal(token_info(slot).ulRwSessionCount, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MODULE(sessions_keep_to_the_rules),
        IN_MODULE(wrong_openings_are_refused),
        IN_MODULE(no_session_bears_the_handle_of_a_closed_one),
        IN_MODULE(what_is_no_session_is_told_everywhere),
        IN_MODULE(relics_answer_as_the_standard_says),
        IN_MODULE(sessions_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
