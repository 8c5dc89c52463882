// SPDX-License-Identifier: Apache-2.0
// Whole containers: copied, moved, renamed, removed.
#include "module/transfer.h"

#include <string.h>

#include "base/text.h"
#include "module/pin.h"
#include "module/table.h"

/* A spot whose name lives as long as itself. */
struct place {
    char name[KF_NAME_MAX + 1];
    struct kfm_spot spot;
};

static void take_place(const struct kfm_slot *slot, struct place *ret_place) {
    snprintf(ret_place->name, sizeof(ret_place->name), "%s", slot->name);
    ret_place->spot = (struct kfm_spot){slot->medium, ret_place->name};
}

kf_err kfm_check_label(const char *label) {
    size_t len = strlen(label);
    if (len == 0 || len > KFC_LABEL_MAX)
        return kf_fail(KF_E_INPUT, "a container's name has 1 to %d bytes", KFC_LABEL_MAX);
    if (!kf_text_plain(label, len) || label[len - 1] == ' ')
        return kf_fail(KF_E_INPUT, "the name \"%s\" does not show as it is", label);
    return KF_OK;
}

/* --- copy --- */

struct copy {
    struct kfm_module *module;
    const struct kfm_spot *from, *to;
    const char *label;
    struct kfm_pin password, unblock;
};

/* On a reading of its own, so that nobody waits meanwhile: it takes as long as two logins. */
static CK_RV copy(const struct copy *order) {
    KF_AUTO_PTR(kfc) container = NULL;
    KF_AUTO(kf_locked) master = {0};
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    struct kfm_module *module = order->module;
    struct kfc_new made = {.label = order->label,
                           .user_pin = order->password.data,
                           .user_pin_len = order->password.len,
                           .so_pin = order->unblock.data,
                           .so_pin_len = order->unblock.len,
                           .log_n = module->options.log_n};
    CK_TRY(kfm_pin_unlock(module, order->from->medium, order->from->name, KFC_USER, order->password,
                          &container, &master));
    kf_err error = kfc_check(container, &master, module->arena);
    if (error == KF_OK)
        error = kfc_reseal(container, module->arena, &master, &made, &blob);
    if (error == KF_OK)
        error = kfm_blob_write(order->to, &blob);
    return kfm_rv(error, CKR_FUNCTION_FAILED);
}

static CK_RV begin_copy(unsigned long session, kfm_call *call, struct place *ret_from) {
    CK_TRY(kfm_call_begin(session, call));
    CK_TRY(kfm_call_share(call));
    CK_TRY(kfm_call_needs_user(call));
    take_place(call->slot, ret_from);
    kfm_call_release(call);
    return CKR_OK;
}

unsigned long kfm_copy(unsigned long session, const char *medium, const char *folder,
                       const char *name, const struct kf_password *password,
                       const struct kf_password *unblock, unsigned long *ret_slot) {
    KF_AUTO(kfm_call) call = {0};
    struct place from = {0}, to = {0};
    struct kfm_slot *slot = NULL;
    if (medium == NULL || name == NULL || password == NULL || ret_slot == NULL)
        return CKR_ARGUMENTS_BAD;
    struct copy order = {.from = &from.spot,
                         .to = &to.spot,
                         .label = name,
                         .password = {password->data, password->len}};
    if (unblock != NULL) {
        order.unblock = (struct kfm_pin){unblock->data, unblock->len};
        CK_TRY(kfm_pin_check_new(order.unblock));
    }
    CK_TRY(begin_copy(session, &call, &from));
    order.module = call.module;
    CK_TRY(kfm_rv(kfm_check_label(name), CKR_ARGUMENTS_BAD));
    kfm_name_make(name, 1, to.name);
    to.spot.name = to.name;
    CK_TRY(kfm_medium_find(call.module, medium, folder, &to.spot.medium));
    CK_TRY(copy(&order));
    CK_TRY(kfm_slot_at(call.module, to.spot.medium, to.name, &slot));
    *ret_slot = slot->id;
    return CKR_OK;
}

/* --- slots that nobody uses --- */

static CK_RV free_slot(struct kfm_module *module, unsigned long id, struct kfm_slot **ret_slot,
                       struct place *ret_place) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_find(module, id, &slot));
    pthread_rwlock_rdlock(&slot->lock);
    CK_RV rv = slot->sessions > 0      ? CKR_SESSION_EXISTS
               : slot->name[0] == '\0' ? CKR_TOKEN_NOT_PRESENT
                                       : CKR_OK;
    if (rv == CKR_OK)
        take_place(slot, ret_place);
    pthread_rwlock_unlock(&slot->lock);
    *ret_slot = slot;
    return rv;
}

/* The container went from this slot, unless it was given another one meanwhile. */
static void leave_slot(struct kfm_slot *slot, const struct place *place) {
    pthread_rwlock_wrlock(&slot->lock);
    if (slot->medium == place->spot.medium && strcmp(slot->name, place->name) == 0)
        kfm_slot_gone(slot);
    pthread_rwlock_unlock(&slot->lock);
}

/* --- move --- */

static CK_RV move_in(struct kfm_module *module, unsigned long id, const char *medium,
                     const char *folder, unsigned long *ret_slot) {
    struct place from = {0};
    struct kfm_slot *slot = NULL, *there = NULL;
    CK_TRY(free_slot(module, id, &slot, &from));
    struct kfm_spot to = {.name = from.name};
    CK_TRY(kfm_medium_find(module, medium, folder, &to.medium));
    if (to.medium == from.spot.medium) {
        kf_fail(KF_E_EXISTS, "\"%s\" is in %s already", from.name, to.medium->place);
        kf_error_hint("There is nothing to move.");
        return CKR_FUNCTION_FAILED;
    }
    CK_TRY(kfm_rv(kfm_blob_move(&from.spot, &to), CKR_FUNCTION_FAILED));
    leave_slot(slot, &from);
    CK_TRY(kfm_slot_at(module, to.medium, from.name, &there));
    *ret_slot = there->id;
    return CKR_OK;
}

unsigned long kfm_move(unsigned long slot, const char *medium, const char *folder,
                       unsigned long *ret_slot) {
    struct kfm_module *module = NULL;
    if (medium == NULL || ret_slot == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = move_in(module, slot, medium, folder, ret_slot);
    kfm_leave(module);
    return rv;
}

/* --- rename --- */

static kf_err set_label(kfm_call *call, const char *label) {
    struct kfm_slot *slot = call->slot;
    struct kfc_change change = {.label = label};
    if (strcmp(kfc_info(slot->container)->label, label) == 0)
        return KF_OK;
    return kfc_commit(slot->container, call->module->arena, &slot->master, &change);
}

static kf_err refuse_taken(const struct kfm_slot *slot, const char *name) {
    KF_AUTO_PTR(kfc) there = NULL;
    kf_err error = kfc_open(slot->medium, name, &there);
    if (error == KF_E_NOT_FOUND) {
        kf_error_clear();
        return KF_OK;
    }
    if (error == KF_OK && memcmp(kfc_info(there)->uuid, kfc_info(slot->container)->uuid,
                                 sizeof(kfc_info(there)->uuid)) == 0)
        return KF_OK; /* of an earlier run; kfm_blob_move() looks closer */
    return kf_fail(KF_E_EXISTS, "there is a container \"%s\" in %s already", name,
                   slot->medium->place);
}

/* The slot keeps its sessions: it is the same container. */
static kf_err set_name(struct kfm_slot *slot, const char *name) {
    KF_AUTO_PTR(kfc) container = NULL;
    struct place from = {0};
    take_place(slot, &from);
    if (strcmp(from.name, name) == 0)
        return KF_OK;
    KF_TRY(kfm_blob_move(&from.spot, &(struct kfm_spot){slot->medium, name}));
    snprintf(slot->name, sizeof(slot->name), "%s", name);
    KF_TRY(kfc_open(slot->medium, name, &container));
    kfc_free(slot->container);
    slot->container = KF_MOVE(container);
    kfm_objects_changed(slot->objects, slot->container);
    return KF_OK;
}

static kf_err rename_in(kfm_call *call, const char *label) {
    struct kfm_slot *slot = call->slot;
    char old[KFC_LABEL_MAX + 1], name[KF_NAME_MAX + 1];
    memcpy(old, kfc_info(slot->container)->label, sizeof(old));
    KF_TRY(kfm_check_label(label));
    kfm_name_make(label, 1, name);
    if (strcmp(slot->name, name) != 0)
        KF_TRY(refuse_taken(slot, name));
    KF_TRY(set_label(call, label));
    kf_err error = set_name(slot, name);
    if (error == KF_OK || strcmp(slot->name, name) == 0)
        return error;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    set_label(call, old);
    kf_error_restore(&saved);
    return error;
}

unsigned long kfm_rename(unsigned long session, const char *name) {
    KF_AUTO(kfm_call) call = {0};
    if (name == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_call_begin(session, &call));
    /* nobody looks at the media while one container has two names */
    pthread_mutex_lock(&call.module->slots->lock);
    CK_RV rv = kfm_call_alone(&call);
    if (rv == CKR_OK)
        rv = kfm_call_needs_user(&call);
    if (rv == CKR_OK)
        rv = kfm_call_needs_write(&call);
    if (rv == CKR_OK)
        rv = kfm_rv(rename_in(&call, name), CKR_FUNCTION_FAILED);
    kfm_call_release(&call);
    pthread_mutex_unlock(&call.module->slots->lock);
    return rv;
}

/* --- remove --- */

static CK_RV remove_in(struct kfm_module *module, unsigned long id) {
    enum { WAIT_MS = 10000 };
    KF_AUTO(kf_medium_lock) lock = {0};
    struct place place = {0};
    struct kfm_slot *slot = NULL;
    CK_TRY(free_slot(module, id, &slot, &place));
    kf_err error = kf_medium_lock_take(place.spot.medium, place.name, WAIT_MS, &lock);
    if (error == KF_OK)
        error = kf_medium_remove(place.spot.medium, place.name);
    CK_TRY(kfm_rv(error, CKR_FUNCTION_FAILED));
    leave_slot(slot, &place);
    return CKR_OK;
}

unsigned long kfm_remove(unsigned long slot) {
    struct kfm_module *module = NULL;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = remove_in(module, slot);
    kfm_leave(module);
    return rv;
}
