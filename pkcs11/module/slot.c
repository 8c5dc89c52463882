// SPDX-License-Identifier: Apache-2.0
// One slot: its container is read, read again, logged out, and gone.
#include "module/slots.h"

#include <string.h>

#include "module/object.h"

void kfm_slot_logout(struct kfm_slot *slot) {
    slot->user = KFM_NOBODY;
    kf_locked_clear(&slot->master);
    kfm_objects_logout(slot->objects);
    slot->epoch++;
}

void kfm_slot_gone(struct kfm_slot *slot) {
    kfm_slot_logout(slot);
    kfm_objects_free(slot->objects);
    slot->objects = NULL;
    kfc_free(slot->container);
    slot->container = NULL;
    slot->sessions = slot->rw_sessions = 0;
    slot->incarnation++;
    slot->present = false;
    slot->changed = true;
}

static CK_RV open_container(struct kfm_slot *slot) {
    kf_err err = kfc_open(slot->medium, slot->name, &slot->container);
    if (err == KF_E_NOT_FOUND || err == KF_E_TOKEN_REMOVED) {
        slot->present = false;
        return CKR_TOKEN_NOT_PRESENT;
    }
    slot->present = true;
    if (err == KF_E_INPUT || err == KF_E_UNSUPPORTED || err == KF_E_TOO_LARGE ||
        err == KF_E_PERMISSION)
        return CKR_TOKEN_NOT_RECOGNIZED;
    return kfm_container_rv(err);
}

/* Another container stands where ours was: who had logged in to ours is out. */
static CK_RV replaced(struct kfm_slot *slot) {
    kfm_slot_gone(slot);
    CK_TRY(open_container(slot));
    return CKR_DEVICE_REMOVED;
}

static CK_RV refresh(struct kfm_slot *slot) {
    uint8_t uuid[16];
    memcpy(uuid, kfc_info(slot->container)->uuid, sizeof uuid);
    bool changed = false, logged_in = slot->user != KFM_NOBODY;
    kf_err err = kfc_refresh(slot->container, logged_in ? &slot->master : NULL, &changed);
    if (err == KF_E_NOT_FOUND || err == KF_E_TOKEN_REMOVED) {
        kfm_slot_gone(slot);
        return CKR_DEVICE_REMOVED;
    }
    if (err == KF_E_INPUT || err == KF_E_UNSUPPORTED)
        return replaced(slot);
    if (err != KF_OK)
        return kfm_container_rv(err);
    if (changed && memcmp(uuid, kfc_info(slot->container)->uuid, sizeof uuid) != 0)
        return replaced(slot);
    if (changed)
        kfm_objects_changed(slot->objects, slot->container);
    return CKR_OK;
}

CK_RV kfm_slot_sync(struct kfm_module *module, struct kfm_slot *slot) {
    if (!slot->medium)
        return CKR_TOKEN_NOT_PRESENT;
    if (!slot->name[0])
        return CKR_TOKEN_NOT_RECOGNIZED;
    return slot->container ? refresh(slot) : open_container(slot);
}

CK_RV kfm_slot_visit(struct kfm_module *module, struct kfm_slot *slot) {
    CK_RV rv = kfm_slot_sync(module, slot);
    return rv == CKR_DEVICE_REMOVED ? kfm_slot_sync(module, slot) : rv;
}
