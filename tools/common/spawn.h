// SPDX-License-Identifier: Apache-2.0
// Running another program: no shell, the default SIGPIPE, its words kept.
#pragma once

#include <spawn.h>

#include "base/buf.h"

/* Starts `argv` (found in PATH) with these files; gives an errno, 0 when it runs. */
int spawn_start(const char *const argv[], const posix_spawn_file_actions_t *files, pid_t *ret_pid);
/* Runs `argv` to its end with nothing on its standard input. `ret_output` gets what it printed on
 * both outputs, cut at 16 KiB. KF_E_NOT_FOUND when there is no such program, KF_E_FAILED when it
 * ended badly. */
kf_err spawn_run(const char *const argv[], kf_buf *ret_output);
