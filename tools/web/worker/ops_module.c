// SPDX-License-Identifier: Apache-2.0
// Operations: module.
#include "web/worker/work.h"

const struct op module_ops[] = {
    {0},
};
