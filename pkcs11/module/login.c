// SPDX-License-Identifier: Apache-2.0
// C_Login and C_Logout (PKCS#11 2.40, 5.6).
//
// The PIN is checked, which is slow on purpose, while no lock of the slot is held: others go on
// with the slot. So the state is looked at before and once more after.
#include "module/object.h"
#include "module/pin.h"

#include <openssl/crypto.h>
#include <string.h>

static CK_RV may_log_in(const kfm_call *call, enum kfm_user user) {
    const struct kfm_slot *slot = call->slot;
    if (slot->user == user)
        return CKR_USER_ALREADY_LOGGED_IN;
    if (slot->user != KFM_NOBODY)
        return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    if (user == KFM_SO && slot->sessions > slot->rw_sessions)
        return CKR_SESSION_READ_ONLY_EXISTS;
    return CKR_OK;
}

static CK_RV unlock(kfm_call *call, enum kfm_user user, struct kfm_pin pin, kfc **ret_container,
                    kf_locked *ret_master) {
    char name[KF_NAME_MAX + 1];
    memcpy(name, call->slot->name, sizeof name);
    kfm_call_release(call);
    return kfm_pin_unlock(call->module, call->slot->medium, name,
                          user == KFM_SO ? KFC_SO : KFC_USER, pin, ret_container, ret_master);
}

/* The index that the slot had was only known not to be torn; this one is known to be ours. */
static CK_RV log_in(kfm_call *call, enum kfm_user user, kfc **container, kf_locked *master) {
    struct kfm_slot *slot = call->slot;
    bool changed = false;
    CK_TRY(kfm_container_rv(kfc_refresh(*container, master, &changed)));
    kfc_free(slot->container);
    slot->container = KF_MOVE(*container);
    kfm_objects_changed(slot->objects, slot->container);
    kf_locked_move(&slot->master, master);
    slot->user = user;
    slot->epoch++;
    return CKR_OK;
}

static CK_RV login_as(kfm_call *call, enum kfm_user user, struct kfm_pin pin) {
    KF_AUTO_PTR(kfc) container = NULL;
    KF_AUTO(kf_locked) master = {0};
    CK_TRY(kfm_call_alone(call));
    CK_TRY(may_log_in(call, user));
    CK_TRY(unlock(call, user, pin, &container, &master));
    CK_TRY(kfm_call_alone(call));
    CK_TRY(may_log_in(call, user));
    return log_in(call, user, &container, &master);
}

/* Whoever writes the folder may have put another container there, whose PIN he knows. */
static bool is_our_master(const kfm_call *call, const kf_locked *master) {
    const kf_locked *own = &call->slot->master;
    return own->len == master->len && CRYPTO_memcmp(own->data, master->data, own->len) == 0;
}

/* One operation of a key with CKA_ALWAYS_AUTHENTICATE. */
static CK_RV login_again(kfm_call *call, struct kfm_pin pin) {
    static const enum kf_operation_kind kinds[] = {KF_OPERATION_SIGN, KF_OPERATION_DECRYPT};
    KF_AUTO_PTR(kfc) container = NULL;
    KF_AUTO(kf_locked) master = {0};
    struct kfm_session *session = call->session;
    bool is_active = false;
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        is_active |= kf_operation_is_active(session->operations[kinds[i]]);
    if (!is_active)
        return CKR_OPERATION_NOT_INITIALIZED;
    CK_TRY(kfm_call_share(call));
    CK_TRY(kfm_call_needs_user(call));
    CK_TRY(unlock(call, KFM_USER, pin, &container, &master));
    CK_TRY(kfm_call_share(call));
    CK_TRY(kfm_call_needs_user(call));
    if (!is_our_master(call, &master))
        return CKR_PIN_INCORRECT;
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        session->authenticated[kinds[i]] = kf_operation_is_active(session->operations[kinds[i]]);
    return CKR_OK;
}

CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin, CK_ULONG len) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    if (type != CKU_SO && type != CKU_USER && type != CKU_CONTEXT_SPECIFIC)
        return CKR_USER_TYPE_INVALID;
    if (!pin)
        return CKR_ARGUMENTS_BAD;
    struct kfm_pin given = {pin, len};
    if (type == CKU_CONTEXT_SPECIFIC)
        return login_again(&call, given);
    return login_as(&call, type == CKU_SO ? KFM_SO : KFM_USER, given);
}

CK_RV C_Logout(CK_SESSION_HANDLE session) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_lock(&call));
    if (call.slot->user == KFM_NOBODY)
        return CKR_USER_NOT_LOGGED_IN;
    kfm_slot_logout(call.slot);
    return CKR_OK;
}
