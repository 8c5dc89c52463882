// SPDX-License-Identifier: Apache-2.0
// Several processes: each key and each order once, whoever works, stops or dies.
#include "unit/enroll_fixture.h"

#include <glob.h>
#include <signal.h>
#include <sys/prctl.h>

static int resume_it(void) {
    return resume();
}

static pid_t start(int (*body)(void)) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no stopped process */
        open_context();
        _exit(body());
    }
    return child;
}

static int end_of(pid_t child) {
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void two_processes_enroll_on_one_token(void **state) {
    kf_context_free(KF_MOVE(context));
    pid_t a = start(enroll_at_a), b = start(enroll_at_b);
    assert_int_equal(end_of(a), KF_OK);
    assert_int_equal(end_of(b), KF_OK);
    open_context();
    snprintf(id, sizeof id, "r-1");
    assert_state("done");
    snprintf(id, sizeof id, "r-2");
    assert_state("done");
    assert_token(2, 2);
    assert_int_equal(lab->orders, 2);
    assert_int_equal(stored(KF_STORE_PERSONAL), 2);
}

static kf_err token_lock_when_sent;

static kf_err take_token_lock(void) {
    glob_t token_locks;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO_FREE char *pattern = kf_str("%s/locks/token-*", kf_context_data_dir(context));
    assert_int_equal(glob(pattern, 0, NULL, &token_locks), 0);
    assert_int_equal(token_locks.gl_pathc, 1);
    kf_err err = kf_lock_take(token_locks.gl_pathv[0], &lock);
    globfree(&token_locks);
    return err;
}

static void try_the_token_lock(void) {
    token_lock_when_sent = take_token_lock();
}

static void a_token_has_one_writer_at_a_time(void **state) {
    lab_looks = try_the_token_lock;
    assert_ok(enroll("a"));
    assert_int_equal(token_lock_when_sent, KF_E_BUSY);
    assert_ok(take_token_lock());
}

static void two_processes_resume_one_request(void **state) {
    play(room, "fail C_Sign 1 CKR_DEVICE_ERROR");
    assert_int_not_equal(enroll("c"), KF_OK);
    play(room, "slow C_Sign 300");
    kf_context_free(KF_MOVE(context));
    pid_t a = start(resume_it), b = start(resume_it);
    int first = end_of(a), second = end_of(b);
    open_context();
    assert_true((first == KF_OK && second == KF_E_BUSY) || (first == KF_E_BUSY && second == KF_OK));
    assert_int_equal(lab->sends, 1);
    play(room, "");
    assert_enrolled();
}

static void stop_here(void) {
    raise(SIGSTOP);
}

static void a_process_that_was_stopped_while_sending_still_holds_the_request(void **state) {
    int status = 0;
    lab_looks = stop_here;
    kf_context_free(KF_MOVE(context));
    pid_t child = start(enroll_at_c);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    open_context();
    snprintf(id, sizeof id, "r-1");
    clock_shift = 3600;
    assert_fails(resume(), KF_E_BUSY);
    assert_fails(kf_request_withdraw(context, id, true), KF_E_BUSY);
    assert_fails(kf_request_retry(context, id), KF_E_BUSY);
    kill(child, SIGCONT);
    assert_int_equal(end_of(child), KF_OK);
    assert_enrolled();
    assert_int_equal(lab->sends, 1);
}

static void a_killed_holder_gives_way_at_once(void **state) {
    SCRIPT(submit, TAKE_AND_DIE);
    enroll_and_die(enroll_at_a);
    int64_t begin = kf_monotonic_ms();
    assert_ok(resume());
    assert_true(kf_monotonic_ms() - begin < 5000);
    assert_enrolled();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        ENROLL(two_processes_enroll_on_one_token),
        ENROLL(a_token_has_one_writer_at_a_time),
        ENROLL(two_processes_resume_one_request),
        ENROLL(a_process_that_was_stopped_while_sending_still_holds_the_request),
        ENROLL(a_killed_holder_gives_way_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
