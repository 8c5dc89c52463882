// SPDX-License-Identifier: Apache-2.0
// The folders in which containers are looked for: the default one, those that were used before, and
// sticks that are plugged in.
#pragma once

#include <keyfob/error.h>

#define KF_FOLDERS_MAX 32

/* Calls `each` with absolute paths, none twice and at most KF_FOLDERS_MAX, until it gives false:
 * DATA/containers (which need not exist), what DATA/folders names (which may be away), and of each
 * file system mounted below /media/$USER or /run/media/$USER its topmost folder, when there is a
 * container in it, and its folder "keyfob". Network file systems are passed over there. `mounts` is
 * looked into instead of those two, for tests; NULL otherwise. When DATA/folders cannot be read,
 * that is the error, after all others were called. */
kf_err kf_folders_each(const char *data_dir, const char *mounts,
                       bool (*each)(void *arg, const char *folder), void *arg);
/* A folder that exists, from now on in DATA/folders (by its real path, one a line, 0600). Nothing
 * happens when it is there already or is the default one. KF_E_INPUT for a path that is no plain
 * text, KF_E_TOO_LARGE when there are too many. */
kf_err kf_folders_remember(const char *data_dir, const char *folder);
/* KF_E_NOT_FOUND. */
kf_err kf_folders_forget(const char *data_dir, const char *folder);
