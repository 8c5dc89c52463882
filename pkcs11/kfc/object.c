// SPDX-License-Identifier: Apache-2.0
// Reading objects. A container that another process wrote meanwhile is read again for this one
// time; what its owner sees of it changes with kfc_refresh() only.
#include "kfc/object.h"

#include "kfc/body.h"

void kfc_reading_clear(kfc_reading *reading) {
    kf_buf_clear(&reading->open);
    kf_locked_clear(&reading->sealed);
}

kf_err kfc_reading_take(kfc_reading *reading, const kfc *container, kfc_image *image,
                        size_t index) {
    KF_AUTO(kf_buf) body = {0};
    const uint8_t *entry = kfc_image_raw(image, index);
    struct kfc_ring ring = {.master = reading->master, .uuid = image->info.uuid};
    if (reading->master && !atomic_load(&image->is_verified))
        KF_TRY(kfc_image_verify(image, reading->master));
    KF_TRY(kfc_body_read(container, image, index, &body));
    if (reading->master)
        KF_TRY(kfc_body_open(&ring, entry, body.data, reading->arena, &reading->sealed));
    body.len = kfc_get32(entry + KFC_ENTRY_OPEN_LEN);
    kf_buf_move(&reading->open, &body);
    return KF_OK;
}

static kf_err find_and_take(kfc_reading *reading, const kfc *container, kfc_image *image) {
    size_t index;
    kf_err err = KF_E_NOT_FOUND;
    if (kfc_image_find(image, reading->number, &index))
        err = kfc_reading_take(reading, container, image, index);
    else
        kf_fail(err, "object %u is not in it any more", reading->number);
    return err == KF_E_INPUT || err == KF_E_NOT_FOUND ? kfc_fail_in(container, err) : err;
}

/* `err` stands unless the blob was replaced; then it is read once more. */
static kf_err take_again(kfc_reading *reading, const kfc *container, kf_err err) {
    KF_AUTO_PTR(kfc_image) image = NULL;
    bool changed = false;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (kfc_has_changed(container, container->image, &changed) != KF_OK || !changed) {
        kf_error_restore(&saved);
        return err;
    }
    KF_TRY(kfc_load(container, &image));
    KF_TRY(kfc_check_successor(container, image));
    return find_and_take(reading, container, image);
}

kf_err kfc_read(const kfc *container, uint32_t number, const kf_locked *master, kf_arena *arena,
                kf_buf *ret_open, kf_locked *ret_sealed) {
    KF_AUTO(kfc_reading) reading = {.number = number, .master = master, .arena = arena};
    kf_err err = find_and_take(&reading, container, container->image);
    if (err == KF_E_INPUT)
        err = take_again(&reading, container, err);
    KF_TRY(err);
    kf_buf_move(ret_open, &reading.open);
    if (ret_sealed)
        kf_locked_move(ret_sealed, &reading.sealed);
    return KF_OK;
}

/* --- all of them --- */

struct check {
    const kfc *container;
    const kf_locked *master;
    kf_arena *arena;
};

static kf_err check_all(void *arg, kfc_image *image) {
    const struct check *check = arg;
    if (check->master)
        KF_TRY(kfc_image_verify(image, check->master));
    for (size_t i = 0; i < image->info.objects; i++) {
        KF_AUTO(kfc_reading) reading = {.master = check->master, .arena = check->arena};
        KF_TRY(kfc_reading_take(&reading, check->container, image, i));
    }
    return KF_OK;
}

kf_err kfc_check(const kfc *container, const kf_locked *master, kf_arena *arena) {
    struct check check = {.container = container, .master = master, .arena = arena};
    return kfc_steady(container, check_all, &check);
}
