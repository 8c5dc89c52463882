// SPDX-License-Identifier: Apache-2.0
// The hint of an error, said for the request at hand.
#pragma once

#include <keyfob/error.h>

/* The table of errors says "ID" where it cannot know the request: the present error gets `id`. */
void hint_with_id(const char *id, kf_err code);
