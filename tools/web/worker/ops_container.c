// SPDX-License-Identifier: Apache-2.0
// Operations: container.
#include "web/worker/work.h"

const struct op container_ops[] = {
    {0},
};
