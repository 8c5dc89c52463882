// SPDX-License-Identifier: Apache-2.0
// Operations: token.
#include "web/worker/work.h"

const struct op token_ops[] = {
    {0},
};
