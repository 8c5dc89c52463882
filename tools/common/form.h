// SPDX-License-Identifier: Apache-2.0
// Looking into a form (keyfob.form/1, see keyfob/form.h).
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The field of that name, or NULL. */
const json_t *form_field(const json_t *form, const char *name);
/* Does the form speak of an agreement, or of paying? */
bool form_costs(const json_t *form);
