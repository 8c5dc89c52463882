// SPDX-License-Identifier: Apache-2.0
// The arguments of a request: its query and its body, which may be secret.
#pragma once

#include "web/front/exchange.h"

/* A piece of the body has come; it is wiped where it lies. */
void arguments_take(struct exchange *exchange, const char *data, size_t len);
/* Into exchange->args, beside the parameters of the path. The body is wiped. */
kf_err arguments_read(struct exchange *exchange);
void arguments_wipe(struct exchange *exchange);
