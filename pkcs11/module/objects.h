// SPDX-License-Identifier: Apache-2.0
// What a slot keeps of its objects: those that were read, by number, the session objects, and the
// index's tags in a row for searches.
#pragma once

#include "module/object.h"

#define KFM_SESSION_OBJECTS_MAX 16384

/* Objects by number, in rows that are chained. */
struct kfm_shelf {
    struct kfm_object **rows;
    size_t size, count;
};

/* The index of the container, each column by itself: a search for a CKA_ID looks at nothing else.
 */
struct kfm_columns {
    uint32_t *numbers, *id_tags, *label_tags, *classes;
    bool *privates;
    size_t count;
    bool ready;
};

struct kfm_objects {
    pthread_mutex_t lock; /* inside the slot's lock: reading an object or a key fills the shelf */
    struct kfm_shelf read, own;
    uint32_t next_own; /* number of the next session object */
    struct kfm_columns columns;
    const kfc *container; /* which `read` and `columns` show, and its state */
    uint64_t generation;
};

/* Those of the slot, made when there are none yet, and up to date with the container. */
CK_RV kfm_objects_of(kfm_call *call, struct kfm_objects **ret_objects);
/* The handle that a number has in the present login. */
CK_OBJECT_HANDLE kfm_handle(const struct kfm_slot *slot, uint32_t number, bool is_private);
/* May this login see private objects? */
bool kfm_sees_private(const struct kfm_slot *slot);
/* The container's object, read when it was not yet; with objects->lock held. */
kf_err kfm_objects_read(kfm_call *call, struct kfm_objects *objects, const struct kfc_entry *entry,
                        struct kfm_object **ret_object);
/* After a commit of our own: all that was read stays right but what was changed. */
void kfm_objects_follow(struct kfm_objects *objects, const kfc *container, uint64_t before);
CK_RV kfm_columns_ready(struct kfm_objects *objects);
void kfm_columns_clear(struct kfm_columns *columns);
/* Sets handle, usages and id_tag. */
void kfm_object_settle(const struct kfm_slot *slot, struct kfm_object *object);

struct kfm_object *kfm_shelf_get(const struct kfm_shelf *shelf, uint32_t number);
/* To be called before the first put, which then cannot fail: CKR_HOST_MEMORY. */
CK_RV kfm_shelf_begin(struct kfm_shelf *shelf);
/* Takes it over; one of the same number is freed. */
void kfm_shelf_put(struct kfm_shelf *shelf, struct kfm_object *object);
/* Free those that `goes` says yes to; NULL: all. */
void kfm_shelf_clear(struct kfm_shelf *shelf, bool (*goes)(const struct kfm_object *, const void *),
                     const void *arg);
void kfm_shelf_remove(struct kfm_shelf *shelf, uint32_t number);
