// SPDX-License-Identifier: Apache-2.0
// What the routes do: the front's own ones, and the way to the workers for all others.
#pragma once

#include "web/front/exchange.h"

void handlers_run(struct exchange *exchange);
/* Once, at the start: reads the settings that the front itself follows. */
void handlers_begin(struct front *front);
