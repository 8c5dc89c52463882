// SPDX-License-Identifier: Apache-2.0
// Operations: certificate.
#include "web/worker/work.h"

const struct op certificate_ops[] = {
    {0},
};
