// SPDX-License-Identifier: Apache-2.0
// Every call of a change that can fail is made to fail, one after the other: the old state or the
// new one, an error that says so, and the next change finds everything in order.
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "media_change.h"

/* --- calls that fail when they are told to --- */

enum how { NOT, FAIL, CUT_SHORT };

static struct {
    enum how how;
    int at, count, error;
    bool without_flags; /* renameat2() as on exFAT */
    bool without_device;
} fault;

static void arm(enum how how, int at, int error) {
    fault.at = at;
    fault.error = error;
    fault.count = 0;
    fault.how = how;
}

/* True when the call that was waited for has come. */
static bool disarm(void) {
    fault.how = NOT;
    return fault.count >= fault.at;
}

static bool strikes(enum how how) {
    if (fault.how != how || ++fault.count != fault.at)
        return false;
    errno = fault.error;
    return true;
}

#define WRAPPED             __attribute__((visibility("default")))
#define INTERRUPTIBLE(call) (strikes(FAIL) ? -1 : (int)(call))
#define CALL(call)          (fault.error != EINTR && strikes(FAIL) ? -1 : (int)(call))

/* Nobody pulls the plug here, so that syncs need not wait for the disk. */
WRAPPED int fsync(int fd) {
    return INTERRUPTIBLE(0);
}
WRAPPED int fdatasync(int fd) {
    return INTERRUPTIBLE(0);
}

static int open_with(int folder, const char *path, int flags, va_list args) {
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    return INTERRUPTIBLE(syscall(SYS_openat, folder, path, flags, mode));
}
#define OPEN(folder)                                                                               \
    va_list args;                                                                                  \
    va_start(args, flags);                                                                         \
    int fd = open_with(folder, path, flags, args);                                                 \
    va_end(args);                                                                                  \
    return fd
WRAPPED int open(const char *path, int flags, ...) {
    OPEN(AT_FDCWD);
}
WRAPPED int open64(const char *path, int flags, ...) {
    OPEN(AT_FDCWD);
}
WRAPPED int openat(int folder, const char *path, int flags, ...) {
    OPEN(folder);
}

WRAPPED ssize_t write(int fd, const void *data, size_t len) {
    if (len > 1 && strikes(CUT_SHORT))
        len /= 2;
    return strikes(FAIL) ? -1 : syscall(SYS_write, fd, data, len);
}
WRAPPED ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) {
    if (len > 1 && strikes(CUT_SHORT))
        len /= 2;
    return strikes(FAIL) ? -1 : syscall(SYS_pwrite64, fd, data, len, offset);
}
WRAPPED int renameat(int from, const char *old, int to, const char *name) {
    return CALL(syscall(SYS_renameat, from, old, to, name));
}
WRAPPED int renameat2(int from, const char *old, int to, const char *name, unsigned flags) {
    if (fault.without_flags && flags) {
        errno = EINVAL;
        return -1;
    }
    return CALL(syscall(SYS_renameat2, from, old, to, name, flags));
}
WRAPPED int unlink(const char *path) {
    return CALL(syscall(SYS_unlink, path));
}
WRAPPED int unlinkat(int folder, const char *path, int flags) {
    return CALL(syscall(SYS_unlinkat, folder, path, flags));
}
WRAPPED int ftruncate64(int fd, off64_t len) {
    return CALL(syscall(SYS_ftruncate, fd, len));
}

/* As after a stick was pulled: its device is gone from /sys. */
WRAPPED int access(const char *path, int mode) {
    if (fault.without_device && strncmp(path, "/sys/dev/block/", 15) == 0) {
        errno = ENOENT;
        return -1;
    }
    return (int)syscall(SYS_access, path, mode);
}

/* --- faults --- */

struct outcome {
    bool struck;
    kf_err err;
    enum found found;
};

static struct outcome strike(const struct change *change, const struct kind *kind, enum how how,
                             int at, int error) {
    struct outcome outcome;
    prepare(change, kind);
    {
        KF_AUTO_PTR(kf_medium) medium = medium_of(kind);
        arm(how, at, error);
        outcome.err = change_locked(change, medium);
        outcome.struck = disarm();
    }
    outcome.found = found_after(change, kind);
    return outcome;
}

/* Success means the new state, and failure one of the two. */
static void check_outcome(const struct change *change, const struct outcome *outcome, int at) {
    if (outcome->found == FOUND_ANOTHER || (outcome->err == KF_OK && outcome->found != FOUND_NEW))
        fail_msg("%s: after call %d answer %d and state %d", change->name, at, outcome->err,
                 outcome->found);
}

enum { CALLS_MAX = 200 };

/* How many calls failed. */
static int fail_each_call(const struct change *change, const struct kind *kind, int error,
                          kf_err expected) {
    for (int at = 1; at < CALLS_MAX; at++) {
        struct outcome outcome = strike(change, kind, FAIL, at, error);
        check_outcome(change, &outcome, at);
        if (!outcome.struck)
            return at - 1;
        bool looks_pulled = error == EIO && outcome.err == KF_E_TOKEN_REMOVED;
        if (expected != KF_OK && outcome.err != KF_OK && !looks_pulled)
            assert_int_equal(outcome.err, expected);
        assert_true(goes_on(kind));
    }
    fail_msg("%s: there is no end of calls", change->name);
    return 0;
}

static void check_faults(const struct kind *kind, int error, kf_err expected) {
    for (size_t i = 0; i < KF_COUNT(changes); i++)
        assert_in_range(fail_each_call(&changes[i], kind, error, expected), 5, CALLS_MAX);
}

static void a_full_disk_keeps_old_or_new(void **state) {
    /* SQLite opens a file for reading that cannot be opened for writing, and says so. */
    check_faults(*state, ENOSPC, *state == &disk_kind_ ? KF_E_DISK_FULL : KF_OK);
}

static void a_full_quota_keeps_old_or_new(void **state) {
    check_faults(*state, EDQUOT, KF_E_DISK_FULL);
}

static void a_broken_disk_keeps_old_or_new(void **state) {
    check_faults(*state, EIO, *state == &disk_kind_ ? KF_E_IO : KF_OK);
}

static void a_disk_that_turns_read_only_keeps_old_or_new(void **state) {
    check_faults(*state, EROFS, *state == &disk_kind_ ? KF_E_PERMISSION : KF_OK);
}

static void check_goes_through(const struct kind *kind, enum how how, int error) {
    for (size_t i = 0; i < KF_COUNT(changes); i++)
        for (int at = 1; at < CALLS_MAX; at++) {
            struct outcome outcome = strike(&changes[i], kind, how, at, error);
            assert_int_equal(outcome.err, KF_OK);
            assert_int_equal(outcome.found, FOUND_NEW);
            if (!outcome.struck)
                break;
        }
}

static void a_short_write_is_continued(void **state) {
    check_goes_through(*state, CUT_SHORT, 0);
}

/* SQLite does not repeat an interrupted sync; Linux interrupts none on a local disk. */
static void an_interrupted_call_is_repeated(void **state) {
    check_goes_through(*state, FAIL, EINTR);
}

/* An error of a sync is told, and the next sync's success is not taken for it. */
static void a_failed_sync_is_a_failed_change(void **state) {
    int failed = 0;
    for (int at = 1; at < CALLS_MAX; at++) {
        struct outcome outcome = strike(&changes[0], *state, FAIL, at, EIO);
        failed += outcome.err != KF_OK;
        if (!outcome.struck)
            break;
    }
    assert_in_range(failed, 4, CALLS_MAX);
}

/* --- other file systems --- */

static void without_exchange_all_works_but_the_copy(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    fault.without_flags = true;
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(write_text(medium, "a", "two", true), KF_E_EXISTS);
    assert_true(holds_text(medium, "a", "one"));
    assert_int_equal(write_text(medium, "a", "two", false), KF_OK);
    assert_true(holds_text(medium, "a", "two"));
    fault.without_flags = false;
    assert_int_not_equal(access(in_dir("disk/a.kfc.bak"), F_OK), 0);
    assert_true(is_tidy());
}

static void a_disk_that_fails_because_it_was_pulled_says_so(void **state) {
    struct stat st;
    KF_AUTO_PTR(kf_medium) medium = medium_of(*state);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(stat(media_dir, &st), 0);
    bool has_device = st.st_dev >> 8 != 0; /* a tmpfs has none, and cannot be pulled */
    fault.without_device = true;
    assert_int_equal(kf_medium_is_present(medium), !has_device);
    arm(FAIL, 2, EIO);
    kf_err err = write_text(medium, "a", "two", false);
    assert_true(disarm());
    fault.without_device = false;
    assert_int_equal(err, has_device ? KF_E_TOKEN_REMOVED : KF_E_IO);
    assert_true(kf_medium_is_present(medium) && holds_text(medium, "a", "one"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(a_full_disk_keeps_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_full_disk_keeps_old_or_new, &registry_kind_),
        IN_MEDIA_DIR(a_full_quota_keeps_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_broken_disk_keeps_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_broken_disk_keeps_old_or_new, &registry_kind_),
        IN_MEDIA_DIR(a_disk_that_turns_read_only_keeps_old_or_new, &disk_kind_),
        IN_MEDIA_DIR(a_short_write_is_continued, &disk_kind_),
        IN_MEDIA_DIR(a_short_write_is_continued, &registry_kind_),
        IN_MEDIA_DIR(an_interrupted_call_is_repeated, &disk_kind_),
        IN_MEDIA_DIR(a_failed_sync_is_a_failed_change, &disk_kind_),
        IN_MEDIA_DIR(a_failed_sync_is_a_failed_change, &registry_kind_),
        IN_MEDIA_DIR(without_exchange_all_works_but_the_copy, &disk_kind_),
        IN_MEDIA_DIR(a_disk_that_fails_because_it_was_pulled_says_so, &disk_kind_),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
