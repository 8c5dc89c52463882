// SPDX-License-Identifier: Apache-2.0
// The services that a double can play.
#pragma once

#include "double.h"

/* NULL when there is none of that name. */
const struct double_service *double_service_find(const char *name);
