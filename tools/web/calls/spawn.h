// SPDX-License-Identifier: Apache-2.0
// Starting a worker's process.
#pragma once

#include "web/calls/crew.h"

/* `line` becomes its descriptor 3. Gives an errno. */
int spawn_worker(const struct crew *crew, int line, pid_t *ret_pid);
