// SPDX-License-Identifier: Apache-2.0
// Objects as PKCS#11 sees them: attributes, and a key when it is one. Token objects come from the
// container and are cached as they are asked for; session objects live in memory only. Both are
// kept once for each slot, because every session of a slot sees both (PKCS#11 2.40, 4.4); the
// session that made an object owns its life.
#pragma once

#include "keys/softkey.h"
#include "module/session.h"

/* A handle is the container's number; session objects have numbers from here on. Those of private
 * objects carry the slot's epoch in the upper half, so that no handle outlives its login (PKCS#11
 * 2.40, 5.6, C_Logout). */
#define KFM_SESSION_OBJECTS ((uint32_t)0x80000000)

typedef struct kfm_object kfm_object;
struct kfm_object {
    kfm_object *next; /* shelf.c */
    CK_OBJECT_HANDLE handle;
    uint32_t number;
    CK_SESSION_HANDLE owner; /* of session objects */
    CK_OBJECT_CLASS object_class;
    bool is_private, is_token;
    bool is_stale;     /* the container was written since: only `key` is still right */
    unsigned usages;   /* kfm_usage_bit(): the flags that operations ask for */
    uint32_t id_tag;   /* kfc_tag() of CKA_ID */
    kf_buf attributes; /* kfc_attribute_add() form, without secrets; without CKA_CLASS, CKA_TOKEN
                          and CKA_PRIVATE */
    kf_locked sealed;  /* more of them: of private data, certificates and public keys all, of secret
                          keys CKA_VALUE */
    kf_softkey *key;   /* of public and private keys, once they were used */
};

/* The object that a handle of this session's slot means, as far as its login lets it see; the
 * slot's lock is held. Owned by the slot, and there until the lock is given back. When another
 * process wrote the container in the meantime the lock may be given back and taken alone: what was
 * found before in the same call is not to be used any more. CKR_OBJECT_HANDLE_INVALID. */
CK_RV kfm_object_find(kfm_call *call, CK_OBJECT_HANDLE handle, struct kfm_object **ret_object);
/* As above for keys: CKR_KEY_HANDLE_INVALID for handles of the wrong kind, opens the private half
 * (decrypts it once per login), and checks that CKA_`usage` (CKA_SIGN ...) is true:
 * CKR_KEY_FUNCTION_NOT_PERMITTED. The caller counts on the key with kf_softkey_ref(). */
CK_RV kfm_object_key(kfm_call *call, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS wanted,
                     CK_ATTRIBUTE_TYPE usage, struct kfm_object **ret_object);
/* The key of a public or private key object, opened when it is not yet; owned by the object. */
CK_RV kfm_object_open(kfm_call *call, struct kfm_object *object, kf_softkey **ret_key);

unsigned kfm_usage_bit(CK_ATTRIBUTE_TYPE usage);

/* An attribute as it is stored (integers as u64); false when it is not there. */
bool kfm_object_get(const struct kfm_object *object, CK_ATTRIBUTE_TYPE type,
                    const uint8_t **ret_value, size_t *ret_len);
/* A boolean attribute; false when it is not there. */
bool kfm_object_flag(const struct kfm_object *object, CK_ATTRIBUTE_TYPE type);
/* CK_UNAVAILABLE_INFORMATION when it is no key. */
CK_KEY_TYPE kfm_object_key_type(const struct kfm_object *object);

/* --- making them; the policy is in policy.c --- */

/* An object as C_CreateObject makes it. Nothing is stored yet. */
CK_RV kfm_object_make(kfm_call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                      struct kfm_object **ret_object);
/* A public or private key object around `key` (counted), with what a template for
 * C_GenerateKeyPair may say about it (CKA_TOKEN, CKA_ID, CKA_LABEL, flags). `mechanism` made it
 * here; CK_UNAVAILABLE_INFORMATION: it comes from outside. */
CK_RV kfm_object_from_key(kfm_call *call, kf_softkey *key, CK_OBJECT_CLASS object_class,
                          const CK_ATTRIBUTE *attributes, CK_ULONG count,
                          CK_MECHANISM_TYPE mechanism, struct kfm_object **ret_object);
/* Put objects where they belong: all token objects in one durable kfc_commit(), then the session
 * objects. The slot's lock is held alone. Takes all of them over, also on failure (the places are
 * NULL then), and afterwards they are in the slot with handles. CKR_USER_NOT_LOGGED_IN,
 * CKR_SESSION_READ_ONLY, CKR_DEVICE_MEMORY ... */
CK_RV kfm_objects_add(kfm_call *call, struct kfm_object **objects, size_t count);
/* Remove it durably, then forget it and wipe its key; the lock is held alone. */
CK_RV kfm_objects_remove(kfm_call *call, struct kfm_object *object);

void kfm_object_free(struct kfm_object *object); /* wipes; NULL is welcome */
KF_DEFINE_AUTO_PTR(kfm_object)

/* --- for slots.c and sessions.c, with the slot's lock held alone; NULL is welcome --- */

/* slot->objects is made here when it is first needed. Wipe and forget everything. */
void kfm_objects_free(struct kfm_objects *objects);
/* Wipe and forget what is private: opened keys, and private session objects for good. */
void kfm_objects_logout(struct kfm_objects *objects);
/* After the container was read again: forget what was read of it, but for opened keys: a number's
 * key never changes. */
void kfm_objects_changed(struct kfm_objects *objects, const kfc *container);
/* A session ends: its objects go. */
void kfm_objects_close(struct kfm_objects *objects, CK_SESSION_HANDLE owner);
void kfm_search_free(struct kfm_search *search);
