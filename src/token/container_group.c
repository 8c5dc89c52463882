// SPDX-License-Identifier: Apache-2.0
// Which objects belong together: halves of a key by CKA_ID, certificates by public key, never by
// label.
#include "token/containers.h"

#include <string.h>

#include "base/text.h"
#include "x509/glance.h"

/* --- finding containers by id or by key, without looking at each --- */

struct index {
    size_t *order; /* container numbers, sorted */
    size_t count;
};

static int compare(const kf_buf *a, const kf_buf *b) {
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len > 0 ? memcmp(a->data, b->data, len) : 0;
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int by_id(const void *a, const void *b, void *containers) {
    const struct kf_container *items = ((kf_containers *)containers)->items;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = compare(&items[x].id, &items[y].id);
    return order != 0 ? order : (x > y) - (x < y);
}

static int by_spki(const void *a, const void *b, void *containers) {
    const struct kf_container *items = ((kf_containers *)containers)->items;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = compare(&items[x].spki, &items[y].spki);
    return order != 0 ? order : (x > y) - (x < y);
}

static kf_err index_make(kf_containers *containers,
                         int (*order)(const void *, const void *, void *),
                         struct index *ret_index) {
    size_t *numbers = calloc(containers->count + 1, sizeof(size_t));
    if (numbers == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the containers");
    for (size_t i = 0; i < containers->count; i++)
        numbers[i] = i;
    qsort_r(numbers, containers->count, sizeof(size_t), order, containers);
    free(ret_index->order);
    *ret_index = (struct index){numbers, containers->count};
    return KF_OK;
}

static void index_clear(struct index *index) {
    free(index->order);
}
#define INDEX __attribute__((cleanup(index_clear))) struct index

/* The place in the index of the first container whose buffer at `offset` is not less than `key`. */
static size_t lower_bound(const kf_containers *containers, const struct index *index, size_t offset,
                          const kf_buf *key) {
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *item = (const char *)&containers->items[index->order[middle]];
        if (compare((const kf_buf *)(item + offset), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- making containers --- */

static struct kf_container *add(kf_containers *containers, const kf_object *object) {
    struct kf_container *item = &containers->items[containers->count];
    *item = (struct kf_container){
        .private_key = KF_NOWHERE, .public_key = KF_NOWHERE, .certificate = KF_NOWHERE};
    if (kf_buf_set(&item->id, object->id.data, object->id.len) != KF_OK ||
        kf_buf_set(&item->label, object->label.data, object->label.len) != KF_OK)
        return NULL;
    containers->count++;
    return item;
}

static kf_err fail_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for the containers");
}

/* What a key object tells of its public half goes to its container; what cannot be read stays
 * unknown. */
static void take_key(struct kf_container *item, const kf_object *object) {
    if (item->spki.len == 0 && kf_object_spki(object, &item->spki) == KF_OK)
        item->info.type = kf_object_key_type(object);
}

static kf_err take_private_keys(kf_containers *containers) {
    for (size_t i = 0; i < containers->object_count; i++) {
        const kf_object *object = &containers->objects[i];
        if (object->class != CKO_PRIVATE_KEY)
            continue;
        struct kf_container *item = add(containers, object);
        if (item == NULL)
            return fail_memory();
        item->private_key = i;
        item->info.has_private = true;
        containers->owners[i] = containers->count - 1;
        take_key(item, object);
    }
    return KF_OK;
}

/* The container of a private key with the id and kind of this public key, and still without one. */
static struct kf_container *half_for(const kf_containers *containers, const struct index *ids,
                                     const kf_object *public) {
    if (public->id.len == 0)
        return NULL;
    size_t at = lower_bound(containers, ids, offsetof(struct kf_container, id), &public->id);
    for (; at < ids->count; at++) {
        struct kf_container *item = &containers->items[ids->order[at]];
        if (!kf_buf_equal(&item->id, &public->id))
            break;
        const kf_object *private = &containers->objects[item->private_key];
        KF_AUTO(kf_buf) spki = {0};
        bool differs = item->spki.len > 0 && kf_object_spki(public, &spki) == KF_OK &&
                       !kf_buf_equal(&spki, &item->spki);
        if (item->public_key == KF_NOWHERE && private->key_type == public->key_type && !differs)
            return item;
    }
    return NULL;
}

static kf_err take_public_keys(kf_containers *containers) {
    INDEX ids = {0};
    KF_TRY(index_make(containers, by_id, &ids));
    for (size_t i = 0; i < containers->object_count; i++) {
        const kf_object *object = &containers->objects[i];
        if (object->class != CKO_PUBLIC_KEY)
            continue;
        struct kf_container *item = half_for(containers, &ids, object);
        if (item == NULL)
            item = add(containers, object);
        if (item == NULL)
            return fail_memory();
        item->public_key = i;
        item->info.has_public = true;
        containers->owners[i] = (size_t)(item - containers->items);
        take_key(item, object);
    }
    return KF_OK;
}

/* --- certificates --- */

/* By public key; by id only where the container's key is not known otherwise (EC without a public
 * key object). */
static struct kf_container *owner_of(const kf_containers *containers, const struct index *ids,
                                     const struct index *keys, const kf_buf *id,
                                     const kf_buf *spki) {
    if (spki->len == 0)
        return NULL;
    size_t at = lower_bound(containers, keys, offsetof(struct kf_container, spki), spki);
    if (at < keys->count && kf_buf_equal(&containers->items[keys->order[at]].spki, spki))
        return &containers->items[keys->order[at]];
    at = lower_bound(containers, ids, offsetof(struct kf_container, id), id);
    if (id->len == 0 || at == ids->count)
        return NULL;
    struct kf_container *item = &containers->items[ids->order[at]];
    return kf_buf_equal(&item->id, id) && item->spki.len == 0 ? item : NULL;
}

static kf_err add_certificate(kf_containers *containers, const struct index *ids,
                              const struct index *keys, size_t i) {
    const kf_object *object = &containers->objects[i];
    KF_AUTO(kf_glance) glance = {0};
    bool readable = kf_cert_glance(object->value.data, object->value.len, &glance) == KF_OK;
    struct kf_container *item = owner_of(containers, ids, keys, &object->id, &glance.spki);
    if (item == NULL)
        item = add(containers, object);
    if (item == NULL)
        return fail_memory();
    containers->owners[i] = (size_t)(item - containers->items);
    /* after a renewal with the same key there are two: the one that ends last is shown */
    bool shown = item->info.certificates++ == 0 || glance.not_after > item->info.not_after;
    if (!readable || !shown)
        return KF_OK;
    item->certificate = i;
    kf_text_escape_into(item->info.subject, sizeof(item->info.subject), kf_buf_str(&glance.subject),
                        glance.subject.len);
    item->info.not_after = glance.not_after;
    return KF_OK;
}

static kf_err take_certificates(kf_containers *containers) {
    INDEX ids = {0};
    INDEX keys = {0};
    KF_TRY(index_make(containers, by_id, &ids));
    KF_TRY(index_make(containers, by_spki, &keys));
    for (size_t i = 0; i < containers->object_count; i++)
        if (containers->objects[i].class == CKO_CERTIFICATE)
            KF_TRY(add_certificate(containers, &ids, &keys, i));
    return KF_OK;
}

/* --- what is shown --- */

static kf_err describe(const kf_containers *containers, struct kf_container *item) {
    struct kf_container_info *info = &item->info;
    KF_AUTO(kf_buf) uri = {0};
    kf_text_escape_into(info->label, sizeof(info->label), kf_buf_str(&item->label),
                        strlen(kf_buf_str(&item->label)));
    info->id_len = item->id.len <= sizeof(info->id) ? item->id.len : sizeof(info->id);
    if (info->id_len > 0)
        memcpy(info->id, item->id.data, info->id_len);
    bool is_key = info->has_private || info->has_public;
    CK_OBJECT_CLASS class = is_key ? CKO_PRIVATE_KEY : CKO_CERTIFICATE;
    KF_TRY(kf_object_uri(containers->token, class, info->id, info->id_len, kf_buf_str(&item->label),
                         &uri));
    if (uri.len >= sizeof(info->uri)) /* a long label in %XX: the id names it as well */
        KF_TRY(kf_object_uri(containers->token, class, info->id, info->id_len, "", &uri));
    if (uri.len < sizeof(info->uri))
        memcpy(info->uri, uri.data, uri.len + 1);
    return KF_OK;
}

kf_err kf_containers_group(kf_containers *containers) {
    size_t room = containers->object_count + 1;
    containers->items = calloc(room, sizeof(*containers->items));
    containers->owners = calloc(room, sizeof(size_t));
    if (containers->items == NULL || containers->owners == NULL)
        return fail_memory();
    for (size_t i = 0; i < room; i++)
        containers->owners[i] = KF_NOWHERE;
    KF_TRY(take_private_keys(containers));
    KF_TRY(take_public_keys(containers));
    KF_TRY(take_certificates(containers));
    kf_error_clear();
    for (size_t i = 0; i < containers->count; i++)
        KF_TRY(describe(containers, &containers->items[i]));
    return KF_OK;
}
