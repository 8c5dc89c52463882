// SPDX-License-Identifier: Apache-2.0
// The routes of the API as a table.
#pragma once

#include <stddef.h>

enum route_method { ROUTE_GET, ROUTE_POST, ROUTE_DELETE };
enum route_kind { ROUTE_FRONT, ROUTE_READ, ROUTE_WRITE, ROUTE_ASK, ROUTE_JOB };

struct route {
    enum route_method method;
    const char *path; /* below /api/v1, such as "/tokens/{token}/test" */
    enum route_kind kind;
    const char *op;
};

extern const struct route routes[];
extern const size_t route_count;
