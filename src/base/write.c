// SPDX-License-Identifier: Apache-2.0
// Files that survive a crash: written beside, synced, renamed over the old one.
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"

static kf_err write_all(int fd, const char *path, const uint8_t *data, size_t len) {
    while (len) {
        ssize_t put = write(fd, data, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return kf_fail_errno(errno, "writing", path);
        data += put;
        len -= (size_t)put;
    }
    return KF_OK;
}

/* --- names --- */

/* A path cut into its folder, held open, and the name in it. */
struct place {
    int folder, file; /* the temporary file, locked from its beginning until it is renamed */
    const char *path, *name;
    char temporary[NAME_MAX + 1];
};

static void place_clear(struct place *place) {
    kf_auto_close_(&place->file);
    kf_auto_close_(&place->folder);
}

static kf_err place_open(const char *path, struct place *ret_place) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return kf_fail(KF_E_INPUT, "\"%s\" does not name a file", path);
    size_t len = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    KF_AUTO_FREE char *folder = slash ? strndup(path, len) : strdup(".");
    if (!folder)
        return kf_fail(KF_E_MEMORY, "out of memory");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return kf_fail_errno(errno, "opening the folder", folder);
    *ret_place = (struct place){.folder = fd, .file = -1, .path = path, .name = name};
    return KF_OK;
}

/* .NAME.0123456789abcdef.tmp */
enum { NAME_PART = 200, RANDOM_DIGITS = 16 };

static kf_err name_temporary(struct place *at) {
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return kf_fail_errno(errno, "naming a temporary file beside", at->path);
    snprintf(at->temporary, sizeof at->temporary, ".%.*s.%0*" PRIx64 ".tmp", NAME_PART, at->name,
             RANDOM_DIGITS, random);
    return KF_OK;
}

static bool is_temporary_of(const struct place *at, const char *entry) {
    char before[NAME_PART + 3];
    size_t len = (size_t)snprintf(before, sizeof before, ".%.*s.", NAME_PART, at->name);
    return kf_str_starts(entry, before) &&
           strspn(entry + len, "0123456789abcdef") == RANDOM_DIGITS &&
           strcmp(entry + len + RANDOM_DIGITS, ".tmp") == 0;
}

/* --- what a killed writer left behind --- */

static int lock_file(int fd, int how) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int answer;
    do
        answer = fcntl(fd, how, &whole);
    while (answer != 0 && errno == EINTR);
    return answer;
}

/* A writer that lives holds the lock of its file. */
static void remove_stale(const struct place *at, const char *entry) {
    struct stat st;
    if (fstatat(at->folder, entry, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        st.st_uid != geteuid())
        return;
    KF_AUTO_CLOSE int fd =
        openat(at->folder, entry, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && lock_file(fd, F_OFD_SETLK) == 0)
        unlinkat(at->folder, entry, 0);
}

/* Whatever fails here is tried again by the next one who writes. */
static void sweep(const struct place *at) {
    int fd = openat(at->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        kf_auto_close_(&fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (is_temporary_of(at, entry->d_name))
            remove_stale(at, entry->d_name);
    closedir(folder);
}

/* --- writing --- */

/* Somebody who sweeps may come between making the file and locking it: then there is another try.
 */
static kf_err make_temporary(struct place *at, unsigned mode) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    struct stat st = {0};
    while (st.st_nlink == 0) {
        kf_auto_close_(&at->file);
        KF_TRY(name_temporary(at));
        at->file = openat(at->folder, at->temporary, flags, (mode_t)mode);
        if (at->file < 0)
            return kf_fail_errno(errno, "making a file beside", at->path);
        lock_file(at->file, F_OFD_SETLKW); /* without locks nobody sweeps here */
        if (fstat(at->file, &st) != 0)
            return kf_fail_errno(errno, "making a file beside", at->path);
    }
    return KF_OK;
}

static kf_err fill_temporary(struct place *at, const void *data, size_t len, unsigned mode) {
    KF_TRY(make_temporary(at, mode));
    KF_TRY(write_all(at->file, at->path, data, len));
    if (fsync(at->file) != 0)
        return kf_fail_errno(errno, "writing to disk", at->path);
    return KF_OK;
}

static kf_err write_beside(const char *path, const void *data, size_t len, unsigned mode,
                           unsigned rename_flags) {
    __attribute__((cleanup(place_clear))) struct place at = {.folder = -1, .file = -1};
    KF_TRY(place_open(path, &at));
    sweep(&at);
    kf_err err = fill_temporary(&at, data, len, mode);
    if (err == KF_OK && renameat2(at.folder, at.temporary, at.folder, at.name, rename_flags) != 0)
        err = errno == EEXIST ? kf_fail(KF_E_EXISTS, "there is already a file \"%s\"", path)
                              : kf_fail_errno(errno, "replacing", path);
    if (err != KF_OK) {
        unlinkat(at.folder, at.temporary, 0);
        return err;
    }
    if (fsync(at.folder) != 0)
        return kf_fail_errno(errno, "writing to disk the folder of", path);
    return KF_OK;
}

kf_err kf_file_write(const char *path, const void *data, size_t len, unsigned mode) {
    return write_beside(path, data, len, mode, 0);
}

kf_err kf_file_write_new(const char *path, const void *data, size_t len, unsigned mode) {
    return write_beside(path, data, len, mode, RENAME_NOREPLACE);
}

/* --- replacing: the callers' lock keeps other writers out --- */

static bool is_unsupported(int error) {
    return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

/* .NAME.tmp */
static void name_fixed(struct place *at) {
    snprintf(at->temporary, sizeof at->temporary, ".%.*s.tmp", NAME_PART, at->name);
}

/* Whatever has the temporary file's name goes, unless a living writer holds its lock. */
static kf_err clear_fixed(const struct place *at) {
    struct stat st;
    KF_AUTO_CLOSE int fd = -1;
    if (fstatat(at->folder, at->temporary, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        fd = openat(at->folder, at->temporary, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && lock_file(fd, F_OFD_SETLK) != 0 && (errno == EAGAIN || errno == EACCES))
        return kf_fail(KF_E_BUSY, "another process is writing \"%s\"", at->path);
    if (unlinkat(at->folder, at->temporary, 0) != 0 && errno != ENOENT)
        return kf_fail_errno(errno, "removing an unfinished file beside", at->path);
    return KF_OK;
}

/* Two who clear away may take each other's file before it is locked: then there is another try. */
static kf_err make_fixed(struct place *at, unsigned mode) {
    enum { TRIES = 100 };
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    struct stat st;
    name_fixed(at);
    for (int i = 0; i < TRIES; i++) {
        kf_auto_close_(&at->file);
        at->file = TEMP_FAILURE_RETRY(openat(at->folder, at->temporary, flags, (mode_t)mode));
        if (at->file < 0 && errno != EEXIST)
            return kf_fail_errno(errno, "making a file beside", at->path);
        if (at->file < 0) {
            KF_TRY(clear_fixed(at));
            continue;
        }
        bool is_swept = lock_file(at->file, F_OFD_SETLK) != 0 && errno == EAGAIN;
        if (fstat(at->file, &st) != 0)
            return kf_fail_errno(errno, "making a file beside", at->path);
        if (!is_swept && st.st_nlink > 0)
            return KF_OK;
    }
    return kf_fail(KF_E_BUSY, "other processes are writing \"%s\"", at->path);
}

static kf_err fill_fixed(struct place *at, const void *data, size_t len) {
    KF_TRY(write_all(at->file, at->path, data, len));
    struct timespec times[2];
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[1] = times[0];
    futimens(at->file, times); /* the kernel's own stamps are some milliseconds coarse */
    if (TEMP_FAILURE_RETRY(fdatasync(at->file)) != 0)
        return kf_fail_errno(errno, "writing to disk", at->path);
    return KF_OK;
}

static kf_err put_new(const struct place *at) {
    if (renameat2(at->folder, at->temporary, at->folder, at->name, RENAME_NOREPLACE) == 0)
        return KF_OK;
    struct stat st;
    bool is_unable = is_unsupported(errno);
    if (errno == EEXIST ||
        (is_unable && fstatat(at->folder, at->name, &st, AT_SYMLINK_NOFOLLOW) == 0))
        return kf_fail(KF_E_EXISTS, "there is already a file \"%s\"", at->path);
    if (!is_unable || renameat(at->folder, at->temporary, at->folder, at->name) != 0)
        return kf_fail_errno(errno, "making", at->path);
    return KF_OK;
}

static kf_err put_over(const struct place *at) {
    if (renameat(at->folder, at->temporary, at->folder, at->name) != 0)
        return kf_fail_errno(errno, "replacing", at->path);
    return KF_OK;
}

/* The old file takes the temporary one's name and then its own new one: at no moment is there
 * nothing under `name`. exFAT and some others cannot exchange and have no hard links either; there
 * nothing is kept, since a copy would cost a third sync and twice the room. */
static kf_err put_keeping_old(const struct place *at) {
    struct stat st;
    if (fstatat(at->folder, at->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return put_over(at);
    if (!S_ISREG(st.st_mode))
        return kf_fail(KF_E_PERMISSION, "\"%s\" is not a regular file", at->path);
    if (renameat2(at->folder, at->temporary, at->folder, at->name, RENAME_EXCHANGE) != 0)
        return is_unsupported(errno) ? put_over(at) : kf_fail_errno(errno, "replacing", at->path);
    char kept[NAME_MAX + 1];
    snprintf(kept, sizeof kept, "%.*s.bak", NAME_PART, at->name);
    if (renameat(at->folder, at->temporary, at->folder, kept) != 0)
        unlinkat(at->folder, at->temporary, 0);
    return KF_OK;
}

static void close_file(struct place *at) {
    kf_auto_close_(&at->file);
}

kf_err kf_file_replace(int folder, const struct kf_replacement *order, const void *data,
                       size_t len) {
    __attribute__((cleanup(close_file))) struct place at = {
        .folder = folder, .file = -1, .path = order->path, .name = order->name};
    KF_TRY(make_fixed(&at, order->mode));
    kf_err err = fill_fixed(&at, data, len);
    if (err == KF_OK)
        err = order->is_new ? put_new(&at) : order->keep_old ? put_keeping_old(&at) : put_over(&at);
    if (err != KF_OK) {
        unlinkat(folder, at.temporary, 0);
        return err;
    }
    if (TEMP_FAILURE_RETRY(fsync(folder)) != 0)
        return kf_fail_errno(errno, "writing to disk the folder of", order->path);
    return KF_OK;
}
