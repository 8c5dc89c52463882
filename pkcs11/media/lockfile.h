// SPDX-License-Identifier: Apache-2.0
// One lock file for all containers of a medium, a byte of it for each name.
//
// It is made once, stays, and is empty. A file that came and went with each lock would double the
// changes to the folder, which on a journaling file system costs a fifth of a durable write.
#pragma once

#include <keyfob/error.h>

/* Excludes other threads and other processes that take the same name, until it is dropped or the
 * process ends. KF_E_BUSY after `wait_ms`. Names that a file system may take for the same (FAT does
 * not tell capitals from small letters) exclude each other. */
kf_err kf_lockfile_take(const char *path, const char *name, int wait_ms, int *ret_fd);
void kf_lockfile_drop(int fd);
