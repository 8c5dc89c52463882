// SPDX-License-Identifier: Apache-2.0
// C_InitPIN and C_SetPIN (PKCS#11 2.40, 5.5). Both work on the container as it is on the medium,
// with no lock of the slot held; the slot reads it again when it is used next.
#include "module/pin.h"

#include <string.h>

static CK_RV write_pin(kfm_call *call, kfc *container, const kf_locked *master, enum kfc_slot slot,
                       struct kfm_pin pin) {
    struct kfc_change change = {
        .pin = pin.data,
        .pin_len = pin.len,
        .slot = slot,
        .set_slot = true,
        .log_n = call->module->options.log_n,
    };
    return kfm_container_rv(kfc_commit(container, call->module->arena, master, &change));
}

/* What is needed of the slot once its lock is given back. */
static CK_RV copy_login(kfm_call *call, kf_locked *ret_master, char ret_name[KF_NAME_MAX + 1]) {
    CK_TRY(kfm_call_share(call));
    if (call->slot->user != KFM_SO)
        return CKR_USER_NOT_LOGGED_IN;
    memcpy(ret_name, call->slot->name, KF_NAME_MAX + 1);
    CK_RV rv = kfm_rv(kf_locked_copy(call->module->arena, call->slot->master.data,
                                     call->slot->master.len, ret_master),
                      CKR_HOST_MEMORY);
    kfm_call_release(call);
    return rv;
}

CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG len) {
    KF_AUTO(kfm_call) call = {0};
    KF_AUTO(kf_locked) master = {0};
    KF_AUTO_PTR(kfc) container = NULL;
    char name[KF_NAME_MAX + 1];
    struct kfm_pin given = {pin, len};
    CK_TRY(kfm_call_begin(session, &call));
    if (!pin)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(copy_login(&call, &master, name));
    CK_TRY(kfm_pin_check_new(given));
    CK_TRY(kfm_container_rv(kfc_open(call.slot->medium, name, &container)));
    CK_TRY(write_pin(&call, container, &master, KFC_USER, given));
    return kfm_container_rv(kfc_tries_forgive(container, KFC_USER));
}

/* 2.40, 5.5: the SO changes the SO's PIN, everybody else the user's. */
static CK_RV whose(kfm_call *call, enum kfc_slot *ret_slot, char ret_name[KF_NAME_MAX + 1]) {
    CK_TRY(kfm_call_needs_write(call));
    CK_TRY(kfm_call_share(call));
    *ret_slot = call->slot->user == KFM_SO ? KFC_SO : KFC_USER;
    memcpy(ret_name, call->slot->name, KF_NAME_MAX + 1);
    kfm_call_release(call);
    return CKR_OK;
}

CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_len,
               CK_UTF8CHAR_PTR new_pin, CK_ULONG new_len) {
    KF_AUTO(kfm_call) call = {0};
    KF_AUTO(kf_locked) master = {0};
    KF_AUTO_PTR(kfc) container = NULL;
    enum kfc_slot slot = KFC_USER;
    char name[KF_NAME_MAX + 1];
    struct kfm_pin given = {new_pin, new_len}, old = {old_pin, old_len};
    CK_TRY(kfm_call_begin(session, &call));
    if (!old_pin || !new_pin)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(whose(&call, &slot, name));
    CK_TRY(kfm_pin_check_new(given));
    CK_TRY(kfm_pin_unlock(call.module, call.slot->medium, name, slot, old, &container, &master));
    return write_pin(&call, container, &master, slot, given);
}
