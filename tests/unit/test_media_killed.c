// SPDX-License-Identifier: Apache-2.0
// A process is killed before and after every system call of a change that leaves a trace: the old
// state or the new one, and the next change finds everything in order.
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

/* Stops itself, and then makes the change with the parent looking on. A registry that is there is
 * connected to before. */
static void changer(const struct change *change, const struct kind *kind) {
    kf_medium *medium = NULL;
    struct kf_stamp stamp;
    is_changer = true;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || kind->make(&medium) != KF_OK ||
        kf_medium_stamp(medium, "a", &stamp) != KF_OK || raise(SIGSTOP) != 0)
        _exit(2);
    _exit(change_locked(change, medium) == KF_OK ? 0 : 1);
}

static void wait_for_stop(pid_t child, int *ret_status) {
    assert_int_equal(waitpid(child, ret_status, 0), child);
}

/* Between two others, a call that only looks is as good as the moment before the next. */
static bool leaves_trace(uint64_t call) {
    static const uint64_t calls[] = {SYS_openat,    SYS_write,     SYS_pwrite64,  SYS_fsync,
                                     SYS_fdatasync, SYS_rename,    SYS_unlink,    SYS_renameat,
                                     SYS_unlinkat,  SYS_renameat2, SYS_ftruncate, SYS_mkdir,
                                     SYS_fcntl,     SYS_utimensat, SYS_fallocate};
    for (size_t i = 0; i < KF_COUNT(calls); i++)
        if (calls[i] == call)
            return true;
    return false;
}

/* Is the child at the beginning of a call that leaves a trace, or at the end of one that began so?
 */
static bool is_worth_it(pid_t child, bool *in_call) {
    struct __ptrace_syscall_info info = {0};
    assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info) > 0);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        return *in_call = leaves_trace(info.entry.nr);
    bool ends = *in_call;
    *in_call = false;
    return ends;
}

/* True when it was killed at its `at`-th stop that is worth it; false when it had ended by then. */
static bool kill_at_stop(pid_t child, int at) {
    const int options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
    int status = -1;
    bool in_call = false;
    wait_for_stop(child, &status);
    assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(intptr_t)options), 0);
    while (at > 0) {
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        wait_for_stop(child, &status);
        if (!WIFSTOPPED(status)) {
            assert_int_equal(status, 0);
            return false;
        }
        at -= is_worth_it(child, &in_call);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    wait_for_stop(child, &status);
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
    assert_in_range(old, 5, STOPS_MAX);
    assert_in_range(new, 2, STOPS_MAX);
}

static void a_killed_change_leaves_old_or_new(void **state) {
    for (size_t i = 0; i < KF_COUNT(changes); i++)
        kill_at_each_stop(&changes[i], *state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(a_killed_change_leaves_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_killed_change_leaves_old_or_new, &registry_kind_),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
