// SPDX-License-Identifier: Apache-2.0
// Slots as hosts see them (PKCS#11 2.40, 5.5). Hosts poll these functions: they look at names and
// one stamp, and open no container.
#include "module/table.h"

#include "module/entries.h"
#include "module/session.h"

/* `wanted` slots into `ret_list`, which has `room`; the table is locked. */
static CK_RV give_list(const struct kfm_slots *slots, bool present_only, CK_SLOT_ID *ret_list,
                       CK_ULONG *count) {
    CK_ULONG room = *count, found = 0;
    for (size_t i = 0; i < slots->count; i++) {
        if (present_only && !slots->list[i]->present)
            continue;
        if (ret_list && found < room)
            ret_list[found] = slots->list[i]->id;
        found++;
    }
    *count = found;
    return ret_list && found > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR ret_list, CK_ULONG_PTR count) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = count ? kfm_slots_scan(module, ret_list == NULL) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK) {
        pthread_mutex_lock(&module->slots->lock);
        rv = give_list(module->slots, token_present, ret_list, count);
        pthread_mutex_unlock(&module->slots->lock);
    }
    kfm_leave(module);
    return rv;
}

/* Is the container there? Another one in its place is found when it is opened; a medium that cannot
 * be asked just now keeps what it had, as in scan.c. */
static bool is_there(struct kfm_slot *slot) {
    struct kf_stamp stamp = {0};
    pthread_rwlock_rdlock(&slot->lock);
    kf_err err = kf_medium_stamp(slot->medium, slot->name, &stamp);
    pthread_rwlock_unlock(&slot->lock);
    kf_error_clear();
    return err == KF_OK ? stamp.a || stamp.b || stamp.c
                        : err != KF_E_NOT_FOUND && err != KF_E_TOKEN_REMOVED;
}

/* A slot with a container that was there is looked at by itself; all others with the media. */
static CK_RV look(struct kfm_module *module, struct kfm_slot *slot) {
    pthread_rwlock_rdlock(&slot->lock);
    bool has_container = slot->present && slot->name[0];
    pthread_rwlock_unlock(&slot->lock);
    if (!has_container)
        return kfm_slots_scan(module, false);
    if (is_there(slot))
        return CKR_OK;
    pthread_rwlock_wrlock(&slot->lock);
    if (slot->present)
        kfm_slot_gone(slot);
    pthread_rwlock_unlock(&slot->lock);
    kfm_sessions_close(module->sessions, NULL);
    return CKR_OK;
}

static CK_RV slot_info(struct kfm_module *module, CK_SLOT_ID id, CK_SLOT_INFO *ret_info) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_find(module, id, &slot));
    CK_TRY(look(module, slot));
    char description[sizeof ret_info->slotDescription];
    snprintf(description, sizeof description, "keyfob slot %lu", (unsigned long)id);
    CK_SLOT_INFO info = {.flags = CKF_REMOVABLE_DEVICE | (slot->present ? CKF_TOKEN_PRESENT : 0)};
    kfm_pad(info.slotDescription, sizeof info.slotDescription, description);
    kfm_pad(info.manufacturerID, sizeof info.manufacturerID, "keyfob");
    *ret_info = info;
    return CKR_OK;
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR ret_info) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = ret_info ? slot_info(module, slot, ret_info) : CKR_ARGUMENTS_BAD;
    kfm_leave(module);
    return rv;
}

static CK_RV next_event(const struct kfm_slots *slots, CK_SLOT_ID *ret_slot) {
    for (size_t i = 0; i < slots->count; i++)
        if (atomic_exchange(&slots->list[i]->changed, false)) {
            *ret_slot = slots->list[i]->id;
            return CKR_OK;
        }
    return CKR_NO_EVENT;
}

/* Waiting would have to end at C_Finalize, which hosts then call just to end it: they do better
 * with polling. */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR ret_slot, CK_VOID_PTR reserved) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = ret_slot && !reserved ? CKR_OK : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK && !(flags & CKF_DONT_BLOCK))
        rv = CKR_FUNCTION_NOT_SUPPORTED;
    if (rv == CKR_OK)
        rv = kfm_slots_scan(module, false);
    if (rv == CKR_OK) {
        pthread_mutex_lock(&module->slots->lock);
        rv = next_event(module->slots, ret_slot);
        pthread_mutex_unlock(&module->slots->lock);
    }
    kfm_leave(module);
    return rv;
}
