// SPDX-License-Identifier: Apache-2.0
// Objects on their way into the container, and out of it.
#include "module/objects.h"
#include "module/store.h"

#include "module/part.h"

CK_RV kfm_objects_may(const kfm_call *call, bool is_token, bool is_private) {
    if (is_token)
        CK_TRY(kfm_call_needs_write(call));
    if (is_private)
        CK_TRY(kfm_call_needs_user(call));
    /* Each write renews the seal of the index, so that even public objects need a login. */
    return is_token && !call->slot->master.data ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
}

static uint32_t tag_of(const kfm_object *object, CK_ATTRIBUTE_TYPE type) {
    const uint8_t *value;
    size_t len;
    bool is_open =
        kfm_part_find(object->attributes.data, object->attributes.len, type, &value, &len);
    if (!is_open)
        return object->attributes.len ? kfc_tag(NULL, 0) : 0; /* 0: hidden in the sealed part */
    return kfc_tag(value, len);
}

/* What one object is in the container; `secret` holds a private key on its way. */
static CK_RV describe(kfm_call *call, const kfm_object *object, kf_locked *secret,
                      struct kfc_object *ret_put) {
    struct kfc_object put = {
        .number = object->number,
        .object_class = (uint32_t)object->object_class,
        .is_private = object->is_private,
        .id_tag = tag_of(object, CKA_ID),
        .label_tag = tag_of(object, CKA_LABEL),
        .open = object->attributes.data,
        .open_len = object->attributes.len,
        .sealed = object->sealed.data,
        .sealed_len = object->sealed.len,
        .keep_sealed = object->object_class == CKO_PRIVATE_KEY && object->number != 0,
    };
    if (object->object_class == CKO_PRIVATE_KEY && object->number == 0) {
        KF_AUTO(kf_locked) der = {0};
        CK_TRY(kf_softkey_write(object->key, call->module->arena, &der));
        CK_TRY(kfm_part_seal_value(call->module->arena, CKA_VALUE, der.data, der.len, secret));
        put.sealed = secret->data;
        put.sealed_len = secret->len;
    }
    *ret_put = put;
    return CKR_OK;
}

static CK_RV commit(kfm_call *call, struct kfc_change *change) {
    struct kfm_objects *objects = NULL;
    CK_TRY(kfm_objects_of(call, &objects));
    struct kfm_slot *slot = call->slot;
    uint64_t before = kfc_info(slot->container)->generation;
    kf_err err = kfc_commit(slot->container, call->module->arena, &slot->master, change);
    if (err == KF_E_NOT_FOUND) /* another process was faster */
        return CKR_OBJECT_HANDLE_INVALID;
    if (err == KF_E_TOO_LARGE)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_TRY(kfm_rv(err, CKR_DEVICE_ERROR));
    kfm_objects_follow(objects, slot->container, before);
    return CKR_OK;
}

static CK_RV put_described(kfm_call *call, kfm_object **objects, size_t count,
                           struct kfc_object *put, kf_locked *secrets) {
    struct kfc_change change = {.put = put};
    for (size_t i = 0; i < count; i++)
        if (objects[i]->is_token) {
            CK_TRY(describe(call, objects[i], &secrets[i], &put[change.put_count]));
            change.put_count++;
        }
    if (change.put_count)
        CK_TRY(commit(call, &change));
    for (size_t i = 0, at = 0; i < count; i++)
        if (objects[i]->is_token)
            objects[i]->number = put[at++].number;
    return CKR_OK;
}

static CK_RV put_tokens(kfm_call *call, kfm_object **objects, size_t count) {
    struct kfc_object *put = calloc(count, sizeof *put);
    kf_locked *secrets = calloc(count, sizeof *secrets);
    CK_RV rv = put && secrets ? put_described(call, objects, count, put, secrets) : CKR_HOST_MEMORY;
    for (size_t i = 0; secrets && i < count; i++)
        kf_locked_clear(&secrets[i]);
    free(secrets);
    free(put);
    return rv;
}

/* After the last one the numbers begin anew; those that still mean something are passed over. */
static uint32_t next_number(struct kfm_objects *all) {
    uint32_t number;
    do {
        number = all->next_own;
        all->next_own = number == UINT32_MAX ? KFM_SESSION_OBJECTS : number + 1;
    } while (kfm_shelf_get(&all->own, number));
    return number;
}

static void shelve(kfm_call *call, struct kfm_objects *all, kfm_object *object) {
    if (!object->is_token) {
        object->number = next_number(all);
        object->owner = call->session->handle;
    }
    kfm_object_settle(call->slot, object);
    kfm_shelf_put(object->is_token ? &all->read : &all->own, object);
}

static CK_RV add(kfm_call *call, kfm_object **objects, size_t count) {
    struct kfm_objects *all = NULL;
    CK_TRY(kfm_objects_of(call, &all));
    for (size_t i = 0; i < count; i++)
        CK_TRY(kfm_objects_may(call, objects[i]->is_token, objects[i]->is_private));
    if (all->own.count + count > KFM_SESSION_OBJECTS_MAX)
        return kfm_rv(kf_fail(KF_E_TOKEN_FULL, "%zu session objects", all->own.count),
                      CKR_DEVICE_MEMORY);
    CK_TRY(put_tokens(call, objects, count));
    /* kfm_objects_follow() may have emptied the shelves. */
    CK_RV rv = kfm_shelf_begin(&all->own);
    if (rv == CKR_OK)
        rv = kfm_shelf_begin(&all->read);
    for (size_t i = 0; rv == CKR_OK && i < count; i++)
        shelve(call, all, objects[i]);
    return rv;
}

CK_RV kfm_objects_add(kfm_call *call, kfm_object **objects, size_t count) {
    CK_RV rv = add(call, objects, count);
    for (size_t i = 0; i < count && rv != CKR_OK; i++) {
        kfm_object_free(objects[i]);
        objects[i] = NULL;
    }
    return rv;
}

CK_RV kfm_objects_replace(kfm_call *call, kfm_object *object) {
    kfm_object *taken = object;
    if (object->is_token)
        return kfm_objects_add(call, &taken, 1);
    struct kfm_objects *all = call->slot->objects;
    kfm_object *old = kfm_shelf_get(&all->own, object->number);
    object->owner = old->owner;
    kfm_object_settle(call->slot, object);
    kfm_shelf_put(&all->own, object);
    return CKR_OK;
}

CK_RV kfm_objects_remove(kfm_call *call, kfm_object *object) {
    uint32_t number = object->number;
    struct kfc_change change = {.removed = &number, .removed_count = 1};
    bool is_token = object->is_token;
    CK_TRY(kfm_objects_may(call, is_token, object->is_private));
    if (is_token)
        CK_TRY(commit(call, &change));
    /* Following the commit may have freed `object`, but never with an opened key. */
    struct kfm_objects *all = call->slot->objects;
    kfm_object *left = kfm_shelf_get(is_token ? &all->read : &all->own, number);
    if (left && left->is_private && left->key)
        kf_softkey_wipe(left->key);
    kfm_shelf_remove(is_token ? &all->read : &all->own, number);
    return CKR_OK;
}
