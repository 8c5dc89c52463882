// SPDX-License-Identifier: Apache-2.0
// C_CreateObject, C_CopyObject, C_DestroyObject (PKCS#11 2.40, 5.7).
#include "module/build.h"
#include "module/store.h"

/* Into the slot; the handle is told last. */
static CK_RV add_one(kfm_call *call, kfm_object *object, CK_OBJECT_HANDLE *ret_handle) {
    CK_TRY(kfm_objects_add(call, &object, 1));
    *ret_handle = object->handle;
    return CKR_OK;
}

CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR ret_handle) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    if (!ret_handle || !attributes)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(kfm_object_make(&call, attributes, count, &object));
    return add_one(&call, object, ret_handle);
}

/* A private key of a session may be kept, which is how Java's keytool makes one; no other is
 * copied. */
CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE_PTR attributes,
                   CK_ULONG count, CK_OBJECT_HANDLE_PTR ret_handle) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL, *copy = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    if (!ret_handle || (!attributes && count))
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(kfm_object_find(&call, handle, &object));
    if (!kfm_object_flag(object, CKA_COPYABLE))
        return CKR_ACTION_PROHIBITED;
    bool is_private_key = object->object_class == CKO_PRIVATE_KEY;
    CK_TRY(kfm_object_rewrite(&call, object, KFM_COPY, attributes, count, &copy));
    if (is_private_key && !copy->is_token) {
        kfm_object_free(copy);
        return CKR_ACTION_PROHIBITED;
    }
    copy->number = 0;
    return add_one(&call, copy, ret_handle);
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle) {
    KF_AUTO(kfm_call) call = {0};
    kfm_object *object = NULL;
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(kfm_object_find(&call, handle, &object));
    CK_TRY(kfm_objects_may(&call, object->is_token, object->is_private));
    if (!kfm_object_flag(object, CKA_DESTROYABLE))
        return CKR_ACTION_PROHIBITED;
    return kfm_objects_remove(&call, object);
}
