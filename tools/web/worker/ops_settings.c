// SPDX-License-Identifier: Apache-2.0
// Operations: settings.
#include "web/worker/work.h"

const struct op settings_ops[] = {
    {0},
};
