// SPDX-License-Identifier: Apache-2.0
// A document of a CA, whatever is in it.
#pragma once

#include "output.h"

/* Objects as "a=1, b=2", lists with commas, whatever is in them. */
format_fn format_any;
/* Each member is a line; `but` is one that was told already, or NULL. */
kf_err document_show(struct run *run, const json_t *object, const char *but);
