// SPDX-License-Identifier: Apache-2.0
// Sessions: a handle, a slot, the operations that are under way, and the search.
#pragma once

#include "keys/operation.h"
#include "module/slots.h"

struct kfm_search; /* find.h; session objects: object.h, kfm_objects_close() when a session ends */

struct kfm_session {
    CK_SESSION_HANDLE handle;
    struct kfm_slot *slot;
    bool read_write;
    pthread_mutex_t lock;        /* one call at a time */
    kf_operation *operations[5]; /* by enum kf_operation_kind; kept for the next one */
    unsigned epochs[5];          /* slot->epoch when the operation began */
    bool authenticated[5];       /* for keys with CKA_ALWAYS_AUTHENTICATE: C_...Init() clears it,
                                    C_Login(CKU_CONTEXT_SPECIFIC) sets it while one is active */
    struct kfm_search *search;   /* NULL: none active */
    unsigned incarnation;        /* of the slot, when the session was opened */
    bool closed;                 /* out of the table; whoever still waits for the lock goes away */
    atomic_uint users;           /* the table and the calls under way */
};

/* Begins a call on a session: enters the module, finds the session, locks it.
 * CKR_SESSION_HANDLE_INVALID. Use as
 *     KF_AUTO(kfm_call) call = {0};
 *     CK_TRY(kfm_call_begin(handle, &call)); */
typedef struct kfm_call {
    struct kfm_module *module;
    struct kfm_session *session;
    struct kfm_slot *slot;
    int held; /* the slot's lock: 0 no, 1 shared, 2 alone */
} kfm_call;
CK_RV kfm_call_begin(CK_SESSION_HANDLE handle, kfm_call *ret_call);
/* Take the slot's lock until the call ends; kfm_call_alone() also brings the container up to date
 * (kfm_slot_sync()). CKR_SESSION_HANDLE_INVALID when the container went away meanwhile, else
 * slot->container is there. */
CK_RV kfm_call_share(kfm_call *call);
CK_RV kfm_call_alone(kfm_call *call);
CK_RV kfm_call_lock(kfm_call *call); /* as kfm_call_alone() without looking at the container */
/* CKR_USER_NOT_LOGGED_IN unless the user is; CKR_SESSION_READ_ONLY in a session that may not write.
 */
CK_RV kfm_call_needs_user(const kfm_call *call);
CK_RV kfm_call_needs_write(const kfm_call *call);
/* Gives the slot's lock back before the end, for what is slow. */
void kfm_call_release(kfm_call *call);
void kfm_call_clear(kfm_call *call); /* unlocks in reverse */

struct kfm_sessions *kfm_sessions_new(void);           /* NULL: out of memory */
void kfm_sessions_free(struct kfm_sessions *sessions); /* ends all operations, wipes */
/* Into the table, which gives it a handle and owns it from then on: CKR_SESSION_COUNT. */
CK_RV kfm_sessions_add(struct kfm_sessions *sessions, struct kfm_session *session);
/* Counted, to be given back; CKR_SESSION_HANDLE_INVALID. */
CK_RV kfm_sessions_get(struct kfm_sessions *sessions, CK_SESSION_HANDLE handle,
                       struct kfm_session **ret_session);
void kfm_session_put(struct kfm_session *session);
/* Take it out of the table, wait for the call that is under way in it, and end what it had. Does
 * nothing to one that is closed. The last one of a slot logs out. */
void kfm_session_close(struct kfm_sessions *sessions, struct kfm_session *session);
/* Close those of a slot; NULL: those whose container went away. */
void kfm_sessions_close(struct kfm_sessions *sessions, const struct kfm_slot *slot);
