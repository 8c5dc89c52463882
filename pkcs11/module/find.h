// SPDX-License-Identifier: Apache-2.0
// A search: what was found when it began, given out in pieces.
#pragma once

#include "module/objects.h"

struct kfm_search {
    CK_OBJECT_HANDLE *handles;
    size_t count, capacity, given;
};

/* Everything that matches, as far as the login lets see; the slot's lock is held alone. */
CK_RV kfm_search_begin(kfm_call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                       struct kfm_search **ret_search);
