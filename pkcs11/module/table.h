// SPDX-License-Identifier: Apache-2.0
// The table of slots and the media behind it; for slots.c, scan.c and media.c.
#pragma once

#include "module/slots.h"

enum {
    KFM_MEDIA_MAX = 64,
    KFM_SLOTS_MAX = 16384,
    /* for containers: however many there are, empty and spare slots have room */
    KFM_TAKEN_SLOTS_MAX = KFM_SLOTS_MAX - KFM_MEDIA_MAX - KFM_SPARE_SLOTS,
};

struct kfm_medium {
    kf_medium *medium;
    const char *folder; /* of disk media, owned by the medium; else NULL */
    bool is_default;    /* always has an empty slot */
};

struct kfm_slots {
    struct kfm_module *module;
    pthread_mutex_t lock; /* for everything below; taken before any slot's lock */
    struct kfm_medium media[KFM_MEDIA_MAX];
    size_t media_count;
    struct kfm_slot **list;
    size_t count, capacity;
    int64_t scanned; /* kf_monotonic_ms() */
};

/* With the table's lock held. Media that are always there, and once more those of mounted sticks
 * and remembered folders that are not known yet. */
kf_err kfm_media_open(struct kfm_slots *slots);
void kfm_media_find_folders(struct kfm_slots *slots);
kf_err kfm_media_add(struct kfm_slots *slots, kf_medium *medium, const char *folder,
                     bool is_default);
void kfm_media_free(struct kfm_slots *slots);

/* With the table's lock held. `name` "": an empty slot; `medium` NULL: a spare one. */
CK_RV kfm_slots_add(struct kfm_slots *slots, kf_medium *medium, const char *name,
                    struct kfm_slot **ret_slot);
/* With the table's lock held, and the slot's lock free: the slot is this container's from now on.
 */
void kfm_slot_take(struct kfm_slot *slot, kf_medium *medium, const char *name);
/* With the table's lock held: look at the media now. */
CK_RV kfm_slots_look(struct kfm_slots *slots, bool grow);

/* init_token.c: the label as a name in a medium that a FAT stick takes as well; from the second on
 * with a number. */
void kfm_name_make(const char *label, int number, char ret_name[KF_NAME_MAX + 1]);
