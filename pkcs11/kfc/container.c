// SPDX-License-Identifier: Apache-2.0
// Opening, reading again, looking things up.
#include "kfc/container.h"

#include "base/file.h"
#include "base/text.h"
#include "kfc/body.h"
#include "kfc/slot.h"

/* A small container is read in one go. */
#define FIRST_READ ((size_t)16 * 1024)

enum { TRIES = 4 };

kf_err kfc_fail_in(const kfc *container, kf_err code) {
    kf_fail_in(code, "container \"%s\" in \"%s\"", container->name, container->medium->place);
    if (code != KF_E_INPUT || !kf_str_equal(container->medium->kind->name, "disk"))
        return code;
    KF_AUTO_FREE char *kept = kf_str("%s/%s.kfc.bak", container->medium->place, container->name);
    if (kept && kf_file_exists(kept))
        kf_error_hint("An older copy of it is \"%s\"; look at it before you put it in its place.",
                      kept);
    return code;
}

static kf_err wrong(const kfc *container, const char *what) {
    return kfc_fail_in(container, kf_fail(KF_E_INPUT, "%s", what));
}

/* --- reading --- */

static kf_err read_part(const kfc *container, size_t from, size_t len, kf_buf *ret_bytes) {
    ret_bytes->max = KF_BLOB_MAX;
    return kf_medium_read(container->medium, container->name, from, len, ret_bytes);
}

/* Is the blob as long as its header says? */
static kf_err check_end(const kfc *container, size_t total, size_t seen) {
    KF_AUTO(kf_buf) end = {0};
    if (seen < FIRST_READ)
        return seen == total ? KF_OK
                             : kf_fail(KF_E_INPUT, "it has %zu bytes instead of %zu", seen, total);
    KF_TRY(read_part(container, total - 1, 2, &end));
    if (end.len != 1)
        return kf_fail(KF_E_INPUT, "it is %s than %zu bytes", end.len ? "longer" : "shorter",
                       total);
    return KF_OK;
}

/* Kept without what was read too much. */
static kf_err read_head(const kfc *container, const kf_buf *first, size_t len, kf_buf *ret_head) {
    return len > first->len ? read_part(container, 0, len, ret_head)
                            : kf_buf_set(ret_head, first->data, len);
}

static kf_err load_once(const kfc *container, kfc_image **ret_image) {
    KF_AUTO(kf_buf) first = {0}, head = {0};
    struct kfc_measure measure;
    KF_TRY(read_part(container, 0, FIRST_READ, &first));
    KF_TRY(kfc_measure(first.data, first.len, &measure));
    KF_TRY(check_end(container, measure.total_len, first.len));
    KF_TRY(read_head(container, &first, measure.head_len, &head));
    return kfc_image_read(&head, ret_image);
}

static bool same_stamp(const struct kf_stamp *a, const struct kf_stamp *b) {
    return a->a == b->a && a->b == b->b && a->c == b->c;
}

static kf_err take_stamp(const kfc *container, struct kf_stamp *ret_stamp) {
    struct kf_stamp stamp = {0};
    KF_TRY(kf_medium_stamp(container->medium, container->name, &stamp));
    if (same_stamp(&stamp, &(struct kf_stamp){0}))
        return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\" in \"%s\"", container->name,
                       container->medium->place);
    *ret_stamp = stamp;
    return KF_OK;
}

/* A failed read of a blob that was replaced under our hands says nothing. */
kf_err kfc_load(const kfc *container, kfc_image **ret_image) {
    struct kf_stamp before, after;
    KF_AUTO_PTR(kfc_image) image = NULL;
    kf_err err = KF_E_BUSY;
    KF_TRY(take_stamp(container, &before));
    for (int i = 0; i < TRIES && err != KF_OK; i++, before = after) {
        err = load_once(container, &image);
        struct kf_error_saved saved;
        kf_error_save(&saved);
        if (err == KF_OK || take_stamp(container, &after) != KF_OK || same_stamp(&before, &after)) {
            kf_error_restore(&saved);
            break;
        }
    }
    if (err == KF_E_INPUT || err == KF_E_UNSUPPORTED)
        return kfc_fail_in(container, err);
    KF_TRY(err);
    image->stamp = before;
    *ret_image = KF_MOVE(image);
    return KF_OK;
}

kf_err kfc_has_changed(const kfc *container, const kfc_image *image, bool *ret_changed) {
    struct kf_stamp stamp = {0};
    KF_TRY(kf_medium_stamp(container->medium, container->name, &stamp));
    *ret_changed = !same_stamp(&stamp, &image->stamp);
    return KF_OK;
}

kf_err kfc_steady(const kfc *container, kf_err (*work)(void *arg, kfc_image *image), void *arg) {
    kf_err err = KF_E_INPUT;
    bool changed = true;
    for (int i = 0; i < TRIES && err == KF_E_INPUT && changed; i++) {
        KF_AUTO_PTR(kfc_image) image = NULL;
        struct kf_error_saved saved;
        KF_TRY(kfc_load(container, &image));
        err = work(arg, image);
        kf_error_save(&saved);
        KF_TRY(kfc_has_changed(container, image, &changed));
        kf_error_restore(&saved);
    }
    return err == KF_E_INPUT ? kfc_fail_in(container, err) : err;
}

kf_err kfc_body_read(const kfc *container, const kfc_image *image, size_t index, kf_buf *ret_body) {
    KF_AUTO(kf_buf) body = {0};
    size_t len = image->offsets[index + 1] - image->offsets[index];
    KF_TRY(read_part(container, image->offsets[index], len, &body));
    KF_TRY(kfc_body_check(kfc_image_raw(image, index), body.data, body.len));
    kf_buf_move(ret_body, &body);
    return KF_OK;
}

/* --- opening and refreshing --- */

void kfc_show(kfc *container, kfc_image *image) {
    kfc_image_free(container->image);
    container->image = image;
    container->info = image->info;
}

kf_err kfc_open(kf_medium *medium, const char *name, kfc **ret_kfc) {
    KF_AUTO_PTR(kfc) container = calloc(1, sizeof *container);
    kfc_image *image = NULL;
    if (!container || !(container->name = strdup(name)))
        return kf_fail(KF_E_MEMORY, "out of memory");
    container->medium = medium;
    KF_TRY(kfc_load(container, &image));
    kfc_show(container, image);
    *ret_kfc = KF_MOVE(container);
    return KF_OK;
}

void kfc_free(kfc *container) {
    if (!container)
        return;
    kfc_image_free(container->image);
    free(container->name);
    free(container);
}

/* Numbers and handles of objects are only good as long as a container goes forward. */
kf_err kfc_check_successor(const kfc *container, const kfc_image *image) {
    if (memcmp(image->info.uuid, container->info.uuid, KFC_UUID_LEN) != 0)
        return wrong(container, "another container was put in its place");
    if (image->info.generation < container->info.generation)
        return wrong(container, "an older copy of it was put in its place");
    return KF_OK;
}

kf_err kfc_verify(const kfc *container, kfc_image *image, const kf_locked *master) {
    kf_err err = kfc_image_verify(image, master);
    return err == KF_E_INPUT ? kfc_fail_in(container, err) : err;
}

static kf_err check_new(const kfc *container, kfc_image *image, const kf_locked *master) {
    if (!master)
        return KF_OK;
    KF_TRY(kfc_check_successor(container, image));
    return kfc_verify(container, image, master);
}

kf_err kfc_refresh(kfc *container, const kf_locked *master, bool *ret_changed) {
    KF_AUTO_PTR(kfc_image) image = NULL;
    bool changed = false;
    KF_TRY(kfc_has_changed(container, container->image, &changed));
    if (changed) {
        KF_TRY(kfc_load(container, &image));
        KF_TRY(check_new(container, image, master));
        kfc_show(container, KF_MOVE(image));
    } else if (master && !atomic_load(&container->image->is_verified)) {
        KF_TRY(kfc_verify(container, container->image, master));
    }
    if (ret_changed)
        *ret_changed = changed;
    return KF_OK;
}

kf_err kfc_unlock(const kfc *container, enum kfc_slot slot, const uint8_t *pin, size_t len,
                  kf_arena *arena, kf_locked *ret_master) {
    KF_AUTO(kf_locked) master = {0};
    const uint8_t *sealed = kfc_image_slot(container->image, slot);
    KF_TRY(kfc_pin_check(pin, len));
    if (kfc_slot_is_empty(sealed))
        return kf_fail(KF_E_STATE, "container \"%s\" has no %s", container->name,
                       slot == KFC_USER ? "password yet" : "unblock secret");
    KF_TRY(kfc_slot_open(
        &(struct kfc_slot_pin){.uuid = container->info.uuid, .slot = slot, .pin = pin, .len = len},
        sealed, arena, &master));
    KF_TRY(kfc_verify(container, container->image, &master));
    kf_locked_move(ret_master, &master);
    return KF_OK;
}

/* --- looking --- */

const struct kfc_info *kfc_info(const kfc *container) {
    return &container->info;
}

size_t kfc_count(const kfc *container) {
    return container->info.objects;
}

const struct kfc_entry *kfc_at(const kfc *container, size_t index) {
    return index < container->info.objects ? &container->image->entries[index] : NULL;
}

const struct kfc_entry *kfc_entry(const kfc *container, uint32_t number) {
    size_t index;
    return kfc_image_find(container->image, number, &index) ? &container->image->entries[index]
                                                            : NULL;
}
