// SPDX-License-Identifier: Apache-2.0
// C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal (PKCS#11 2.40, 5.7).
#include <string.h>

#include "module/find.h"

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    if (call.session->search)
        return CKR_OPERATION_ACTIVE;
    CK_TRY(kfm_call_alone(&call));
    return kfm_search_begin(&call, attributes, count, &call.session->search);
}

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR ret_handles, CK_ULONG max,
                    CK_ULONG_PTR ret_count) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    struct kfm_search *search = call.session->search;
    if (!search)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (!ret_count || (!ret_handles && max))
        return CKR_ARGUMENTS_BAD;
    size_t left = search->count - search->given;
    size_t count = left < max ? left : max;
    if (count)
        memcpy(ret_handles, search->handles + search->given, count * sizeof *ret_handles);
    search->given += count;
    *ret_count = count;
    return CKR_OK;
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    if (!call.session->search)
        return CKR_OPERATION_NOT_INITIALIZED;
    kfm_search_free(call.session->search);
    call.session->search = NULL;
    return CKR_OK;
}
