// SPDX-License-Identifier: Apache-2.0
// One file of a container in the folder of a disk medium that is open: its names, and reading it.
#pragma once

#include <limits.h>

#include "media/medium.h"

struct kf_disk_file {
    char name[KF_NAME_MAX + 16]; /* in the folder */
    char path[PATH_MAX];         /* for people */
};
struct kf_disk_file kf_disk_file(const char *folder, const char *container, const char *suffix);
bool kf_disk_file_is_there(int folder, const struct kf_disk_file *file);
/* Returns KF_E_NOT_FOUND with its sentence. */
kf_err kf_disk_file_not_found(const struct kf_disk_file *file);
/* As struct kf_medium_kind's read, for a regular file of our own: KF_E_PERMISSION for others. */
kf_err kf_disk_file_read(int folder, const struct kf_disk_file *file, uint64_t offset, size_t len,
                         kf_buf *ret_bytes);
/* No error when it is not there. */
kf_err kf_disk_file_remove(int folder, const struct kf_disk_file *file);
