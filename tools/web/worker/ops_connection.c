// SPDX-License-Identifier: Apache-2.0
// Operations: connection.
#include "web/worker/work.h"

const struct op connection_ops[] = {
    {0},
};
