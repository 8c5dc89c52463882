// SPDX-License-Identifier: Apache-2.0
// What to type next, where the table of errors does not know the command.
#pragma once

#include "output.h"

/* Says more than the table's sentence for `code`, unless a hint was given already. */
void hint_for_command(const struct run *run, kf_err code);
