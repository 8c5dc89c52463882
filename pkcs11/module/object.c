// SPDX-License-Identifier: Apache-2.0
// Objects: found by handle, read from the container, opened.
#include "module/object.h"

#include <string.h>

#include "module/objects.h"
#include "module/part.h"

static const CK_ATTRIBUTE_TYPE usage_flags[] = {CKA_SIGN,    CKA_VERIFY, CKA_ENCRYPT,
                                                CKA_DECRYPT, CKA_DERIVE, CKA_ALWAYS_AUTHENTICATE};

unsigned kfm_usage_bit(CK_ATTRIBUTE_TYPE usage) {
    for (unsigned i = 0; i < KF_COUNT(usage_flags); i++)
        if (usage_flags[i] == usage)
            return 1u << i;
    return 0;
}

void kfm_object_free(kfm_object *object) {
    if (!object)
        return;
    kf_buf_clear(&object->attributes);
    kf_locked_clear(&object->sealed);
    kf_softkey_free(object->key);
    free(object);
}

bool kfm_object_get(const kfm_object *object, CK_ATTRIBUTE_TYPE type, const uint8_t **ret_value,
                    size_t *ret_len) {
    return kfm_part_find(object->attributes.data, object->attributes.len, type, ret_value,
                         ret_len) ||
           kfm_part_find(object->sealed.data, object->sealed.len, type, ret_value, ret_len);
}

bool kfm_object_flag(const kfm_object *object, CK_ATTRIBUTE_TYPE type) {
    const uint8_t *value;
    size_t len;
    return kfm_object_get(object, type, &value, &len) && len == 1 && *value == CK_TRUE;
}

CK_KEY_TYPE kfm_object_key_type(const kfm_object *object) {
    const uint8_t *value;
    size_t len;
    return kfm_object_get(object, CKA_KEY_TYPE, &value, &len) ? kfm_part_number(value, len)
                                                              : CK_UNAVAILABLE_INFORMATION;
}

CK_OBJECT_HANDLE kfm_handle(const struct kfm_slot *slot, uint32_t number, bool is_private) {
    uint64_t epoch = is_private ? slot->epoch : 0;
    return (CK_OBJECT_HANDLE)(epoch << 32 | number); /* a CK_ULONG of 32 bits has no room for it */
}

bool kfm_sees_private(const struct kfm_slot *slot) {
    return slot->user == KFM_USER;
}

void kfm_object_settle(const struct kfm_slot *slot, kfm_object *object) {
    object->handle = kfm_handle(slot, object->number, object->is_private);
    const uint8_t *id;
    size_t len;
    object->id_tag = kfm_object_get(object, CKA_ID, &id, &len) ? kfc_tag(id, len) : 0;
    object->usages = 0;
    for (unsigned i = 0; i < KF_COUNT(usage_flags); i++)
        if (kfm_object_flag(object, usage_flags[i]))
            object->usages |= 1u << i;
}

/* --- from the container --- */

/* Is there more in the sealed part than a private key, which waits until it is used? */
static bool wants_sealed(const struct kfc_entry *entry) {
    return entry->is_private && entry->object_class != CKO_PRIVATE_KEY;
}

kf_err kfm_objects_read(kfm_call *call, struct kfm_objects *objects, const struct kfc_entry *entry,
                        kfm_object **ret_object) {
    kfm_object *known = kfm_shelf_get(&objects->read, entry->number);
    if (known && !known->is_stale) {
        *ret_object = known;
        return KF_OK;
    }
    KF_AUTO_PTR(kfm_object) object = calloc(1, sizeof *object);
    if (!object || kfm_shelf_begin(&objects->read) != CKR_OK)
        return kf_fail(KF_E_MEMORY, "out of memory for an object");
    object->key = known ? kf_softkey_ref(known->key) : NULL;
    object->number = entry->number;
    object->object_class = entry->object_class;
    object->is_private = entry->is_private;
    object->is_token = true;
    KF_TRY(kfc_read(call->slot->container, entry->number,
                    call->slot->master.data ? &call->slot->master : NULL, call->module->arena,
                    &object->attributes, wants_sealed(entry) ? &object->sealed : NULL));
    kfm_object_settle(call->slot, object);
    *ret_object = object;
    kfm_shelf_put(&objects->read, KF_MOVE(object));
    return KF_OK;
}

static CK_RV find_token(kfm_call *call, struct kfm_objects *objects, CK_OBJECT_HANDLE handle,
                        kfm_object **ret_object, kf_err *ret_err) {
    const struct kfc_entry *entry = kfc_entry(call->slot->container, (uint32_t)handle);
    if (!entry || handle != kfm_handle(call->slot, entry->number, entry->is_private) ||
        (entry->is_private && !kfm_sees_private(call->slot)))
        return CKR_OBJECT_HANDLE_INVALID;
    pthread_mutex_lock(&objects->lock);
    *ret_err = kfm_objects_read(call, objects, entry, ret_object);
    pthread_mutex_unlock(&objects->lock);
    return *ret_err == KF_OK ? CKR_OK : kfm_rv(*ret_err, CKR_DEVICE_ERROR);
}

static CK_RV find_own(kfm_call *call, struct kfm_objects *objects, CK_OBJECT_HANDLE handle,
                      kfm_object **ret_object) {
    kfm_object *object = kfm_shelf_get(&objects->own, (uint32_t)handle);
    if (!object || object->handle != handle ||
        (object->is_private && !kfm_sees_private(call->slot)))
        return CKR_OBJECT_HANDLE_INVALID;
    *ret_object = object;
    return CKR_OK;
}

static CK_RV find(kfm_call *call, CK_OBJECT_HANDLE handle, kfm_object **ret_object,
                  kf_err *ret_err) {
    struct kfm_objects *objects = NULL;
    CK_TRY(kfm_objects_of(call, &objects));
    return (uint32_t)handle >= KFM_SESSION_OBJECTS
               ? find_own(call, objects, handle, ret_object)
               : find_token(call, objects, handle, ret_object, ret_err);
}

CK_RV kfm_object_find(kfm_call *call, CK_OBJECT_HANDLE handle, kfm_object **ret_object) {
    kf_err err = KF_OK;
    CK_RV rv = find(call, handle, ret_object, &err);
    if (err == KF_OK || call->held == 2)
        return rv;
    /* What is in the medium is not what the index says: most likely another process wrote it. */
    CK_TRY(kfm_call_alone(call));
    return find(call, handle, ret_object, &err);
}

/* --- keys --- */

static CK_RV open_private(kfm_call *call, kfm_object *object, kf_err *ret_err) {
    KF_AUTO(kf_buf) open = {0};
    KF_AUTO(kf_locked) sealed = {0};
    const uint8_t *der;
    size_t len;
    *ret_err = kfc_read(call->slot->container, object->number, &call->slot->master,
                        call->module->arena, &open, &sealed);
    if (*ret_err != KF_OK)
        return kfm_rv(*ret_err, CKR_DEVICE_ERROR);
    if (!kfm_part_find(sealed.data, sealed.len, CKA_VALUE, &der, &len))
        return kfm_rv(kf_fail(KF_E_INPUT, "object %u holds no key", object->number),
                      CKR_DEVICE_ERROR);
    return kf_softkey_read(call->module->arena, der, len, &object->key);
}

static CK_RV open_public(kfm_object *object) {
    static const CK_ATTRIBUTE_TYPE types[] = {CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS,
                                              CKA_EC_POINT};
    CK_KEY_TYPE key_type = kfm_object_key_type(object);
    CK_ATTRIBUTE attributes[KF_COUNT(types) + 1] = {{CKA_KEY_TYPE, &key_type, sizeof key_type}};
    CK_ULONG count = 1;
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        const uint8_t *value;
        size_t len;
        if (kfm_object_get(object, types[i], &value, &len))
            attributes[count++] = (CK_ATTRIBUTE){types[i], (void *)value, len};
    }
    return kf_softkey_from_public(attributes, count, &object->key);
}

/* With objects->lock held: two calls may share the slot. */
static CK_RV open_key(kfm_call *call, kfm_object *object, kf_err *ret_err) {
    if (object->key)
        return CKR_OK;
    if (object->object_class == CKO_PUBLIC_KEY)
        return open_public(object);
    return object->is_token ? open_private(call, object, ret_err) : CKR_KEY_HANDLE_INVALID;
}

static CK_RV open_locked(kfm_call *call, kfm_object *object, kf_err *ret_err) {
    struct kfm_objects *objects = call->slot->objects;
    pthread_mutex_lock(&objects->lock);
    CK_RV rv = open_key(call, object, ret_err);
    pthread_mutex_unlock(&objects->lock);
    return rv;
}

CK_RV kfm_object_open(kfm_call *call, kfm_object *object, kf_softkey **ret_key) {
    kf_err err = KF_OK;
    CK_TRY(open_locked(call, object, &err));
    *ret_key = object->key;
    return CKR_OK;
}

CK_RV kfm_object_key(kfm_call *call, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS wanted,
                     CK_ATTRIBUTE_TYPE usage, kfm_object **ret_object) {
    kfm_object *object = NULL;
    kf_err err = KF_OK;
    CK_RV rv = kfm_object_find(call, handle, &object);
    if (rv == CKR_OBJECT_HANDLE_INVALID || (rv == CKR_OK && object->object_class != wanted))
        return CKR_KEY_HANDLE_INVALID;
    CK_TRY(rv);
    if (!(object->usages & kfm_usage_bit(usage)))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    rv = open_locked(call, object, &err);
    if (err != KF_OK && call->held != 2) { /* as in kfm_object_find() */
        CK_TRY(kfm_call_alone(call));
        return kfm_object_key(call, handle, wanted, usage, ret_object);
    }
    CK_TRY(rv);
    *ret_object = object;
    return CKR_OK;
}
