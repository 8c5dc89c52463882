// SPDX-License-Identifier: Apache-2.0
// Operations: labca.
#include "web/worker/work.h"

const struct op labca_ops[] = {
    {0},
};
