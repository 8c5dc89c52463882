// SPDX-License-Identifier: Apache-2.0
// What the headers of a request alone decide: its route and session, or that it is refused.
#pragma once

#include "web/front/exchange.h"

/* Answers what is refused. `early` is set when that is sent at once: otherwise the body, which is
 * small, is read first, as a browser that cannot send it all does not read the answer. */
void entry_check(struct exchange *exchange);
