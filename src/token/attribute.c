// SPDX-License-Identifier: Apache-2.0
// Attributes and searches, with the caps of p11.h.
#include "token/attribute.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/text.h"

/* Only the start of a buffer is poisoned, as the largest one has 64 KiB and a token thousands of
 * objects. */
enum { POISON = 0xA5, POISON_BYTES = 64, BATCH = 1024 };

static CK_ULONG poisoned(CK_ULONG capacity) {
    return capacity < POISON_BYTES ? capacity : POISON_BYTES;
}

bool kf_attribute_there(const CK_ATTRIBUTE *attribute) {
    return attribute->ulValueLen != CK_UNAVAILABLE_INFORMATION;
}

/* A module that stops at the first attribute it dislikes leaves the lengths of the others as they
 * were. */
static bool untouched(const CK_ATTRIBUTE *attribute, CK_ULONG capacity) {
    const uint8_t *bytes = attribute->pValue;
    if (attribute->ulValueLen != capacity)
        return false;
    for (CK_ULONG i = 0; i < poisoned(capacity); i++)
        if (bytes[i] != POISON)
            return false;
    return true;
}

static kf_err settle(CK_ATTRIBUTE *attribute, CK_ULONG capacity, CK_RV rv, const char *doing) {
    bool none = attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION;
    if ((none && rv == CKR_OK) || (!none && attribute->ulValueLen > capacity))
        return kf_fail(KF_E_TOKEN_ERROR,
                       "%s: the module gave an impossible length for attribute 0x%lx", doing,
                       (unsigned long)attribute->type);
    if (none || untouched(attribute, capacity)) {
        attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        memset(attribute->pValue, 0, poisoned(capacity));
        return KF_OK;
    }
    if (attribute->ulValueLen < poisoned(capacity))
        memset((uint8_t *)attribute->pValue + attribute->ulValueLen, 0,
               poisoned(capacity) - attribute->ulValueLen);
    return KF_OK;
}

enum { ATTRIBUTES_MAX = 16 };

kf_err kf_attributes_read(kf_session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                          CK_ULONG count, const char *doing) {
    CK_ULONG capacity[ATTRIBUTES_MAX];
    void *places[ATTRIBUTES_MAX];
    assert(count <= ATTRIBUTES_MAX);
    for (CK_ULONG i = 0; i < count; i++) {
        capacity[i] = attributes[i].ulValueLen;
        places[i] = attributes[i].pValue;
        memset(places[i], POISON, poisoned(capacity[i]));
    }
    CK_RV rv = session->p11->C_GetAttributeValue(session->handle, object, attributes, count);
    if (rv != CKR_OK && rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_ATTRIBUTE_SENSITIVE &&
        rv != CKR_BUFFER_TOO_SMALL)
        return kf_fail_rv(session->token, rv, doing);
    for (CK_ULONG i = 0; i < count; i++) {
        attributes[i].pValue = places[i];
        KF_TRY(settle(&attributes[i], capacity[i], rv, doing));
    }
    return KF_OK;
}

void kf_handles_clear(kf_handles *handles) {
    free(handles->items);
    *handles = (kf_handles){0};
}

static kf_err find_more(kf_session *session, kf_handles *handles, bool *ret_more) {
    if (handles->count > KF_P11_OBJECTS_MAX)
        return kf_fail(KF_E_TOKEN_ERROR, "token \"%s\" shows more than %d objects",
                       kf_token_info(session->token)->label, KF_P11_OBJECTS_MAX);
    CK_OBJECT_HANDLE *items = reallocarray(handles->items, handles->count + BATCH, sizeof(*items));
    if (items == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the objects of a token");
    handles->items = items;
    CK_ULONG found = 0;
    CK_RV rv = session->p11->C_FindObjects(session->handle, items + handles->count, BATCH, &found);
    KF_TRY(kf_fail_rv(session->token, rv, "searching the token"));
    if (found > BATCH)
        return kf_fail(KF_E_TOKEN_ERROR,
                       "searching the token: the module gave more objects than asked for");
    handles->count += found;
    *ret_more = found == BATCH;
    return KF_OK;
}

static kf_err find_all(kf_session *session, CK_ATTRIBUTE *pattern, CK_ULONG count,
                       kf_handles *handles) {
    CK_RV rv = session->p11->C_FindObjectsInit(session->handle, pattern, count);
    KF_TRY(kf_fail_rv(session->token, rv, "searching the token"));
    kf_err error = KF_OK;
    for (bool more = true; more && error == KF_OK;)
        error = find_more(session, handles, &more);
    session->p11->C_FindObjectsFinal(session->handle);
    return error;
}

kf_err kf_objects_find(kf_session *session, CK_ATTRIBUTE *pattern, CK_ULONG count,
                       kf_handles *ret_handles) {
    KF_AUTO(kf_handles) handles = {0};
    pthread_mutex_lock(&session->lock);
    kf_err error = find_all(session, pattern, count, &handles);
    pthread_mutex_unlock(&session->lock);
    KF_TRY(error);
    kf_handles_clear(ret_handles);
    *ret_handles = handles;
    handles = (kf_handles){0};
    return KF_OK;
}

/* --- one object --- */

enum place {
    CLASS,
    KEY_TYPE,
    LABEL,
    ID,
    EC_PARAMS,
    EC_POINT,
    MODULUS,
    EXPONENT,
    SPKI,
    GOST_PARAMS,
    VALUE,
    PLACES
};

/* Larger than anything that keyfob handles: 16384-bit RSA, P-521, and a whole certificate. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    CK_ULONG size;
    size_t to; /* where in kf_object, 0 for the two numbers */
} places[PLACES] = {
    [CLASS] = {CKA_CLASS, sizeof(CK_OBJECT_CLASS), 0},
    [KEY_TYPE] = {CKA_KEY_TYPE, sizeof(CK_KEY_TYPE), 0},
    [LABEL] = {CKA_LABEL, 1024, offsetof(kf_object, label)},
    [ID] = {CKA_ID, 1024, offsetof(kf_object, id)},
    [EC_PARAMS] = {CKA_EC_PARAMS, 1024, offsetof(kf_object, ec_params)},
    [EC_POINT] = {CKA_EC_POINT, 1024, offsetof(kf_object, ec_point)},
    [MODULUS] = {CKA_MODULUS, 2048, offsetof(kf_object, modulus)},
    [EXPONENT] = {CKA_PUBLIC_EXPONENT, 2048, offsetof(kf_object, exponent)},
    [SPKI] = {CKA_PUBLIC_KEY_INFO, 4096, offsetof(kf_object, spki)},
    [GOST_PARAMS] = {CKA_GOSTR3410_PARAMS, 256, offsetof(kf_object, gost_params)},
    [VALUE] = {CKA_VALUE, KF_P11_ATTRIBUTE_MAX, offsetof(kf_object, value)},
};
enum { SCRATCH_SIZE = KF_P11_ATTRIBUTE_MAX + 16 * 1024 };

static kf_err prepare(kf_session *session, CK_ATTRIBUTE attributes[PLACES]) {
    if (session->scratch == NULL)
        session->scratch = calloc(1, SCRATCH_SIZE);
    if (session->scratch == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for reading a token");
    uint8_t *at = session->scratch;
    for (size_t i = 0; i < PLACES; i++) {
        attributes[i] = (CK_ATTRIBUTE){places[i].type, at, places[i].size};
        at += places[i].size;
    }
    return KF_OK;
}

/* Nothing of one object may be taken for a part of the next, and no unprotected key stays in
 * memory. */
static void wipe(const CK_ATTRIBUTE attributes[PLACES]) {
    for (size_t i = 0; i < PLACES; i++)
        OPENSSL_cleanse(attributes[i].pValue, kf_attribute_there(&attributes[i]) &&
                                                      attributes[i].ulValueLen <= places[i].size
                                                  ? attributes[i].ulValueLen
                                                  : poisoned(places[i].size));
}

/* The value of a key that is not protected is nobody's business; a public GOST key is its value. */
static bool may_show_value(CK_ULONG class, CK_ULONG key_type) {
    return class == CKO_CERTIFICATE ||
           (class == CKO_PUBLIC_KEY &&
            (key_type == CKK_GOSTR3410 || key_type == KF_CKK_GOSTR3410_512));
}

static kf_err copy(const CK_ATTRIBUTE attributes[PLACES], kf_object *object) {
    CK_ULONG class = CKO_VENDOR_DEFINED, key_type = CKK_VENDOR_DEFINED;
    if (attributes[CLASS].ulValueLen == sizeof(class))
        memcpy(&class, attributes[CLASS].pValue, sizeof(class));
    if (attributes[KEY_TYPE].ulValueLen == sizeof(key_type))
        memcpy(&key_type, attributes[KEY_TYPE].pValue, sizeof(key_type));
    object->class = class;
    object->key_type = key_type;
    for (size_t i = LABEL; i < PLACES; i++) {
        if (!kf_attribute_there(&attributes[i]) || (i == VALUE && !may_show_value(class, key_type)))
            continue;
        kf_buf *to = (kf_buf *)((char *)object + places[i].to);
        KF_TRY(kf_buf_set(to, attributes[i].pValue, attributes[i].ulValueLen));
    }
    return KF_OK;
}

kf_err kf_object_read(kf_session *session, CK_OBJECT_HANDLE handle, kf_object *ret_object) {
    KF_AUTO(kf_object) object = {.handle = handle};
    CK_ATTRIBUTE attributes[PLACES];
    pthread_mutex_lock(&session->lock); /* for the scratch place */
    kf_err error = prepare(session, attributes);
    if (error == KF_OK)
        error = kf_attributes_read(session, handle, attributes, PLACES, "reading an object");
    if (error == KF_OK)
        error = copy(attributes, &object);
    if (session->scratch != NULL)
        wipe(attributes);
    pthread_mutex_unlock(&session->lock);
    KF_TRY(error);
    kf_object_clear(ret_object);
    *ret_object = object;
    object = (kf_object){0};
    return KF_OK;
}

void kf_object_clear(kf_object *object) {
    for (size_t i = LABEL; i < PLACES; i++)
        kf_buf_clear((kf_buf *)((char *)object + places[i].to));
    *object = (kf_object){0};
}
