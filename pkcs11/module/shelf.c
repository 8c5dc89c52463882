// SPDX-License-Identifier: Apache-2.0
// A shelf: objects by number.
#include "module/objects.h"

enum { ROWS_MIN = 64 }; /* a power of two */

static kfm_object **row_of(const struct kfm_shelf *shelf, uint32_t number) {
    return &shelf->rows[(number * 2654435769u >> 7) & (shelf->size - 1)];
}

CK_RV kfm_shelf_begin(struct kfm_shelf *shelf) {
    if (!shelf->rows)
        shelf->rows = calloc(ROWS_MIN, sizeof *shelf->rows);
    if (!shelf->rows)
        return kfm_rv(kf_fail(KF_E_MEMORY, "out of memory for objects"), CKR_HOST_MEMORY);
    shelf->size = shelf->size ? shelf->size : ROWS_MIN;
    return CKR_OK;
}

kfm_object *kfm_shelf_get(const struct kfm_shelf *shelf, uint32_t number) {
    if (!shelf->count)
        return NULL;
    kfm_object *object = *row_of(shelf, number);
    while (object && object->number != number)
        object = object->next;
    return object;
}

static void link_in(struct kfm_shelf *shelf, kfm_object *object) {
    kfm_object **row = row_of(shelf, object->number);
    object->next = *row;
    *row = object;
    shelf->count++;
}

/* Twice the rows; without memory for them the rows just get longer. */
static void grow(struct kfm_shelf *shelf) {
    struct kfm_shelf larger = {calloc(2 * shelf->size, sizeof *larger.rows), 2 * shelf->size, 0};
    if (!larger.rows)
        return;
    for (size_t i = 0; i < shelf->size; i++)
        while (shelf->rows[i]) {
            kfm_object *object = shelf->rows[i];
            shelf->rows[i] = object->next;
            link_in(&larger, object);
        }
    free(shelf->rows);
    *shelf = larger;
}

void kfm_shelf_put(struct kfm_shelf *shelf, kfm_object *object) {
    kfm_shelf_remove(shelf, object->number);
    if (shelf->count == shelf->size)
        grow(shelf);
    link_in(shelf, object);
}

/* Unlink and free those of one row. */
static void clear_row(struct kfm_shelf *shelf, kfm_object **at,
                      bool (*goes)(const kfm_object *, const void *), const void *arg) {
    while (*at) {
        kfm_object *object = *at;
        if (goes && !goes(object, arg)) {
            at = &object->next;
            continue;
        }
        *at = object->next;
        shelf->count--;
        kfm_object_free(object);
    }
}

void kfm_shelf_clear(struct kfm_shelf *shelf, bool (*goes)(const kfm_object *, const void *),
                     const void *arg) {
    for (size_t i = 0; i < shelf->size && shelf->count; i++)
        clear_row(shelf, &shelf->rows[i], goes, arg);
    if (shelf->count)
        return;
    free(shelf->rows);
    *shelf = (struct kfm_shelf){0};
}

static bool has_number(const kfm_object *object, const void *number) {
    return object->number == *(const uint32_t *)number;
}

void kfm_shelf_remove(struct kfm_shelf *shelf, uint32_t number) {
    if (shelf->count)
        clear_row(shelf, row_of(shelf, number), has_number, &number);
}
