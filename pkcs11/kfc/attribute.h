// SPDX-License-Identifier: Apache-2.0
// Parts of attributes, as kfc.h has them.
#pragma once

#include "kfc/kfc.h"

/* Does a part consist of nothing but whole attributes? An empty one does. */
bool kfc_attributes_are_whole(const uint8_t *part, size_t part_len);
