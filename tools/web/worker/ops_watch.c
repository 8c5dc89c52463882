// SPDX-License-Identifier: Apache-2.0
// Operations: watch.
#include "web/worker/work.h"

const struct op watch_ops[] = {
    {0},
};
