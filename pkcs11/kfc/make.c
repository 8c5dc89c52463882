// SPDX-License-Identifier: Apache-2.0
// New containers: empty ones, and copies under an identity of their own.
#include "kfc/draft.h"
#include "kfc/object.h"
#include "kfc/seal.h"
#include "kfc/slot.h"

static kf_err check_order(const struct kfc_new *order) {
    if (!order->so_pin && !order->user_pin)
        return kf_fail(KF_E_PIN_NEEDED, "a container needs a password or an unblock secret");
    if (order->log_n && (order->log_n < KFC_LOGN_MIN || order->log_n > KFC_LOGN_MAX))
        return kf_fail(KF_E_INPUT, "scrypt takes N = 2^%d to 2^%d, not 2^%d", KFC_LOGN_MIN,
                       KFC_LOGN_MAX, order->log_n);
    if (order->user_pin)
        KF_TRY(kfc_pin_check(order->user_pin, order->user_pin_len));
    return order->so_pin ? kfc_pin_check(order->so_pin, order->so_pin_len) : KF_OK;
}

/* Random, as RFC 9562, 5.4 has it. */
static kf_err make_uuid(uint8_t ret_uuid[static KFC_UUID_LEN]) {
    uint8_t uuid[KFC_UUID_LEN];
    KF_TRY(kfc_random(uuid, sizeof uuid));
    uuid[6] = (uuid[6] & 0x0f) | 0x40;
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
    memcpy(ret_uuid, uuid, sizeof uuid);
    return KF_OK;
}

static kf_err seal_slot(kfc_draft *draft, const struct kfc_slot_pin *pin, int log_n) {
    return pin->pin ? kfc_slot_seal(pin, log_n ? log_n : KFC_LOGN, draft->master,
                                    draft->slots[pin->slot])
                    : KF_OK;
}

/* Identity, master key and slots of a container that was not there before. */
static kf_err begin_new(const struct kfc_new *order, kf_arena *arena, kf_locked *master,
                        kfc_draft *draft) {
    KF_TRY(check_order(order));
    KF_TRY(kf_locked_new(arena, KFC_MASTER_LEN, master));
    KF_TRY(kfc_random(master->data, master->len));
    *draft = (kfc_draft){.generation = 1, .next = 1, .master = master};
    KF_TRY(make_uuid(draft->uuid));
    if (order->label)
        KF_TRY(kfc_draft_set_label(draft, order->label));
    struct kfc_slot_pin user = {draft->uuid, KFC_USER, order->user_pin, order->user_pin_len};
    struct kfc_slot_pin so = {draft->uuid, KFC_SO, order->so_pin, order->so_pin_len};
    KF_TRY(seal_slot(draft, &user, order->log_n));
    return seal_slot(draft, &so, order->log_n);
}

kf_err kfc_make(kf_arena *arena, const struct kfc_new *order, kf_buf *ret_blob) {
    KF_AUTO(kf_locked) master = {0};
    KF_AUTO(kfc_draft) draft = {0};
    KF_TRY(begin_new(order, arena, &master, &draft));
    KF_TRY(kfc_draft_begin(&draft, 0));
    KF_TRY(kfc_draft_end(&draft));
    kf_buf_move(ret_blob, &draft.blob);
    return KF_OK;
}

/* --- copies --- */

struct copy {
    const kfc *container;
    kf_arena *arena;
    const kf_locked *master; /* of the container that is copied */
    const struct kfc_new *order;
    kfc_draft *draft;
};

static kf_err copy_object(const struct copy *copy, kfc_image *image, size_t index) {
    KF_AUTO(kfc_reading) reading = {.master = copy->master, .arena = copy->arena};
    KF_TRY(kfc_reading_take(&reading, copy->container, image, index));
    return kfc_draft_seal(copy->draft, &image->entries[index],
                          &(struct kfc_parts){.open = reading.open.data,
                                              .open_len = reading.open.len,
                                              .sealed = reading.sealed.data,
                                              .sealed_len = reading.sealed.len});
}

/* May be called again: begins anew. */
static kf_err copy_all(void *arg, kfc_image *image) {
    const struct copy *copy = arg;
    kfc_draft *draft = copy->draft;
    KF_TRY(kfc_image_verify(image, copy->master));
    if (!copy->order->label)
        KF_TRY(kfc_draft_set_label(draft, image->info.label));
    draft->next = image->next;
    draft->added = 0;
    kf_buf_clear(&draft->blob);
    KF_TRY(kfc_draft_begin(draft, image->info.objects));
    for (size_t i = 0; i < image->info.objects; i++)
        KF_TRY(copy_object(copy, image, i));
    return kfc_draft_end(draft);
}

kf_err kfc_reseal(const kfc *container, kf_arena *arena, const kf_locked *master,
                  const struct kfc_new *order, kf_buf *ret_blob) {
    KF_AUTO(kf_locked) fresh = {0};
    KF_AUTO(kfc_draft) draft = {0};
    KF_TRY(begin_new(order, arena, &fresh, &draft));
    struct copy copy = {
        .container = container, .arena = arena, .master = master, .order = order, .draft = &draft};
    KF_TRY(kfc_steady(container, copy_all, &copy));
    kf_buf_move(ret_blob, &draft.blob);
    return KF_OK;
}
