// SPDX-License-Identifier: Apache-2.0
// Running another program: no shell, nothing on its standard input, its words kept.
#pragma once

#include "base/buf.h"

/* Runs `argv` (found in PATH) to its end. `ret_output` gets what it printed on both outputs, cut
 * at 16 KiB. KF_E_NOT_FOUND when there is no such program, KF_E_FAILED when it ended badly. */
kf_err spawn_run(const char *const argv[], kf_buf *ret_output);
