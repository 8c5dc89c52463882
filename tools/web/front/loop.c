// SPDX-License-Identifier: Apache-2.0
// The front's loop.
#include "web/front/loop.h"
