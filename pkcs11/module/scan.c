// SPDX-License-Identifier: Apache-2.0
// Looking at the media: which containers came, went, and came back. Names only; nothing is opened.
#include "module/table.h"

#include <string.h>

#include "base/context.h"
#include "module/session.h"

/* A container that a medium lists. */
struct found {
    size_t medium; /* in slots->media */
    char name[KF_NAME_MAX + 1];
    bool has_slot;
};

struct finding {
    struct found *list;
    size_t count, capacity, medium;
    bool is_known[KFM_MEDIA_MAX]; /* this medium could be listed */
    bool failed;
};

static bool add_found(void *arg, const char *name) {
    struct finding *finding = arg;
    if (strlen(name) > KF_NAME_MAX)
        return true;
    if (finding->count == finding->capacity) {
        size_t capacity = finding->capacity ? 2 * finding->capacity : 64;
        struct found *list = realloc(finding->list, capacity * sizeof *list);
        if (!list)
            return !(finding->failed = true);
        finding->list = list;
        finding->capacity = capacity;
    }
    struct found *found = &finding->list[finding->count++];
    *found = (struct found){.medium = finding->medium};
    snprintf(found->name, sizeof found->name, "%s", name);
    return true;
}

static int compare_found(const void *left, const void *right) {
    const struct found *a = left, *b = right;
    if (a->medium != b->medium)
        return a->medium < b->medium ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* A medium that cannot be listed now (a busy registry) keeps the containers that it had. */
static CK_RV list_media(struct kfm_slots *slots, struct finding *finding) {
    for (size_t i = 0; i < slots->media_count; i++) {
        size_t before = finding->count;
        finding->medium = i;
        finding->is_known[i] = kf_medium_list(slots->media[i].medium, add_found, finding) == KF_OK;
        if (!finding->is_known[i])
            finding->count = before;
        if (finding->failed)
            return CKR_HOST_MEMORY;
    }
    if (finding->count > 0)
        qsort(finding->list, finding->count, sizeof *finding->list, compare_found);
    return CKR_OK;
}

static size_t index_of(const struct kfm_slots *slots, const kf_medium *medium) {
    size_t i = 0;
    while (i < slots->media_count && slots->media[i].medium != medium)
        i++;
    return i;
}

static void came_or_went(struct kfm_slot *slot, bool is_there) {
    if (slot->present == is_there)
        return;
    if (is_there) {
        slot->present = true;
        slot->changed = true;
        return;
    }
    pthread_rwlock_wrlock(&slot->lock);
    kfm_slot_gone(slot);
    pthread_rwlock_unlock(&slot->lock);
}

/* The slots that have a container, or had one. */
static void check_taken(struct kfm_slots *slots, struct finding *finding) {
    for (size_t i = 0; i < slots->count; i++) {
        struct kfm_slot *slot = slots->list[i];
        if (!slot->medium || !slot->name[0])
            continue;
        struct found key = {.medium = index_of(slots, slot->medium)};
        if (!finding->is_known[key.medium])
            continue;
        memcpy(key.name, slot->name, sizeof key.name);
        struct found *found =
            finding->count ? bsearch(&key, finding->list, finding->count, sizeof key, compare_found)
                           : NULL;
        if (found)
            found->has_slot = true;
        came_or_went(slot, found != NULL);
    }
}

static struct kfm_slot *spare_slot(const struct kfm_slots *slots) {
    for (size_t i = 0; i < slots->count; i++)
        if (!slots->list[i]->medium)
            return slots->list[i];
    return NULL;
}

/* One whose container went. NULL: none. */
static struct kfm_slot *left_slot(const struct kfm_slots *slots) {
    for (size_t i = 0; i < slots->count; i++)
        if (!slots->list[i]->present && slots->list[i]->name[0])
            return slots->list[i];
    return NULL;
}

/* A new slot, or when there are very many one that was left; NULL when there is none either. */
static CK_RV new_slot(struct kfm_slots *slots, size_t most, struct kfm_slot **ret_slot) {
    if (slots->count < most)
        return kfm_slots_add(slots, NULL, "", ret_slot);
    *ret_slot = left_slot(slots);
    return CKR_OK;
}

static CK_RV place_new(struct kfm_slots *slots, const struct finding *finding, bool grow) {
    for (size_t i = 0; i < finding->count; i++) {
        const struct found *found = &finding->list[i];
        if (found->has_slot)
            continue;
        struct kfm_slot *slot = spare_slot(slots);
        if (!slot && grow)
            CK_TRY(new_slot(slots, KFM_TAKEN_SLOTS_MAX, &slot));
        if (!slot)
            return CKR_OK;
        kfm_slot_take(slot, slots->media[found->medium].medium, found->name);
    }
    return CKR_OK;
}

static struct kfm_slot *empty_slot(const struct kfm_slots *slots, const kf_medium *medium) {
    for (size_t i = 0; i < slots->count; i++)
        if (slots->list[i]->medium == medium && !slots->list[i]->name[0])
            return slots->list[i];
    return NULL;
}

static CK_RV make_empty(struct kfm_slots *slots, kf_medium *medium, struct kfm_slot **ret_slot) {
    CK_TRY(new_slot(slots, KFM_SLOTS_MAX, ret_slot));
    if (!*ret_slot)
        return CKR_OK;
    kfm_slot_take(*ret_slot, medium, "");
    (*ret_slot)->changed = false; /* no token came */
    return CKR_OK;
}

/* An empty slot for each medium that always has one; those of sticks come and go with them. */
static CK_RV place_empty(struct kfm_slots *slots, bool grow) {
    for (size_t i = 0; i < slots->media_count; i++) {
        struct kfm_medium *medium = &slots->media[i];
        struct kfm_slot *slot = empty_slot(slots, medium->medium);
        if (!slot && grow && medium->is_default)
            CK_TRY(make_empty(slots, medium->medium, &slot));
        if (slot)
            slot->present = medium->is_default || kf_medium_is_present(medium->medium);
    }
    return CKR_OK;
}

CK_RV kfm_slots_look(struct kfm_slots *slots, bool grow) {
    struct finding finding = {0};
    kfm_media_find_folders(slots);
    CK_RV rv = list_media(slots, &finding);
    if (rv == CKR_OK) {
        check_taken(slots, &finding);
        rv = place_new(slots, &finding, grow);
    }
    free(finding.list);
    if (rv == CKR_OK)
        rv = place_empty(slots, grow);
    slots->scanned = kf_monotonic_ms();
    kf_error_clear(); /* a medium that could not be read is nobody's failed call */
    return rv;
}

CK_RV kfm_slots_scan(struct kfm_module *module, bool grow) {
    enum { FRESH_MS = 250, FRESH_GROW_MS = 20 };
    struct kfm_slots *slots = module->slots;
    pthread_mutex_lock(&slots->lock);
    CK_RV rv = CKR_OK;
    if (kf_monotonic_ms() - slots->scanned >= (grow ? FRESH_GROW_MS : FRESH_MS))
        rv = kfm_slots_look(slots, grow);
    else if (grow)
        rv = place_empty(slots, true);
    pthread_mutex_unlock(&slots->lock);
    kfm_sessions_close(module->sessions, NULL);
    return rv;
}
