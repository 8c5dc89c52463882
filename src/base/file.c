// SPDX-License-Identifier: Apache-2.0
// Reading files with a maximum, folders that are private, and kernel locks that die with their
// process.
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/text.h"

kf_err kf_fail_errno(int error, const char *doing, const char *path) {
    static const struct {
        int error;
        kf_err code;
    } meanings[] = {
        {ENOENT, KF_E_NOT_FOUND},   {EEXIST, KF_E_EXISTS},    {EACCES, KF_E_PERMISSION},
        {EPERM, KF_E_PERMISSION},   {EROFS, KF_E_PERMISSION}, {ELOOP, KF_E_PERMISSION},
        {ENOSPC, KF_E_DISK_FULL},   {EDQUOT, KF_E_DISK_FULL}, {ENOMEM, KF_E_MEMORY},
        {EAGAIN, KF_E_BUSY},        {EBUSY, KF_E_BUSY},       {EINTR, KF_E_INTERRUPTED},
        {ENAMETOOLONG, KF_E_INPUT},
    };
    kf_err code = KF_E_IO;
    for (size_t i = 0; i < KF_COUNT(meanings); i++)
        if (meanings[i].error == error)
            code = meanings[i].code;
    errno = error;
    return kf_fail(code, "%s \"%s\": %m", doing, path);
}

/* Into memory of the right size where that is known, so that no copies of a secret are left behind.
 */
static kf_err read_all(int fd, const char *path, size_t max, kf_buf *ret_bytes) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return kf_fail_errno(errno, "reading", path);
    if (S_ISDIR(st.st_mode))
        return kf_fail(KF_E_INPUT, "\"%s\" is a folder, not a file", path);
    if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > max)
        return kf_fail(KF_E_TOO_LARGE, "\"%s\" has more than %zu bytes", path, max);
    KF_AUTO(kf_buf) bytes = {0};
    size_t capacity = (S_ISREG(st.st_mode) ? (size_t)st.st_size : 4096) + 2;
    for (;;) {
        if (!bytes.data || bytes.capacity - bytes.len < 2) {
            capacity = bytes.data ? 2 * bytes.capacity : capacity;
            uint8_t *data = realloc(bytes.data, capacity);
            if (!data)
                return kf_fail(KF_E_MEMORY, "out of memory reading \"%s\"", path);
            bytes.data = data;
            bytes.capacity = capacity;
        }
        ssize_t got = read(fd, bytes.data + bytes.len, bytes.capacity - bytes.len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return kf_fail_errno(errno, "reading", path);
        if (got == 0)
            break;
        bytes.len += (size_t)got;
        if (bytes.len > max)
            return kf_fail(KF_E_TOO_LARGE, "\"%s\" has more than %zu bytes", path, max);
    }
    bytes.data[bytes.len] = '\0';
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}

kf_err kf_file_read(const char *path, size_t max, kf_buf *ret_bytes) {
    if (kf_str_equal(path, "-"))
        return read_all(STDIN_FILENO, "-", max, ret_bytes);
    KF_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return kf_fail_errno(errno, "opening", path);
    return read_all(fd, path, max, ret_bytes);
}

kf_err kf_file_read_private(const char *path, size_t max, kf_buf *ret_bytes) {
    struct stat st;
    /* O_NONBLOCK: a FIFO put in the file's place must not hold us up before it is refused. */
    KF_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return kf_fail(KF_E_PERMISSION, "\"%s\" is a symbolic link", path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return kf_fail_errno(errno, "opening", path);
    if (!S_ISREG(st.st_mode))
        return kf_fail(KF_E_PERMISSION, "\"%s\" is not a regular file", path);
    if (st.st_uid != geteuid())
        return kf_fail(KF_E_PERMISSION, "\"%s\" belongs to another user", path);
    if (st.st_mode & 077)
        return kf_fail(KF_E_PERMISSION, "\"%s\" is open to other users (mode %03o)", path,
                       (unsigned)st.st_mode & 0777);
    return read_all(fd, path, max, ret_bytes);
}

kf_err kf_file_read_trusted(const char *path, size_t max, kf_buf *ret_bytes) {
    struct stat st;
    KF_AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        return kf_fail_errno(errno, "opening", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return kf_fail(KF_E_PERMISSION, "\"%s\" belongs to another user", path);
    if (st.st_mode & 022)
        return kf_fail(KF_E_PERMISSION, "\"%s\" can be changed by other users (mode %03o)", path,
                       (unsigned)st.st_mode & 0777);
    return read_all(fd, path, max, ret_bytes);
}

bool kf_file_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0;
}

/* The folder that was asked for. A link to it counts as its owner's word, root's included. */
static kf_err check_own_folder(const char *path) {
    struct stat link, st;
    if (lstat(path, &link) != 0 || stat(path, &st) != 0)
        return kf_fail_errno(errno, "opening the folder", path);
    if (!S_ISDIR(st.st_mode))
        return kf_fail(KF_E_EXISTS, "\"%s\" is not a folder", path);
    if (st.st_uid != geteuid() || (link.st_uid != geteuid() && link.st_uid != 0))
        return kf_fail(KF_E_PERMISSION, "the folder \"%s\" belongs to another user", path);
    if (st.st_mode & 022)
        return kf_fail(KF_E_PERMISSION, "other users may write to the folder \"%s\" (mode %03o)",
                       path, (unsigned)st.st_mode & 0777);
    return KF_OK;
}

/* A folder above the one asked for: /tmp is fine, as its sticky bit keeps others from renaming
 * ours. */
static kf_err check_parent(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return kf_fail_errno(errno, "opening the folder", path);
    if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        return kf_fail(KF_E_PERMISSION, "every user may rename what is in the folder \"%s\"", path);
    return KF_OK;
}

static kf_err sync_folder(const char *path) {
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    KF_AUTO_CLOSE int fd = TEMP_FAILURE_RETRY(open(path, flags));
    if (fd < 0 || TEMP_FAILURE_RETRY(fsync(fd)) != 0)
        return kf_fail_errno(errno, "writing to disk the folder", path);
    return KF_OK;
}

static kf_err make_below(const char *path, bool is_target) {
    struct stat st;
    if (stat(path, &st) == 0)
        return is_target ? check_own_folder(path) : check_parent(path);
    const char *slash = strrchr(path, '/');
    KF_AUTO_FREE char *parent =
        !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!parent)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(make_below(parent, false));
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return kf_fail_errno(errno, "making the folder", path);
    KF_TRY(sync_folder(parent));
    return check_own_folder(path);
}

kf_err kf_dir_make(const char *path) {
    KF_AUTO_FREE char *copy = strdup(path);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    size_t len = strlen(copy);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    if (len == 0)
        return kf_fail(KF_E_INPUT, "a folder's name is empty");
    return make_below(copy, true);
}

static kf_err lock_open(const char *path, int *ret_fd) {
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    KF_AUTO_CLOSE int fd = TEMP_FAILURE_RETRY(open(path, flags, 0600));
    if (fd < 0)
        return kf_fail_errno(errno, "opening the lock", path);
    /* 0 says "not held" in kf_lock, and a process may have been started without standard input. */
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (high < 0)
        return kf_fail_errno(errno, "opening the lock", path);
    *ret_fd = high;
    return KF_OK;
}

kf_err kf_lock_wait(const char *path, int ms, kf_lock *ret_lock) {
    KF_AUTO_CLOSE int fd = -1;
    KF_TRY(lock_open(path, &fd));
    for (int pause = 5;; pause = pause < 80 ? 2 * pause : 100) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
            break;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return kf_fail_errno(errno, "locking", path);
        if (ms <= 0)
            return kf_fail(KF_E_BUSY, "another process holds the lock \"%s\"", path);
        pause = pause < ms ? pause : ms;
        nanosleep(&(struct timespec){.tv_nsec = pause * 1000000L}, NULL);
        ms -= pause;
    }
    kf_lock_clear(ret_lock);
    ret_lock->fd = fd;
    fd = -1;
    return KF_OK;
}

kf_err kf_lock_take(const char *path, kf_lock *ret_lock) {
    return kf_lock_wait(path, 0, ret_lock);
}

void kf_lock_clear(kf_lock *lock) {
    if (lock && lock->fd > 0)
        close(lock->fd);
    if (lock)
        lock->fd = 0;
}
