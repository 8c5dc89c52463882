// SPDX-License-Identifier: Apache-2.0
// Finding objects (PKCS#11 2.40, 5.7, C_FindObjects...). The index's columns tell who may match;
// only these are read and compared.
#include "module/find.h"

#include <string.h>

#include "module/template.h"
#include "module/value.h"

enum { BLOCK = 64 };

/* What the columns can answer; 0 and NULL: anything. */
struct filter {
    const CK_ATTRIBUTE *attributes;
    CK_ULONG count;
    const uint32_t *column; /* of tags, with `tag` to be found in it */
    uint32_t tag;
    CK_ULONG object_class; /* CK_UNAVAILABLE_INFORMATION: any */
    bool reads;            /* there is more to compare than the index has */
};

void kfm_search_free(struct kfm_search *search) {
    if (!search)
        return;
    free(search->handles);
    free(search);
}

static CK_RV search_add(struct kfm_search *search, CK_OBJECT_HANDLE handle) {
    if (search->count == search->capacity) {
        size_t capacity = search->capacity ? 2 * search->capacity : 16;
        CK_OBJECT_HANDLE *handles = realloc(search->handles, capacity * sizeof *handles);
        if (!handles)
            return CKR_HOST_MEMORY;
        search->handles = handles;
        search->capacity = capacity;
    }
    search->handles[search->count++] = handle;
    return CKR_OK;
}

static bool has_value(kfm_call *call, kfm_object *object, const CK_ATTRIBUTE *wanted) {
    KF_AUTO(kfm_value) value = {0};
    return kfm_value_of(call, object, wanted->type, &value) == CKR_OK &&
           value.len == wanted->ulValueLen &&
           (value.len == 0 || memcmp(value.data, wanted->pValue, value.len) == 0);
}

static bool matches(kfm_call *call, kfm_object *object, const struct filter *filter) {
    for (CK_ULONG i = 0; i < filter->count; i++)
        if (!has_value(call, object, &filter->attributes[i]))
            return false;
    return true;
}

/* --- the container --- */

static bool is_in_index(CK_ATTRIBUTE_TYPE type) {
    return type == CKA_CLASS || type == CKA_TOKEN || type == CKA_PRIVATE;
}

static bool field_fits(const struct filter *filter, CK_ATTRIBUTE_TYPE type, bool value) {
    const CK_ATTRIBUTE *wanted = kfm_template_find(filter->attributes, filter->count, type);
    return !wanted || (wanted->ulValueLen == sizeof(CK_BBOOL) &&
                       *(CK_BBOOL *)wanted->pValue == (value ? CK_TRUE : CK_FALSE));
}

static struct filter make_filter(const struct kfm_columns *columns, const CK_ATTRIBUTE *attributes,
                                 CK_ULONG count) {
    struct filter filter = {attributes, count, NULL, 0, CK_UNAVAILABLE_INFORMATION, false};
    const CK_ATTRIBUTE *id = kfm_template_find(attributes, count, CKA_ID);
    const CK_ATTRIBUTE *label = kfm_template_find(attributes, count, CKA_LABEL);
    const CK_ATTRIBUTE *tagged = id ? id : label;
    if (tagged) {
        filter.column = id ? columns->id_tags : columns->label_tags;
        filter.tag = kfc_tag(tagged->pValue, tagged->ulValueLen);
    }
    kfm_template_number(attributes, count, CKA_CLASS, CK_UNAVAILABLE_INFORMATION,
                        &filter.object_class);
    for (CK_ULONG i = 0; i < count; i++)
        filter.reads |= !is_in_index(attributes[i].type);
    return filter;
}

/* Is the tag, or a hidden one (0), among these? Without a way out in between, so that the compiler
 * compares many at once: this is where a search in a large container spends its time. */
static bool block_has(const uint32_t *tags, uint32_t tag) {
    uint32_t found = 0;
    for (size_t i = 0; i < BLOCK; i++)
        found |= (uint32_t)(tags[i] == tag) | (uint32_t)(tags[i] == 0);
    return found;
}

/* The next one from `at` on whose columns fit, or the count. */
static size_t next_candidate(const struct kfm_slot *slot, const struct kfm_columns *columns,
                             const struct filter *filter, size_t at) {
    for (; at < columns->count; at++) {
        while (filter->column && at % BLOCK == 0 && at + BLOCK <= columns->count &&
               !block_has(filter->column + at, filter->tag))
            at += BLOCK;
        if (at == columns->count)
            break;
        if (filter->column && filter->column[at] != 0 && filter->column[at] != filter->tag)
            continue;
        if (filter->object_class != CK_UNAVAILABLE_INFORMATION &&
            filter->object_class != columns->classes[at])
            continue;
        if (columns->privates[at] && !kfm_sees_private(slot))
            continue;
        if (field_fits(filter, CKA_PRIVATE, columns->privates[at]))
            break;
    }
    return at;
}

static CK_RV look_at(kfm_call *call, struct kfm_objects *objects, const struct filter *filter,
                     size_t at, struct kfm_search *search) {
    const struct kfm_columns *columns = &objects->columns;
    kfm_object *object = NULL;
    if (filter->reads) {
        const struct kfc_entry *entry = kfc_entry(objects->container, columns->numbers[at]);
        pthread_mutex_lock(&objects->lock);
        kf_err err = kfm_objects_read(call, objects, entry, &object);
        pthread_mutex_unlock(&objects->lock);
        CK_TRY(kfm_rv(err, CKR_DEVICE_ERROR));
        if (!matches(call, object, filter))
            return CKR_OK;
    }
    return search_add(search, kfm_handle(call->slot, columns->numbers[at], columns->privates[at]));
}

static CK_RV find_tokens(kfm_call *call, struct kfm_objects *objects,
                         const CK_ATTRIBUTE *attributes, CK_ULONG count,
                         struct kfm_search *search) {
    CK_TRY(kfm_columns_ready(objects));
    const struct kfm_columns *columns = &objects->columns;
    struct filter filter = make_filter(columns, attributes, count);
    if (!field_fits(&filter, CKA_TOKEN, true))
        return CKR_OK;
    for (size_t at = 0; (at = next_candidate(call->slot, columns, &filter, at)) < columns->count;
         at++)
        CK_TRY(look_at(call, objects, &filter, at, search));
    return CKR_OK;
}

/* --- session objects --- */

static CK_RV find_own(kfm_call *call, const struct kfm_shelf *own, const CK_ATTRIBUTE *attributes,
                      CK_ULONG count, struct kfm_search *search) {
    struct filter filter = {.attributes = attributes, .count = count};
    const CK_ATTRIBUTE *id = kfm_template_find(attributes, count, CKA_ID);
    uint32_t tag = id ? kfc_tag(id->pValue, id->ulValueLen) : 0;
    for (size_t i = 0; i < own->size; i++)
        for (kfm_object *object = own->rows[i]; object; object = object->next)
            if ((!id || object->id_tag == tag) &&
                (!object->is_private || kfm_sees_private(call->slot)) &&
                matches(call, object, &filter))
                CK_TRY(search_add(search, object->handle));
    return CKR_OK;
}

static CK_RV check_template(const CK_ATTRIBUTE *attributes, CK_ULONG count) {
    CK_TRY(kfm_template_accept(attributes, count));
    for (CK_ULONG i = 0; i < count; i++)
        if (attributes[i].ulValueLen > KFC_BODY_MAX ||
            (!attributes[i].pValue && attributes[i].ulValueLen))
            return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_ULONG object_class;
    return kfm_template_number(attributes, count, CKA_CLASS, 0, &object_class);
}

CK_RV kfm_search_begin(kfm_call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                       struct kfm_search **ret_search) {
    struct kfm_objects *objects = NULL;
    CK_TRY(check_template(attributes, count));
    CK_TRY(kfm_objects_of(call, &objects));
    struct kfm_search *search = calloc(1, sizeof *search);
    CK_RV rv = search ? find_tokens(call, objects, attributes, count, search) : CKR_HOST_MEMORY;
    if (rv == CKR_OK)
        rv = find_own(call, &objects->own, attributes, count, search);
    if (rv == CKR_OK)
        *ret_search = search;
    else
        kfm_search_free(search);
    return rv;
}
