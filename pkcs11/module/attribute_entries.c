// SPDX-License-Identifier: Apache-2.0
// C_GetAttributeValue, C_SetAttributeValue, C_GetObjectSize (PKCS#11 2.40, 5.7).
#include <string.h>

#include "module/build.h"
#include "module/store.h"
#include "module/value.h"

/* Each attribute by itself, whatever became of the others. */
static CK_RV give(kfm_call *call, kfm_object *object, CK_ATTRIBUTE *wanted) {
    KF_AUTO(kfm_value) value = {0};
    CK_ULONG room = wanted->ulValueLen;
    wanted->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    CK_TRY(kfm_value_of(call, object, wanted->type, &value));
    /* Who asks again with the answer "unavailable" as room has not said how much there is. */
    if (wanted->pValue && (room < value.len || room == CK_UNAVAILABLE_INFORMATION))
        return CKR_BUFFER_TOO_SMALL;
    if (wanted->pValue && value.len)
        memcpy(wanted->pValue, value.data, value.len);
    wanted->ulValueLen = value.len;
    return CKR_OK;
}

/* Several answers may be right; a wrong one is told before a small buffer. */
static CK_RV worse(CK_RV a, CK_RV b) {
    return a == CKR_OK || a == CKR_BUFFER_TOO_SMALL ? (b == CKR_OK ? a : b) : a;
}

static bool goes_on(CK_RV rv) {
    return rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_ATTRIBUTE_TYPE_INVALID;
}

/* A key that may be read is opened with the slot alone, so that its container is the present one.
 */
static CK_RV find_to_read(kfm_call *call, CK_OBJECT_HANDLE handle, kfm_object **ret_object) {
    CK_TRY(kfm_object_find(call, handle, ret_object));
    bool opens = (*ret_object)->object_class == CKO_PRIVATE_KEY && !(*ret_object)->key &&
                 kfm_is_readable(*ret_object);
    if (!opens || call->held == 2)
        return CKR_OK;
    CK_TRY(kfm_call_alone(call));
    return kfm_object_find(call, handle, ret_object);
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
                          CK_ATTRIBUTE_PTR wanted, CK_ULONG count) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    if (!wanted || !count)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_share(&call));
    CK_TRY(find_to_read(&call, handle, &object));
    CK_RV rv = CKR_OK;
    for (CK_ULONG i = 0; i < count && goes_on(rv); i++)
        rv = worse(rv, give(&call, object, &wanted[i]));
    return rv;
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL, *changed = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    if (!attributes || !count)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(kfm_object_find(&call, handle, &object));
    CK_TRY(kfm_objects_may(&call, object->is_token, object->is_private));
    if (!kfm_object_flag(object, CKA_MODIFIABLE))
        return CKR_ACTION_PROHIBITED;
    CK_TRY(kfm_object_rewrite(&call, object, KFM_CHANGE, attributes, count, &changed));
    return kfm_objects_replace(&call, changed);
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_ULONG_PTR ret_size) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    if (!ret_size)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_share(&call));
    CK_TRY(kfm_object_find(&call, handle, &object));
    *ret_size = object->attributes.len + object->sealed.len;
    return CKR_OK;
}
