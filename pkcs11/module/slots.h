// SPDX-License-Identifier: Apache-2.0
// Slots: one for each container that is there, an empty one for each medium, and a few spare ones
// in which the containers of a stick appear while a program runs. A slot, once given, stays.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "media/medium.h"
#include "module/module.h"

#define KFM_SPARE_SLOTS 4

enum kfm_user { KFM_NOBODY, KFM_USER, KFM_SO };

struct kfm_objects; /* object.h */

struct kfm_slot {
    CK_SLOT_ID id;
    atomic_bool present;        /* the container, or the empty slot's medium, when last looked at */
    atomic_bool changed;        /* for C_WaitForSlotEvent: came or went */
    atomic_uint epoch;          /* one more at each login, logout and removal */
    atomic_uint incarnation;    /* one more when the container goes: its sessions are dead */
    pthread_rwlock_t lock;      /* for everything below: shared to use keys, alone to change */
    kf_medium *medium;          /* NULL: a spare slot with nothing in it */
    char name[KF_NAME_MAX + 1]; /* of the container in its medium; "" : the medium's empty slot */
    kfc *container;             /* NULL: nothing present, or not looked at yet */
    enum kfm_user user;
    kf_locked master; /* while somebody is logged in */
    unsigned sessions, rw_sessions;
    struct kfm_objects *objects; /* what was read of the container, and opened keys */
};

/* The functions up to the next line of this kind lock the table of slots and then single slots:
 * no slot's lock may be held. */

/* Look at the media again, unless that was done a moment ago; new containers take spare slots, and
 * with `grow` new slots. */
CK_RV kfm_slots_scan(struct kfm_module *module, bool grow);
/* CKR_SLOT_ID_INVALID. Slots live until C_Finalize. */
CK_RV kfm_slot_find(struct kfm_module *module, CK_SLOT_ID id, struct kfm_slot **ret_slot);
/* An empty slot of a medium ("disk", "registry", "memory"); `folder` only for disk, NULL is the
 * default one. The folder is remembered. */
CK_RV kfm_slot_offer(struct kfm_module *module, const char *medium, const char *folder,
                     struct kfm_slot **ret_slot);

/* The slot of the container `name` in a medium, which may just have been written there: looks at
 * the media at once. CKR_TOKEN_NOT_PRESENT. */
CK_RV kfm_slot_at(struct kfm_module *module, const kf_medium *medium, const char *name,
                  struct kfm_slot **ret_slot);
/* The medium of that kind and folder, as kfm_slot_offer() takes them; it lives until C_Finalize.
 * CKR_ARGUMENTS_BAD. */
CK_RV kfm_medium_find(struct kfm_module *module, const char *medium, const char *folder,
                      kf_medium **ret_medium);

/* --- of one slot --- */

/* With the slot's lock held alone. Reads the container, or reads it again when another process
 * wrote it; a container that is gone logs everybody out. CKR_TOKEN_NOT_PRESENT, CKR_DEVICE_REMOVED,
 * CKR_TOKEN_NOT_RECOGNIZED (empty or broken). */
CK_RV kfm_slot_sync(struct kfm_module *module, struct kfm_slot *slot);
/* As above for calls that are not on a session: when those who were in are out, it goes on with
 * what is there now. */
CK_RV kfm_slot_visit(struct kfm_module *module, struct kfm_slot *slot);
/* With the slot's lock held alone: wipe the master key and the opened keys. */
void kfm_slot_logout(struct kfm_slot *slot);
/* With the slot's lock held alone: the container went away or is another one now. Logs out, forgets
 * what was read, and its sessions are dead. */
void kfm_slot_gone(struct kfm_slot *slot);

struct kfm_slots *kfm_slots_new(struct kfm_module *module);
void kfm_slots_free(struct kfm_slots *slots); /* wipes */
