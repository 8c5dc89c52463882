// SPDX-License-Identifier: Apache-2.0
// Operations: enroll.
#include "web/worker/work.h"

const struct op enroll_ops[] = {
    {0},
};
