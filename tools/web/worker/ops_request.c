// SPDX-License-Identifier: Apache-2.0
// Operations: request.
#include "web/worker/work.h"

const struct op request_ops[] = {
    {0},
};
