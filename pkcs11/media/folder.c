// SPDX-License-Identifier: Apache-2.0
// The folder of a disk medium: whether it is there, whether it is safe, and whether the stick that
// it was on is still in.
#include "media/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/file.h"

bool kf_folder_is_plain(int folder) {
    static const uint32_t plain[] = {
        0x4d44,     /* FAT */
        0x2011bab0, /* exFAT */
        0x7366746e, /* NTFS, the kernel's */
        0x5346544e, /* NTFS, the old one */
        0x65735546, /* FUSE: exFAT and NTFS of others; others' users are shut out by FUSE itself */
    };
    struct statfs fs;
    if (fstatfs(folder, &fs) != 0)
        return false;
    for (size_t i = 0; i < KF_COUNT(plain); i++)
        if ((uint32_t)fs.f_type == plain[i])
            return true;
    return false;
}

/* Root is nobody to be kept out: a stick's topmost folder is often root's. */
static kf_err check_folder(int folder, const char *path) {
    struct stat st;
    if (fstat(folder, &st) != 0)
        return kf_fail_errno(errno, "opening the folder", path);
    bool is_ours = st.st_uid == geteuid() || st.st_uid == 0;
    if ((is_ours && !(st.st_mode & 022)) || kf_folder_is_plain(folder))
        return KF_OK;
    if (!is_ours)
        return kf_fail(KF_E_PERMISSION, "the folder \"%s\" belongs to another user", path);
    kf_fail(KF_E_PERMISSION, "other users may write to the folder \"%s\" (mode %03o)", path,
            (unsigned)st.st_mode & 0777);
    kf_error_hint("Close it to others with `chmod go-w`, or use a folder of your own.");
    return KF_E_PERMISSION;
}

kf_err kf_folder_check_file(int folder, const struct stat *st, const char *path) {
    if (!S_ISREG(st->st_mode))
        return kf_fail(KF_E_PERMISSION, "\"%s\" is not a regular file", path);
    if ((st->st_uid == geteuid() && !(st->st_mode & 077)) || kf_folder_is_plain(folder))
        return KF_OK;
    if (st->st_uid != geteuid())
        return kf_fail(KF_E_PERMISSION, "\"%s\" belongs to another user", path);
    kf_fail(KF_E_PERMISSION, "\"%s\" is open to other users (mode %03o)", path,
            (unsigned)st->st_mode & 0777);
    kf_error_hint("Close it to others with `chmod 600`.");
    return KF_E_PERMISSION;
}

/* The kernel takes a pulled device out of /sys at once, however long it stays mounted. */
bool kf_folder_is_pulled(int folder) {
    static const char devices[] = "/sys/dev/block";
    char path[64];
    struct stat st;
    if (fstat(folder, &st) != 0)
        return errno == EIO || errno == ENXIO || errno == ENODEV;
    if (major(st.st_dev) == 0)
        return false;
    snprintf(path, sizeof path, "%s/%u:%u", devices, major(st.st_dev), minor(st.st_dev));
    return access(path, F_OK) != 0 && errno == ENOENT && access(devices, F_OK) == 0;
}

static kf_err fail_pulled(const char *path) {
    kf_fail(KF_E_TOKEN_REMOVED, "the disk with the folder \"%s\" was taken out", path);
    kf_error_hint("Put it in again.");
    return KF_E_TOKEN_REMOVED;
}

kf_err kf_folder_told(int folder, const char *path, kf_err err) {
    if (err != KF_OK && err != KF_E_NOT_FOUND && err != KF_E_EXISTS && kf_folder_is_pulled(folder))
        return fail_pulled(path);
    return err;
}

kf_err kf_folder_open(const char *path, enum kf_folder_use use, int *ret_fd) {
    KF_AUTO_CLOSE int fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0 && (errno == EIO || errno == ENXIO || errno == ENODEV))
        return fail_pulled(path);
    if (fd < 0 && errno == ENOTDIR)
        return kf_fail(KF_E_NOT_FOUND, "\"%s\" is not a folder", path);
    if (fd < 0)
        return kf_fail_errno(errno, "opening the folder", path);
    KF_TRY(check_folder(fd, path));
    if (use == KF_FOLDER_WRITE && kf_dir_check_local(path) != KF_OK) {
        kf_error_hint("Use a folder on a local disk or on a stick.");
        return KF_E_PERMISSION;
    }
    *ret_fd = fd;
    fd = -1;
    return KF_OK;
}

bool kf_folder_can_make(const char *path) {
    KF_AUTO_FREE char *at = strdup(path);
    while (at && !kf_file_exists(at)) {
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            return false;
        *slash = '\0';
    }
    return at && faccessat(AT_FDCWD, at, W_OK | X_OK, AT_EACCESS) == 0;
}
