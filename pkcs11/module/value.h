// SPDX-License-Identifier: Apache-2.0
// The value of an attribute, as a host may see it.
#pragma once

#include "module/object.h"

typedef struct kfm_value {
    const void *data; /* in the object, in `number`, `flag` or in `secret` */
    size_t len;
    CK_ULONG number;
    CK_BBOOL flag;
    kf_locked secret;
} kfm_value;
void kfm_value_clear(kfm_value *value);

/* CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_SENSITIVE. The slot's lock is held; `ret_value` must
 * not be moved. */
CK_RV kfm_value_of(kfm_call *call, kfm_object *object, CK_ATTRIBUTE_TYPE type,
                   kfm_value *ret_value);
/* CKA_SENSITIVE is not, CKA_EXTRACTABLE is. */
bool kfm_is_readable(const kfm_object *object);
