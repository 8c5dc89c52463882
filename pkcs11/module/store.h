// SPDX-License-Identifier: Apache-2.0
// What of storing objects is nobody's business outside: see object.h for the rest.
#pragma once

#include "module/object.h"

/* CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN: may this session make, change or remove such an
 * object? With the slot's lock held. */
CK_RV kfm_objects_may(const kfm_call *call, bool is_token, bool is_private);
/* Put `object` in the place of the one with its number, which is freed. Takes it over. */
CK_RV kfm_objects_replace(kfm_call *call, kfm_object *object);
