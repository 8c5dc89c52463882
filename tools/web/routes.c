// SPDX-License-Identifier: Apache-2.0
// The routes of the API.
#include "web/routes.h"

const struct route routes[] = {
#define ROUTE(method_, path_, kind_, op_)                                                          \
    {.method = ROUTE_##method_, .path = path_, .kind = ROUTE_##kind_, .op = op_},
#include "web/routes.def"
#undef ROUTE
};
const size_t route_count = sizeof routes / sizeof routes[0];
