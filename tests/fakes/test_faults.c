// SPDX-License-Identifier: Apache-2.0
// Faults: calls that fail, hang, or end the program; cards that come and go.
#include "fakes/test_host.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static CK_RV ask(void) {
    CK_INFO info;
    return p11->C_GetInfo(&info);
}

static void the_nth_call_fails_and_no_other(void **state) {
    host_script("fail C_GetInfo 2 CKR_DEVICE_REMOVED");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(ask(), CKR_DEVICE_REMOVED);
    assert_int_equal(ask(), CKR_OK);
}

static void every_call_fails_with_a_code_nobody_knows(void **state) {
    host_script("fail C_GetInfo * 0x80001234");
    assert_int_equal(ask(), 0x80001234);
    assert_int_equal(ask(), 0x80001234);
    host_script("fail C_GetInfo 2+ CKR_DEVICE_ERROR");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(ask(), CKR_DEVICE_ERROR);
    assert_int_equal(ask(), CKR_DEVICE_ERROR);
}

static void any_counts_all_functions(void **state) {
    CK_TOKEN_INFO info;
    host_script("fail any 3 CKR_FUNCTION_FAILED");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_int_equal(ask(), CKR_FUNCTION_FAILED);
    assert_int_equal(ask(), CKR_OK);
}

static void a_new_script_counts_from_one(void **state) {
    host_script("fail C_GetInfo 2 CKR_DEVICE_ERROR");
    assert_int_equal(ask(), CKR_OK);
    host_script("fail C_GetInfo 2 CKR_DEVICE_MEMORY");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(ask(), CKR_DEVICE_MEMORY);
}

static void failing_after_leaves_the_work_done(void **state) {
    CK_OBJECT_HANDLE object = 0;
    host_script("fail C_CreateObject 1 CKR_DEVICE_ERROR after");
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_write_certificate(session, &object), CKR_DEVICE_ERROR);
    assert_int_equal(host_count(session, CKO_CERTIFICATE), 1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void a_slow_call_takes_its_time(void **state) {
    CK_SLOT_INFO info;
    host_script("slow C_GetSlotInfo 60");
    const double start = now();
    assert_int_equal(p11->C_GetSlotInfo(1, &info), CKR_OK);
    assert_true(now() - start >= 0.06);
    assert_int_equal(ask(), CKR_OK);
    assert_true(now() - start < 10);
}

static void call_once(void) {
    ask();
}

static void a_crash_ends_the_program(void **state) {
    const struct {
        const char *script;
        int signal;
    } ways[] = {{"crash C_GetInfo 1", SIGABRT},
                {"crash C_GetInfo 1 abort", SIGABRT},
                {"crash C_GetInfo 1 segv", SIGSEGV},
                {"crash C_GetInfo 1 kill", SIGKILL}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        host_script(ways[i].script);
        const int status = host_child(call_once);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), ways[i].signal);
    }
    host_script("crash C_GetInfo 1 exit");
    const int status = host_child(call_once);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void generate_in_a_second_program(void) {
    host_restart();
    host_keys(host_login(), HOST_P256);
}

static void a_crash_after_key_generation_leaves_the_key(void **state) {
    host_keep_state();
    host_script("crash C_GenerateKeyPair 1 kill after");
    assert_int_equal(WTERMSIG(host_child(generate_in_a_second_program)), SIGKILL);
    host_script("");
    assert_int_equal(host_count(host_login(), CKO_PRIVATE_KEY), 1);
    host_script("crash C_GenerateKeyPair 1 kill");
    assert_int_equal(WTERMSIG(host_child(generate_in_a_second_program)), SIGKILL);
    host_script("");
    assert_int_equal(host_count(host_session(), CKO_PRIVATE_KEY), 1);
}

static void an_absent_token_is_not_listed(void **state) {
    CK_ULONG count = 9;
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;
    host_script("absent");
    assert_int_equal(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(p11->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(p11->C_GetSlotInfo(1, &info), CKR_OK);
    assert_false(info.flags & CKF_TOKEN_PRESENT);
    assert_int_equal(p11->C_GetTokenInfo(1, &token), CKR_TOKEN_NOT_PRESENT);
}

static void a_removed_token_takes_its_sessions_along(void **state) {
    CK_SESSION_INFO info;
    const CK_SESSION_HANDLE session = host_login();
    host_script("remove after 1\nreinsert after 3");
    assert_int_equal(p11->C_GetSessionInfo(session, &info), CKR_OK);
    assert_int_equal(p11->C_GetSessionInfo(session, &info), CKR_DEVICE_REMOVED);
    assert_int_equal(p11->C_GetSessionInfo(session, &info), CKR_DEVICE_REMOVED);
    assert_int_equal(p11->C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(p11->C_GetSessionInfo(host_session(), &info), CKR_OK);
    assert_int_equal(info.state, CKS_RW_PUBLIC_SESSION);
}

static void a_token_taken_out_and_put_back_keeps_its_objects(void **state) {
    CK_OBJECT_HANDLE object = 0;
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_write_certificate(session, &object), CKR_OK);
    host_script("reinsert");
    assert_int_equal(p11->C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(host_count(host_session(), CKO_CERTIFICATE), 1);
}

static void another_token_has_the_label_and_not_the_objects(void **state) {
    CK_TOKEN_INFO info;
    CK_OBJECT_HANDLE object = 0;
    assert_int_equal(host_write_certificate(host_session(), &object), CKR_OK);
    host_script("replace serial=9999");
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_memory_equal(info.label, "FAKE ", 5);
    assert_memory_equal(info.serialNumber, "9999 ", 5);
    assert_int_equal(host_count(host_session(), CKO_CERTIFICATE), 0);
    host_script("");
    assert_int_equal(host_count(host_session(), CKO_CERTIFICATE), 1);
}

static void only_the_named_slot_loses_its_token(void **state) {
    CK_TOKEN_INFO info;
    host_script("token label=A\ntoken label=B\nabsent slot=2");
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    assert_int_equal(p11->C_GetTokenInfo(2, &info), CKR_TOKEN_NOT_PRESENT);
}

static void coming_and_going_are_slot_events(void **state) {
    CK_SLOT_ID slot = 0;
    assert_int_equal(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    host_script("absent");
    assert_int_equal(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    assert_int_equal(slot, 1);
    assert_int_equal(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
}

static void the_login_is_lost_in_the_middle(void **state) {
    const CK_SESSION_HANDLE session = host_login();
    host_script("logout after 1");
    assert_int_equal(ask(), CKR_OK);
    assert_int_equal(p11->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
    assert_int_equal(p11->C_Logout(session), CKR_OK);
}

static void print_to_files(void) {
    if (freopen(host_path("out"), "w", stdout) == NULL ||
        freopen(host_path("err"), "w", stderr) == NULL)
        _exit(1);
    ask();
}

static long size_of(const char *name) {
    struct stat info;
    return stat(host_path(name), &info) == 0 ? (long)info.st_size : -1;
}

static void noise_goes_to_both_outputs(void **state) {
    host_script("noise");
    host_child(print_to_files);
    assert_true(size_of("out") > 0);
    assert_true(size_of("err") > 0);
    host_script("");
    host_child(print_to_files);
    assert_int_equal(size_of("out"), 0);
}

static void look_around(void) {
    char folder[256] = "";
    sigset_t blocked;
    ask();
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    _exit(getcwd(folder, sizeof folder) != NULL && strcmp(folder, "/") == 0 && umask(0) == 0 &&
                  sigismember(&blocked, SIGTERM) == 1
              ? 7
              : 1);
}

static void a_rude_module_changes_its_host(void **state) {
    host_script("rude");
    assert_int_equal(WEXITSTATUS(host_child(look_around)), 7);
}

static void call_quietly(void) {
    if (freopen("/dev/null", "w", stderr) == NULL)
        _exit(1);
    ask();
}

static void a_senseless_line_ends_the_test(void **state) {
    const char *const lines[] = {"frobnicate",
                                 "fail C_Sing 1 CKR_OK",
                                 "fail C_Sign 0 CKR_OK",
                                 "lie about it",
                                 "weak-key fish",
                                 "pin-tries many",
                                 "replace",
                                 "remove after",
                                 "mechanisms CKM_NONE",
                                 "token colour=red",
                                 "full house",
                                 "slow C_Sign",
                                 "lie label raw abc",
                                 "noise loud"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        host_script(lines[i]);
        const int status = host_child(call_quietly);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
            fail_msg("\"%s\" was taken", lines[i]);
    }
}

const struct CMUnitTest fault_tests[] = {
    HOST_TEST(the_nth_call_fails_and_no_other),
    HOST_TEST(every_call_fails_with_a_code_nobody_knows),
    HOST_TEST(any_counts_all_functions),
    HOST_TEST(a_new_script_counts_from_one),
    HOST_TEST(failing_after_leaves_the_work_done),
    HOST_TEST(a_slow_call_takes_its_time),
    HOST_TEST(a_crash_ends_the_program),
    HOST_TEST(a_crash_after_key_generation_leaves_the_key),
    HOST_TEST(an_absent_token_is_not_listed),
    HOST_TEST(a_removed_token_takes_its_sessions_along),
    HOST_TEST(a_token_taken_out_and_put_back_keeps_its_objects),
    HOST_TEST(another_token_has_the_label_and_not_the_objects),
    HOST_TEST(only_the_named_slot_loses_its_token),
    HOST_TEST(coming_and_going_are_slot_events),
    HOST_TEST(the_login_is_lost_in_the_middle),
    HOST_TEST(noise_goes_to_both_outputs),
    HOST_TEST(a_rude_module_changes_its_host),
    HOST_TEST(a_senseless_line_ends_the_test),
};
const size_t fault_test_count = sizeof fault_tests / sizeof fault_tests[0];
