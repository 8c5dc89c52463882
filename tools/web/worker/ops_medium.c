// SPDX-License-Identifier: Apache-2.0
// Operations: medium.
#include "web/worker/work.h"

const struct op medium_ops[] = {
    {0},
};
