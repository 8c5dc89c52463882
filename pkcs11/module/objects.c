// SPDX-License-Identifier: Apache-2.0
// The objects of a slot: made, filled, forgotten.
#include "module/objects.h"

static CK_RV objects_new(struct kfm_objects **ret_objects) {
    struct kfm_objects *objects = calloc(1, sizeof *objects);
    if (!objects)
        return kfm_rv(kf_fail(KF_E_MEMORY, "out of memory for objects"), CKR_HOST_MEMORY);
    pthread_mutex_init(&objects->lock, NULL);
    objects->next_own = KFM_SESSION_OBJECTS;
    *ret_objects = objects;
    return CKR_OK;
}

/* Two calls that share the slot may both find none: one of them wins. */
static CK_RV first_objects(struct kfm_slot *slot, struct kfm_objects **ret_objects) {
    struct kfm_objects *none = NULL, *made = NULL;
    CK_TRY(objects_new(&made));
    bool won = __atomic_compare_exchange_n(&slot->objects, &none, made, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_ACQUIRE);
    if (!won)
        kfm_objects_free(made);
    *ret_objects = won ? made : none;
    return CKR_OK;
}

CK_RV kfm_objects_of(kfm_call *call, struct kfm_objects **ret_objects) {
    struct kfm_objects *objects = __atomic_load_n(&call->slot->objects, __ATOMIC_ACQUIRE);
    if (!objects)
        CK_TRY(first_objects(call->slot, &objects));
    /* Who is the first to come after a change forgets; a change itself needs the slot alone. */
    pthread_mutex_lock(&objects->lock);
    if (objects->container != call->slot->container ||
        objects->generation != kfc_info(call->slot->container)->generation)
        kfm_objects_changed(objects, call->slot->container);
    pthread_mutex_unlock(&objects->lock);
    *ret_objects = objects;
    return CKR_OK;
}

void kfm_objects_free(struct kfm_objects *objects) {
    if (!objects)
        return;
    kfm_shelf_clear(&objects->read, NULL, NULL);
    kfm_shelf_clear(&objects->own, NULL, NULL);
    kfm_columns_clear(&objects->columns);
    pthread_mutex_destroy(&objects->lock);
    free(objects);
}

static bool is_private(const kfm_object *object, const void *arg) {
    return object->is_private;
}

static bool is_private_of(const kfm_object *object, const void *owner) {
    return object->is_private && object->owner == *(const CK_SESSION_HANDLE *)owner;
}

/* Operations may count on a key still: freeing the object is not enough. */
static void wipe_keys(struct kfm_shelf *shelf, bool (*goes)(const kfm_object *, const void *),
                      const void *arg) {
    for (size_t i = 0; i < shelf->size; i++)
        for (kfm_object *object = shelf->rows[i]; object; object = object->next)
            if (object->key && goes(object, arg))
                kf_softkey_wipe(object->key);
}

void kfm_objects_logout(struct kfm_objects *objects) {
    if (!objects)
        return;
    wipe_keys(&objects->read, is_private, NULL);
    wipe_keys(&objects->own, is_private, NULL);
    kfm_shelf_clear(&objects->read, is_private, NULL);
    kfm_shelf_clear(&objects->own, is_private, NULL);
}

static bool is_not_opened(const kfm_object *object, const void *arg) {
    return !object->is_private || !object->key;
}

void kfm_objects_changed(struct kfm_objects *objects, const kfc *container) {
    if (!objects)
        return;
    kfm_shelf_clear(&objects->read, objects->container == container ? is_not_opened : NULL, NULL);
    for (size_t i = 0; i < objects->read.size; i++)
        for (kfm_object *object = objects->read.rows[i]; object; object = object->next)
            object->is_stale = true;
    kfm_columns_clear(&objects->columns);
    objects->container = container;
    objects->generation = container ? kfc_info(container)->generation : 0;
}

void kfm_objects_follow(struct kfm_objects *objects, const kfc *container, uint64_t before) {
    uint64_t now = kfc_info(container)->generation;
    if (objects->container != container || objects->generation != before || now != before + 1) {
        kfm_objects_changed(objects, container); /* somebody else wrote as well */
        return;
    }
    kfm_columns_clear(&objects->columns);
    objects->generation = now;
}

static bool has_owner(const kfm_object *object, const void *owner) {
    return object->owner == *(const CK_SESSION_HANDLE *)owner;
}

void kfm_objects_close(struct kfm_objects *objects, CK_SESSION_HANDLE owner) {
    if (!objects)
        return;
    wipe_keys(&objects->own, is_private_of, &owner);
    kfm_shelf_clear(&objects->own, has_owner, &owner);
}

/* --- columns --- */

void kfm_columns_clear(struct kfm_columns *columns) {
    free(columns->numbers);
    free(columns->id_tags);
    free(columns->label_tags);
    free(columns->classes);
    free(columns->privates);
    *columns = (struct kfm_columns){0};
}

static void fill(struct kfm_columns *columns, const kfc *container) {
    for (size_t i = 0; i < columns->count; i++) {
        const struct kfc_entry *entry = kfc_at(container, i);
        columns->numbers[i] = entry->number;
        columns->id_tags[i] = entry->id_tag;
        columns->label_tags[i] = entry->label_tag;
        columns->classes[i] = entry->object_class;
        columns->privates[i] = entry->is_private;
    }
    columns->ready = true;
}

CK_RV kfm_columns_ready(struct kfm_objects *objects) {
    struct kfm_columns *columns = &objects->columns;
    if (columns->ready)
        return CKR_OK;
    size_t count = kfc_count(objects->container), room = count + 1;
    *columns = (struct kfm_columns){
        .numbers = calloc(room, sizeof(uint32_t)),
        .id_tags = calloc(room, sizeof(uint32_t)),
        .label_tags = calloc(room, sizeof(uint32_t)),
        .classes = calloc(room, sizeof(uint32_t)),
        .privates = calloc(room, sizeof(bool)),
        .count = count,
    };
    if (columns->numbers && columns->id_tags && columns->label_tags && columns->classes &&
        columns->privates) {
        fill(columns, objects->container);
        return CKR_OK;
    }
    kfm_columns_clear(columns);
    return kfm_rv(kf_fail(KF_E_MEMORY, "out of memory for %zu objects", count), CKR_HOST_MEMORY);
}
