// SPDX-License-Identifier: Apache-2.0
// Files that survive a crash, folders that are private, and kernel locks that die with their
// process.
#pragma once

#include "base/buf.h"

/* Read a whole file of at most `max` bytes: KF_E_NOT_FOUND, KF_E_TOO_LARGE, KF_E_PERMISSION,
 * KF_E_IO. "-" is standard input. Follows symbolic links, as the person named the file. */
kf_err kf_file_read(const char *path, size_t max, kf_buf *ret_bytes);
/* As above for files with secrets: a regular file of our own user, closed to others (0600), not a
 * link. */
kf_err kf_file_read_private(const char *path, size_t max, kf_buf *ret_bytes);
/* As kf_file_read() for files that decide which code runs (keyfob.conf names modules): of our own
 * user or root, and not to be changed by others. */
kf_err kf_file_read_trusted(const char *path, size_t max, kf_buf *ret_bytes);
/* Write beside, fsync, rename over `path`, fsync the folder. Old or new content after a crash,
 * never a third. What a killed writer left beside `path` goes first. */
kf_err kf_file_write(const char *path, const void *data, size_t len, unsigned mode);
/* As above, but KF_E_EXISTS when there is a file already. */
kf_err kf_file_write_new(const char *path, const void *data, size_t len, unsigned mode);
/* As above for a file that is written often, by writers who hold a lock of their own, in the folder
 * that is open as `folder`. What a killed writer left is found by its name, without reading the
 * folder; another writer at work is KF_E_BUSY. The time of modification is this moment's to the
 * nanosecond, so that two writes never look the same. */
struct kf_replacement {
    const char *name; /* in `folder` */
    const char *path; /* as a person is told */
    unsigned mode;
    bool is_new;   /* KF_E_EXISTS when there is a file already */
    bool keep_old; /* as NAME.bak, where the file system can exchange two names; what is no regular
                      file is then not replaced (KF_E_PERMISSION) */
};
kf_err kf_file_replace(int folder, const struct kf_replacement *order, const void *data,
                       size_t len);
bool kf_file_exists(const char *path);
/* Make the folder and its parents, 0700. Refuses (KF_E_PERMISSION) one of another user or writable
 * by others, and one that would have to be made where every user may rename it (/tmp with its
 * sticky bit is fine). */
kf_err kf_dir_make(const char *path);

/* KF_E_PERMISSION when the folder is on a network file system, where locks and fsync do not keep
 * their promises. */
kf_err kf_dir_check_local(const char *path);

/* An open-file-description lock on `path` (made when missing, 0600). */
typedef struct kf_lock {
    int fd; /* 0 = not held, so that `= {0}` is an empty lock */
} kf_lock;
/* KF_E_BUSY at once when another holder has it. */
kf_err kf_lock_take(const char *path, kf_lock *ret_lock);
/* Waits up to `ms` milliseconds. */
kf_err kf_lock_wait(const char *path, int ms, kf_lock *ret_lock);
void kf_lock_clear(kf_lock *lock);
/* Translate errno of an operation on `path` into an error with a sentence. */
kf_err kf_fail_errno(int error, const char *doing, const char *path);
