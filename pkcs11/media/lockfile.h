// SPDX-License-Identifier: Apache-2.0
// A lock file beside what it guards. It is made when the lock is taken and goes away with it, so
// that a stick holds containers and nothing else.
#pragma once

#include <keyfob/error.h>

/* Excludes other threads and other processes, until it is dropped or the process ends. KF_E_BUSY
 * after `wait_ms`, with `what` in the sentence. */
kf_err kf_lockfile_take(const char *path, const char *what, int wait_ms, int *ret_fd);
void kf_lockfile_drop(const char *path, int fd);
