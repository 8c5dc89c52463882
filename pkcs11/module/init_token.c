// SPDX-License-Identifier: Apache-2.0
// C_InitToken (PKCS#11 2.40, 5.5): a new container in an empty slot, or an old one made empty. And
// the vendor interface's way to a new one, which has its password from the beginning.
#include <string.h>

#include "base/text.h"
#include "module/entries.h"
#include "module/pin.h"
#include "module/table.h"
#include "module/transfer.h"

struct order {
    char label[KFC_LABEL_MAX + 1];
    struct kfm_pin pin;
};

/* 32 bytes, padded with blanks. */
static CK_RV read_label(const CK_UTF8CHAR *field, char ret_label[KFC_LABEL_MAX + 1]) {
    size_t len = KFC_LABEL_MAX;
    while (len > 0 && field[len - 1] == ' ')
        len--;
    if (len == 0 || !kf_text_plain((const char *)field, len))
        return CKR_ARGUMENTS_BAD;
    memcpy(ret_label, field, len);
    ret_label[len] = '\0';
    return CKR_OK;
}

void kfm_name_make(const char *label, int number, char ret_name[KF_NAME_MAX + 1]) {
    char text[KFC_LABEL_MAX + 1];
    snprintf(text, sizeof text, "%s", label);
    for (char *at = text; (at = strpbrk(at, "\"*/:<>?\\|"));)
        *at = '_';
    if (text[0] == '.')
        text[0] = '_';
    if (number > 1)
        snprintf(ret_name, KF_NAME_MAX + 1, "%s-%d", text, number);
    else
        snprintf(ret_name, KF_NAME_MAX + 1, "%s", text);
}

static kf_err write_new(kf_medium *medium, const char *label, const kf_buf *blob,
                        char ret_name[KF_NAME_MAX + 1]) {
    kf_err err = KF_E_EXISTS;
    for (int number = 1; err == KF_E_EXISTS && number <= KF_MEDIUM_MAX; number++) {
        kfm_name_make(label, number, ret_name);
        err = kf_medium_write(medium, ret_name, blob->data, blob->len, true);
    }
    return err;
}

/* The table is locked meanwhile, so that a scan does not give the new container another slot. */
static CK_RV place_new(struct kfm_slots *slots, struct kfm_slot *slot, const char *label,
                       const kf_buf *blob) {
    char name[KF_NAME_MAX + 1];
    pthread_mutex_lock(&slots->lock);
    CK_RV rv = CKR_FUNCTION_FAILED; /* another thread was faster */
    if (!slot->name[0])
        rv = kfm_container_rv(write_new(slot->medium, label, blob, name));
    if (rv == CKR_OK)
        kfm_slot_take(slot, slot->medium, name);
    pthread_mutex_unlock(&slots->lock);
    return rv;
}

static CK_RV make(struct kfm_module *module, struct kfm_slot *slot, struct kfc_new *new) {
    KF_AUTO(kf_buf) blob = {.max = KF_BLOB_MAX};
    new->log_n = module->options.log_n;
    CK_TRY(kfm_container_rv(kfc_make(module->arena, new, &blob)));
    return place_new(module->slots, slot, new->label, &blob);
}

static CK_RV make_without_user(struct kfm_module *module, struct kfm_slot *slot,
                               const struct order *order) {
    struct kfc_new new = {
        .label = order->label, .so_pin = order->pin.data, .so_pin_len = order->pin.len};
    CK_TRY(kfm_pin_check_new(order->pin));
    return make(module, slot, &new);
}

static CK_RV erase(struct kfm_module *module, struct kfm_slot *slot, const struct order *order,
                   kfc *container, const kf_locked *master) {
    struct kfc_change change = {
        .label = order->label,
        .pin = order->pin.data,
        .pin_len = order->pin.len,
        .slot = KFC_SO,
        .set_slot = true,
        .log_n = module->options.log_n,
        .erase = true,
    };
    if (slot->sessions > 0)
        return CKR_SESSION_EXISTS;
    CK_TRY(kfm_container_rv(kfc_commit(container, module->arena, master, &change)));
    kfm_slot_gone(slot);
    slot->present = true;
    return kfm_container_rv(kfc_tries_forgive(container, KFC_USER));
}

static CK_RV make_again(struct kfm_module *module, struct kfm_slot *slot, const char *name,
                        const struct order *order) {
    KF_AUTO_PTR(kfc) container = NULL;
    KF_AUTO(kf_locked) master = {0};
    CK_TRY(kfm_pin_unlock(module, slot->medium, name, KFC_SO, order->pin, &container, &master));
    pthread_rwlock_wrlock(&slot->lock);
    CK_RV rv = erase(module, slot, order, container, &master);
    pthread_rwlock_unlock(&slot->lock);
    return rv;
}

/* What is in the slot, and whether it may be made new. `ret_name` "": nothing. */
static CK_RV look(struct kfm_module *module, struct kfm_slot *slot,
                  char ret_name[KF_NAME_MAX + 1]) {
    pthread_rwlock_wrlock(&slot->lock);
    CK_RV rv = slot->present ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
    if (slot->name[0] || !slot->medium)
        rv = kfm_slot_visit(module, slot);
    if (rv == CKR_OK && slot->sessions > 0)
        rv = CKR_SESSION_EXISTS;
    memcpy(ret_name, slot->name, KF_NAME_MAX + 1);
    pthread_rwlock_unlock(&slot->lock);
    return rv;
}

static CK_RV init_token(struct kfm_module *module, CK_SLOT_ID id, const struct order *order) {
    struct kfm_slot *slot = NULL;
    char name[KF_NAME_MAX + 1];
    CK_TRY(kfm_slot_find(module, id, &slot));
    CK_TRY(look(module, slot, name));
    return name[0] ? make_again(module, slot, name, order) : make_without_user(module, slot, order);
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG len, CK_UTF8CHAR_PTR label) {
    struct kfm_module *module = NULL;
    struct order order = {.pin = {pin, len}};
    CK_TRY(kfm_enter(&module));
    CK_RV rv = pin && label ? read_label(label, order.label) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = init_token(module, slot, &order);
    kfm_leave(module);
    return rv;
}

/* --- the vendor interface --- */

static CK_RV take_secrets(const struct kf_password *password, const struct kf_password *unblock,
                          struct kfc_new *new) {
    CK_TRY(kfm_rv(kfm_check_label(new->label), CKR_ARGUMENTS_BAD));
    CK_TRY(kfm_pin_check_new((struct kfm_pin){password->data, password->len}));
    new->user_pin = password->data;
    new->user_pin_len = password->len;
    if (!unblock)
        return CKR_OK;
    new->so_pin = unblock->data;
    new->so_pin_len = unblock->len;
    return kfm_pin_check_new((struct kfm_pin){unblock->data, unblock->len});
}

static CK_RV make_whole(struct kfm_module *module, CK_SLOT_ID id, struct kfc_new *new) {
    struct kfm_slot *slot = NULL;
    char there[KF_NAME_MAX + 1];
    CK_TRY(kfm_slot_find(module, id, &slot));
    CK_TRY(look(module, slot, there));
    if (!there[0])
        return make(module, slot, new);
    kf_fail(KF_E_EXISTS, "there is a container \"%s\" in this slot already", there);
    return CKR_FUNCTION_FAILED;
}

unsigned long kfm_make(unsigned long slot, const char *name, const struct kf_password *password,
                       const struct kf_password *unblock) {
    struct kfm_module *module = NULL;
    struct kfc_new new = {.label = name};
    if (!name || !password)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_enter(&module));
    CK_RV rv = take_secrets(password, unblock, &new);
    if (rv == CKR_OK)
        rv = make_whole(module, slot, &new);
    kfm_leave(module);
    return rv;
}
