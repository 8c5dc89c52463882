// SPDX-License-Identifier: Apache-2.0
// Templates, as hosts give them.
#include "module/template.h"

#include <string.h>

CK_RV kfm_template_accept(const CK_ATTRIBUTE *attributes, CK_ULONG count) {
    if (!attributes && count)
        return CKR_ARGUMENTS_BAD;
    return count > KFM_TEMPLATE_MAX ? CKR_TEMPLATE_INCONSISTENT : CKR_OK;
}

const CK_ATTRIBUTE *kfm_template_find(const CK_ATTRIBUTE *attributes, CK_ULONG count,
                                      CK_ATTRIBUTE_TYPE type) {
    for (CK_ULONG i = 0; i < count; i++)
        if (attributes[i].type == type)
            return &attributes[i];
    return NULL;
}

CK_RV kfm_template_number(const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                          CK_ULONG otherwise, CK_ULONG *ret_number) {
    const CK_ATTRIBUTE *given = kfm_template_find(attributes, count, type);
    if (given && (!given->pValue || given->ulValueLen != sizeof(CK_ULONG)))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_number = otherwise;
    if (given)
        memcpy(ret_number, given->pValue, sizeof *ret_number);
    return CKR_OK;
}

CK_RV kfm_template_bool(const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
                        bool otherwise, bool *ret_flag) {
    const CK_ATTRIBUTE *given = kfm_template_find(attributes, count, type);
    if (given && (!given->pValue || given->ulValueLen != sizeof(CK_BBOOL) ||
                  *(CK_BBOOL *)given->pValue > CK_TRUE))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_flag = given ? *(CK_BBOOL *)given->pValue == CK_TRUE : otherwise;
    return CKR_OK;
}
