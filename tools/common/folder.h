// SPDX-License-Identifier: Apache-2.0
// A folder for containers that a person names.
#pragma once

#include <keyfob/error.h>
#include <limits.h>

/* Its whole name, without links. */
kf_err folder_open(const char *name, char ret_folder[static PATH_MAX]);
/* False on FAT and its like, as sticks have it: whoever holds the stick can copy what is there. */
bool folder_has_permissions(const char *folder);
