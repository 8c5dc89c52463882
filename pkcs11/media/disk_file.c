// SPDX-License-Identifier: Apache-2.0
// One file of a container in the folder of a disk medium that is open.
#include "media/disk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "media/folder.h"

struct kf_disk_file kf_disk_file(const char *folder, const char *container, const char *suffix) {
    struct kf_disk_file file;
    snprintf(file.name, sizeof file.name, "%s%s", container, suffix);
    snprintf(file.path, sizeof file.path, "%s/%s", folder, file.name);
    return file;
}

bool kf_disk_file_is_there(int folder, const struct kf_disk_file *file) {
    struct stat st;
    return fstatat(folder, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

kf_err kf_disk_file_not_found(const struct kf_disk_file *file) {
    return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\"", file->path);
}

static kf_err open_file(int folder, const struct kf_disk_file *file, int *ret_fd,
                        size_t *ret_size) {
    struct stat st;
    /* O_NONBLOCK: a FIFO put in the file's place must not hold us up before it is refused. */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
    KF_AUTO_CLOSE int fd = TEMP_FAILURE_RETRY(openat(folder, file->name, flags));
    if (fd < 0 && errno == ENOENT)
        return kf_disk_file_not_found(file);
    if (fd < 0 && errno == ELOOP)
        return kf_fail(KF_E_PERMISSION, "\"%s\" is a symbolic link", file->path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return kf_fail_errno(errno, "opening", file->path);
    KF_TRY(kf_folder_check_file(folder, &st, file->path));
    if ((uintmax_t)st.st_size > KF_BLOB_MAX)
        return kf_fail(KF_E_TOO_LARGE, "\"%s\" has more than %zu bytes", file->path, KF_BLOB_MAX);
    *ret_size = (size_t)st.st_size;
    *ret_fd = fd;
    fd = -1;
    return KF_OK;
}

static kf_err read_part(int fd, const char *path, uint64_t offset, size_t len, kf_buf *ret_bytes) {
    KF_AUTO(kf_buf) bytes = {.data = malloc(len + 1), .capacity = len + 1};
    if (!bytes.data)
        return kf_fail(KF_E_MEMORY, "out of memory for %zu bytes", len);
    while (bytes.len < len) {
        ssize_t got =
            pread(fd, bytes.data + bytes.len, len - bytes.len, (off_t)(offset + bytes.len));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return kf_fail_errno(errno, "reading", path);
        if (got == 0)
            break;
        bytes.len += (size_t)got;
    }
    bytes.data[bytes.len] = '\0';
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}

kf_err kf_disk_file_read(int folder, const struct kf_disk_file *file, uint64_t offset, size_t len,
                         kf_buf *ret_bytes) {
    KF_AUTO_CLOSE int fd = -1;
    size_t size = 0;
    KF_TRY(open_file(folder, file, &fd, &size));
    size_t rest = offset < size ? size - (size_t)offset : 0;
    return read_part(fd, file->path, offset, len < rest ? len : rest, ret_bytes);
}

kf_err kf_disk_file_remove(int folder, const struct kf_disk_file *file) {
    if (unlinkat(folder, file->name, 0) != 0 && errno != ENOENT)
        return kf_fail_errno(errno, "removing", file->path);
    return KF_OK;
}
