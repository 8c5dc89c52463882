// SPDX-License-Identifier: Apache-2.0
// The folder of a disk medium: whether it is there, whether it is safe, and whether the stick that
// it was on is still in.
#pragma once

#include <keyfob/error.h>
#include <sys/stat.h>

enum kf_folder_use { KF_FOLDER_READ, KF_FOLDER_WRITE };

/* Opens `path` for the calls of one operation. KF_E_NOT_FOUND when there is no such folder,
 * KF_E_TOKEN_REMOVED when its device is gone, KF_E_PERMISSION when others may write to it; for
 * KF_FOLDER_WRITE also when it is on a network file system. */
kf_err kf_folder_open(const char *path, enum kf_folder_use use, int *ret_fd);
/* A regular file of our own and closed to others, in a folder that is open; file systems without
 * owners (FAT, exFAT, NTFS) cannot tell. KF_E_PERMISSION. */
kf_err kf_folder_check_file(int folder, const struct stat *st, const char *path);
/* FAT and its like: no owners, no modes, and fewer characters for names. */
bool kf_folder_is_plain(int folder);
/* True when the block device under the open folder was pulled; a file system without one never is.
 */
bool kf_folder_is_pulled(int folder);
/* What failed in an open folder, told as KF_E_TOKEN_REMOVED when the stick was pulled meanwhile. */
kf_err kf_folder_told(int folder, const char *path, kf_err err);
/* Could a file be made in `path`: it can be written, or the nearest folder above it that exists. */
bool kf_folder_can_make(const char *path);
