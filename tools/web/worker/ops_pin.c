// SPDX-License-Identifier: Apache-2.0
// Operations: pin.
#include "web/worker/work.h"

const struct op pin_ops[] = {
    {0},
};
