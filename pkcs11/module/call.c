// SPDX-License-Identifier: Apache-2.0
// One call on a session: what it locks, and in which order.
#include "module/session.h"

CK_RV kfm_call_begin(CK_SESSION_HANDLE handle, kfm_call *ret_call) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_enter(&call.module));
    struct kfm_session *session = NULL;
    CK_TRY(kfm_sessions_get(call.module->sessions, handle, &session));
    pthread_mutex_lock(&session->lock);
    call.session = session;
    call.slot = session->slot;
    if (session->closed || session->incarnation != call.slot->incarnation)
        return CKR_SESSION_HANDLE_INVALID;
    *ret_call = call;
    call = (kfm_call){0};
    return CKR_OK;
}

void kfm_call_release(kfm_call *call) {
    if (call->held)
        pthread_rwlock_unlock(&call->slot->lock);
    call->held = 0;
}

/* The container may have gone while we waited for the lock. */
static CK_RV still_there(const kfm_call *call) {
    return call->session->incarnation == call->slot->incarnation && call->slot->container
               ? CKR_OK
               : CKR_SESSION_HANDLE_INVALID;
}

CK_RV kfm_call_share(kfm_call *call) {
    if (!call->held) {
        pthread_rwlock_rdlock(&call->slot->lock);
        call->held = 1;
    }
    return still_there(call);
}

CK_RV kfm_call_lock(kfm_call *call) {
    if (call->held == 1)
        kfm_call_release(call);
    if (!call->held) {
        pthread_rwlock_wrlock(&call->slot->lock);
        call->held = 2;
    }
    return still_there(call);
}

CK_RV kfm_call_alone(kfm_call *call) {
    CK_TRY(kfm_call_lock(call));
    return kfm_slot_sync(call->module, call->slot);
}

CK_RV kfm_call_needs_user(const kfm_call *call) {
    return call->slot->user == KFM_USER ? CKR_OK : CKR_USER_NOT_LOGGED_IN;
}

CK_RV kfm_call_needs_write(const kfm_call *call) {
    return call->session->read_write ? CKR_OK : CKR_SESSION_READ_ONLY;
}

void kfm_call_clear(kfm_call *call) {
    kfm_call_release(call);
    if (call->session) {
        pthread_mutex_unlock(&call->session->lock);
        kfm_session_put(call->session);
    }
    kfm_leave(call->module);
    *call = (kfm_call){0};
}
