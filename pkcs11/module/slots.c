// SPDX-License-Identifier: Apache-2.0
// The table of slots.
#include "module/table.h"

#include <string.h>

#include "base/text.h"
#include "module/object.h"

static void slot_free(struct kfm_slot *slot) {
    kfm_slot_gone(slot);
    pthread_rwlock_destroy(&slot->lock);
    free(slot);
}

static CK_RV make_room(struct kfm_slots *slots) {
    if (slots->count == KFM_SLOTS_MAX)
        return CKR_HOST_MEMORY;
    if (slots->count < slots->capacity)
        return CKR_OK;
    size_t capacity = slots->capacity ? 2 * slots->capacity : 16;
    struct kfm_slot **list = realloc(slots->list, capacity * sizeof(struct kfm_slot *));
    if (!list)
        return CKR_HOST_MEMORY;
    slots->list = list;
    slots->capacity = capacity;
    return CKR_OK;
}

/* Who wants the slot alone waits for the calls that share it, and not for those that come after:
 * by default it would wait as long as some thread signs. No thread takes it twice. */
static bool lock_make(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t fair;
    if (pthread_rwlockattr_init(&fair) != 0)
        return false;
    pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    bool made = pthread_rwlock_init(lock, &fair) == 0;
    pthread_rwlockattr_destroy(&fair);
    return made;
}

CK_RV kfm_slots_add(struct kfm_slots *slots, kf_medium *medium, const char *name,
                    struct kfm_slot **ret_slot) {
    CK_TRY(make_room(slots));
    struct kfm_slot *slot = calloc(1, sizeof *slot);
    if (!slot)
        return CKR_HOST_MEMORY;
    if (!lock_make(&slot->lock)) {
        free(slot);
        return CKR_HOST_MEMORY;
    }
    slot->id = slots->count;
    slot->medium = medium;
    slot->present = medium != NULL;
    snprintf(slot->name, sizeof slot->name, "%s", name);
    slots->list[slots->count++] = slot;
    *ret_slot = slot;
    return CKR_OK;
}

void kfm_slot_take(struct kfm_slot *slot, kf_medium *medium, const char *name) {
    pthread_rwlock_wrlock(&slot->lock);
    slot->medium = medium;
    snprintf(slot->name, sizeof slot->name, "%s", name);
    slot->present = true;
    slot->changed = true;
    pthread_rwlock_unlock(&slot->lock);
}

static CK_RV fill(struct kfm_slots *slots) {
    struct kfm_slot *spare = NULL;
    CK_TRY(kfm_rv(kfm_media_open(slots), CKR_HOST_MEMORY));
    CK_TRY(kfm_slots_look(slots, true));
    for (int i = 0; i < KFM_SPARE_SLOTS; i++)
        CK_TRY(kfm_slots_add(slots, NULL, "", &spare));
    for (size_t i = 0; i < slots->count; i++)
        slots->list[i]->changed = false;
    return CKR_OK;
}

struct kfm_slots *kfm_slots_new(struct kfm_module *module) {
    struct kfm_slots *slots = calloc(1, sizeof *slots);
    if (!slots)
        return NULL;
    slots->module = module;
    pthread_mutex_init(&slots->lock, NULL);
    if (fill(slots) == CKR_OK)
        return slots;
    kfm_slots_free(slots);
    return NULL;
}

void kfm_slots_free(struct kfm_slots *slots) {
    if (!slots)
        return;
    for (size_t i = 0; i < slots->count; i++)
        slot_free(slots->list[i]);
    free(slots->list);
    kfm_media_free(slots);
    pthread_mutex_destroy(&slots->lock);
    free(slots);
}

CK_RV kfm_slot_find(struct kfm_module *module, CK_SLOT_ID id, struct kfm_slot **ret_slot) {
    struct kfm_slots *slots = module->slots;
    pthread_mutex_lock(&slots->lock);
    struct kfm_slot *slot = id < slots->count ? slots->list[id] : NULL;
    pthread_mutex_unlock(&slots->lock);
    if (!slot)
        return CKR_SLOT_ID_INVALID;
    *ret_slot = slot;
    return CKR_OK;
}

static struct kfm_slot *find_named(const struct kfm_slots *slots, const kf_medium *medium,
                                   const char *name) {
    for (size_t i = 0; i < slots->count; i++)
        if (slots->list[i]->medium == medium && strcmp(slots->list[i]->name, name) == 0)
            return slots->list[i];
    return NULL;
}

CK_RV kfm_slot_at(struct kfm_module *module, const kf_medium *medium, const char *name,
                  struct kfm_slot **ret_slot) {
    struct kfm_slots *slots = module->slots;
    pthread_mutex_lock(&slots->lock);
    CK_RV rv = kfm_slots_look(slots, true);
    struct kfm_slot *slot = find_named(slots, medium, name);
    pthread_mutex_unlock(&slots->lock);
    CK_TRY(rv);
    if (!slot || !slot->present)
        return CKR_TOKEN_NOT_PRESENT;
    *ret_slot = slot;
    return CKR_OK;
}

CK_RV kfm_slot_offer(struct kfm_module *module, const char *medium, const char *folder,
                     struct kfm_slot **ret_slot) {
    struct kfm_slots *slots = module->slots;
    kf_medium *found = NULL;
    CK_TRY(kfm_medium_find(module, medium, folder, &found));
    pthread_mutex_lock(&slots->lock);
    CK_RV rv = CKR_OK;
    struct kfm_slot *slot = find_named(slots, found, "");
    if (!slot)
        rv = kfm_slots_add(slots, found, "", &slot);
    pthread_mutex_unlock(&slots->lock);
    CK_TRY(rv);
    *ret_slot = slot;
    return CKR_OK;
}
