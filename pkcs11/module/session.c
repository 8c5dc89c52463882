// SPDX-License-Identifier: Apache-2.0
// Session management (PKCS#11 2.40, 5.6).
#include "module/session.h"

#include "module/entries.h"

static CK_RV check_flags(CK_FLAGS flags) {
    if (!(flags & CKF_SERIAL_SESSION))
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    return flags & ~(CK_FLAGS)(CKF_SERIAL_SESSION | CKF_RW_SESSION) ? CKR_ARGUMENTS_BAD : CKR_OK;
}

/* With the slot's lock held alone. */
static CK_RV join_slot(struct kfm_module *module, struct kfm_slot *slot,
                       struct kfm_session *session) {
    CK_TRY(kfm_slot_visit(module, slot));
    if (!session->read_write && slot->user == KFM_SO)
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    session->incarnation = slot->incarnation;
    CK_TRY(kfm_sessions_add(module->sessions, session));
    slot->sessions++;
    slot->rw_sessions += session->read_write;
    return CKR_OK;
}

static CK_RV open_session(struct kfm_module *module, CK_SLOT_ID id, bool read_write,
                          CK_SESSION_HANDLE *ret_handle) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_find(module, id, &slot));
    struct kfm_session *session = calloc(1, sizeof *session);
    if (!session)
        return CKR_HOST_MEMORY;
    pthread_mutex_init(&session->lock, NULL);
    session->users = 1;
    session->slot = slot;
    session->read_write = read_write;
    pthread_rwlock_wrlock(&slot->lock);
    CK_RV rv = join_slot(module, slot, session);
    CK_SESSION_HANDLE handle = session->handle;
    pthread_rwlock_unlock(&slot->lock);
    if (rv == CKR_OK)
        *ret_handle = handle;
    else
        kfm_session_put(session);
    return rv;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE_PTR ret_session) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = ret_session ? check_flags(flags) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK) {
        kfm_sessions_close(module->sessions, NULL);
        rv = open_session(module, slot, flags & CKF_RW_SESSION, ret_session);
    }
    kfm_leave(module);
    return rv;
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle) {
    struct kfm_module *module = NULL;
    struct kfm_session *session = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = kfm_sessions_get(module->sessions, handle, &session);
    if (rv == CKR_OK) {
        if (session->incarnation != session->slot->incarnation)
            rv = CKR_SESSION_HANDLE_INVALID;
        kfm_session_close(module->sessions, session);
        kfm_session_put(session);
    }
    kfm_leave(module);
    return rv;
}

CK_RV C_CloseAllSessions(CK_SLOT_ID id) {
    struct kfm_module *module = NULL;
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = kfm_slot_find(module, id, &slot);
    if (rv == CKR_OK)
        kfm_sessions_close(module->sessions, slot);
    kfm_leave(module);
    return rv;
}

static CK_STATE state_of(const kfm_call *call) {
    static const CK_STATE states[][2] = {
        [KFM_NOBODY] = {CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION},
        [KFM_USER] = {CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS},
        [KFM_SO] = {CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS},
    };
    return states[call->slot->user][call->session->read_write];
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR ret_info) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    if (!ret_info)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_share(&call));
    *ret_info = (CK_SESSION_INFO){
        .slotID = call.slot->id,
        .state = state_of(&call),
        .flags = CKF_SERIAL_SESSION | (call.session->read_write ? CKF_RW_SESSION : 0),
    };
    return CKR_OK;
}

/* 2.40, 5.15: relics of parallel sessions. */
static CK_RV not_parallel(CK_SESSION_HANDLE session) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    return CKR_FUNCTION_NOT_PARALLEL;
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session) {
    return not_parallel(session);
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE session) {
    return not_parallel(session);
}
