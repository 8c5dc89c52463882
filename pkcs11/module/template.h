// SPDX-License-Identifier: Apache-2.0
// Templates: reading what a host gave, before it is trusted.
#pragma once

#include "module/policy.h"

#define KFM_TEMPLATE_MAX 128 /* attributes */

/* CKR_ARGUMENTS_BAD for NULL with a count, CKR_TEMPLATE_INCONSISTENT for more than the maximum. */
CK_RV kfm_template_accept(const CK_ATTRIBUTE *attributes, CK_ULONG count);
/* NULL when it is not there. */
const CK_ATTRIBUTE *kfm_template_find(const CK_ATTRIBUTE *attributes, CK_ULONG count,
                                      CK_ATTRIBUTE_TYPE type);
/* `otherwise` when it is not there; CKR_ATTRIBUTE_VALUE_INVALID when it has another length. */
CK_RV kfm_template_number(const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                          CK_ULONG otherwise, CK_ULONG *ret_number);
CK_RV kfm_template_bool(const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                        bool otherwise, bool *ret_flag);
