// SPDX-License-Identifier: Apache-2.0
// The vendor interface: its table, and what tells of slots.
#include "module/transfer.h"

#include <string.h>

#include "base/text.h"

/* Not a call of its own: kfm_enter() would forget what is asked for. */
static unsigned long message(struct kf_message *ret_message) {
    kf_err code = kf_error_code();
    if (ret_message == NULL)
        return CKR_ARGUMENTS_BAD;
    *ret_message = (struct kf_message){0};
    if (code == KF_OK)
        return CKR_OK;
    const struct kf_error_info *info = kf_error_info(code);
    const char *next = kf_error_next(code);
    kf_text_escape_into(ret_message->code, sizeof(ret_message->code), info->code,
                        strlen(info->code));
    snprintf(ret_message->sentence, sizeof(ret_message->sentence), "%s", kf_error_sentence(code));
    if (next != info->next)
        snprintf(ret_message->hint, sizeof(ret_message->hint), "%s", next);
    return CKR_OK;
}

/* --- slots --- */

static CK_RV offer_in(struct kfm_module *module, const char *medium, const char *folder,
                      unsigned long *ret_slot) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_offer(module, medium, folder, &slot));
    *ret_slot = slot->id;
    return CKR_OK;
}

static unsigned long offer(const char *medium, const char *folder, unsigned long *ret_slot) {
    struct kfm_module *module = NULL;
    if (medium == NULL || ret_slot == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = offer_in(module, medium, folder, ret_slot);
    kfm_leave(module);
    return rv;
}

static void fill(const struct kfm_slot *slot, struct kf_place *ret_place) {
    *ret_place = (struct kf_place){.has_container = slot->name[0] != '\0',
                                   .writable = kf_medium_is_writable(slot->medium)};
    snprintf(ret_place->medium, sizeof(ret_place->medium), "%s", slot->medium->kind->name);
    snprintf(ret_place->where, sizeof(ret_place->where), "%s", slot->medium->place);
    snprintf(ret_place->name, sizeof(ret_place->name), "%s", slot->name);
    if (slot->container == NULL)
        return; /* empty, or too broken to be opened */
    const struct kfc_info *info = kfc_info(slot->container);
    ret_place->has_user = info->has_user;
    ret_place->has_unblock = info->has_so;
    ret_place->generation = info->generation;
    ret_place->objects = info->objects;
    memcpy(ret_place->uuid, info->uuid, sizeof(ret_place->uuid));
}

static CK_RV describe_in(struct kfm_module *module, unsigned long id, struct kf_place *ret_place) {
    struct kfm_slot *slot = NULL;
    CK_TRY(kfm_slot_find(module, id, &slot));
    pthread_rwlock_wrlock(&slot->lock);
    CK_RV rv = kfm_slot_visit(module, slot);
    if (rv == CKR_TOKEN_NOT_RECOGNIZED)
        rv = CKR_OK;
    if (rv == CKR_OK)
        fill(slot, ret_place);
    pthread_rwlock_unlock(&slot->lock);
    return rv;
}

static unsigned long describe(unsigned long slot, struct kf_place *ret_place) {
    struct kfm_module *module = NULL;
    if (ret_place == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = describe_in(module, slot, ret_place);
    kfm_leave(module);
    return rv;
}

/* --- sessions --- */

static unsigned long drop_unblock(unsigned long session) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(kfm_call_needs_write(&call));
    if (call.slot->user != KFM_SO)
        return CKR_USER_NOT_LOGGED_IN;
    if (!kfc_info(call.slot->container)->has_user)
        return CKR_USER_PIN_NOT_INITIALIZED; /* nobody could ever open it again */
    struct kfc_change change = {.slot = KFC_SO, .clear_slot = true};
    return kfm_rv(kfc_commit(call.slot->container, call.module->arena, &call.slot->master, &change),
                  CKR_DEVICE_ERROR);
}

static unsigned long check(unsigned long session) {
    KF_AUTO(kfm_call) call = {0};
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_alone(&call));
    bool logged_in = call.slot->user != KFM_NOBODY;
    return kfm_rv(
        kfc_check(call.slot->container, logged_in ? &call.slot->master : NULL, call.module->arena),
        CKR_DEVICE_ERROR);
}

const struct kf_interface kfm_interface = {
    .version_major = 1,
    .version_minor = 0,
    .message = message,
    .offer = offer,
    .describe = describe,
    .drop_unblock = drop_unblock,
    .copy = kfm_copy,
    .move = kfm_move,
    .rename = kfm_rename,
    .remove = kfm_remove,
    .check = check,
    .import = kfm_import,
    .export = kfm_export,
    .hand_over = kfm_hand_over,
    .read_file = kfm_read_file,
    .make = kfm_make,
};
