// SPDX-License-Identifier: Apache-2.0
// A process is killed before and after every system call of a change: the old state or the new one,
// and the next change finds everything in order.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "media_change.h"

/* Who only looks at what is left need not wait for the disk. */
static bool is_changer;

__attribute__((visibility("default"))) int fsync(int fd) {
    return is_changer ? (int)syscall(SYS_fsync, fd) : 0;
}

__attribute__((visibility("default"))) int fdatasync(int fd) {
    return is_changer ? (int)syscall(SYS_fdatasync, fd) : 0;
}

/* Stops itself, and then makes the change with the parent looking on. */
static void changer(const struct change *change, const struct kind *kind) {
    kf_medium *medium = NULL;
    is_changer = true;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || kind->make(&medium) != KF_OK ||
        raise(SIGSTOP) != 0)
        _exit(2);
    _exit(change_locked(change, medium) == KF_OK ? 0 : 1);
}

/* True when it was killed at its `at`-th stop; false when it had ended by then. Each call stops it
 * twice: before and after. */
static bool kill_at_stop(pid_t child, int at) {
    const int options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(intptr_t)options), 0);
    for (int i = 0; i < at; i++) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSTOPPED(status)) {
            assert_int_equal(status, 0);
            return false;
        }
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return true;
}

enum { STOPS_MAX = 1000 };

static void kill_at_each_stop(const struct change *change, const struct kind *kind) {
    int old = 0, new = 0;
    for (int at = 1; at < STOPS_MAX; at++) {
        prepare(change, kind);
        pid_t child = fork();
        if (child == 0)
            changer(change, kind);
        bool was_killed = kill_at_stop(child, at);
        enum found found = found_after(change, kind);
        if (found == FOUND_ANOTHER || (!was_killed && found != FOUND_NEW))
            fail_msg("%s: killed at stop %d, state %d", change->name, at, found);
        assert_true(goes_on(kind));
        old += found == FOUND_OLD;
        new += found == FOUND_NEW;
        if (!was_killed)
            break;
    }
    assert_in_range(old, 10, STOPS_MAX);
    assert_in_range(new, 2, STOPS_MAX);
}

static void a_killed_change_leaves_old_or_new(void **state) {
    for (size_t i = 0; i < KF_COUNT(changes); i++)
        kill_at_each_stop(&changes[i], *state);
}

/* The lock, the temporary file and the lock on it are left by one that was killed; many times
 * over nothing piles up. */
static void what_the_killed_leave_does_not_pile_up(void **state) {
    prepare(&changes[0], *state);
    for (int at = 1; at < 60; at++) {
        pid_t child = fork();
        if (child == 0)
            changer(&changes[0], *state);
        kill_at_stop(child, at);
    }
    assert_true(goes_on(*state));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(a_killed_change_leaves_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_killed_change_leaves_old_or_new, &registry_kind_),
        IN_MEDIA_DIR(what_the_killed_leave_does_not_pile_up, &disk_kind_),
        IN_MEDIA_DIR(what_the_killed_leave_does_not_pile_up, &registry_kind_),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
