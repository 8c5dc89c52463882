// SPDX-License-Identifier: Apache-2.0
// Objects as PKCS#11 sees them: attributes, and a key when it is one. Token objects come from the
// container and carry its numbers as handles; session objects live in memory, with handles from
// KFM_SESSION_OBJECTS on.
#pragma once

#include "keys/softkey.h"
#include "module/session.h"

#define KFM_SESSION_OBJECTS ((CK_OBJECT_HANDLE)0x80000000UL)

struct kfm_object {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS object_class;
    bool is_private, is_token;
    kf_buf attributes; /* kfc_attribute_add() form, without secrets */
    kf_softkey *key;   /* of public keys; of private keys once they were opened */
    kf_locked secret;  /* the value of a secret key (a derived one), else empty */
};

/* The object that a handle of this session's slot means, as far as its login lets it see; the
 * slot's lock is held. Owned by the slot or session. CKR_OBJECT_HANDLE_INVALID. */
CK_RV kfm_object_find(kfm_call *call, CK_OBJECT_HANDLE handle, struct kfm_object **ret_object);
/* As above for keys: CKR_KEY_HANDLE_INVALID for handles of the wrong kind, opens the private half
 * (decrypts it once per login), and checks that CKA_`usage` (CKA_SIGN ...) is true:
 * CKR_KEY_FUNCTION_NOT_PERMITTED. */
CK_RV kfm_object_key(kfm_call *call, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS wanted,
                     CK_ATTRIBUTE_TYPE usage, kf_softkey **ret_key);
/* A boolean attribute; false when it is not there. */
bool kfm_object_flag(const struct kfm_object *object, CK_ATTRIBUTE_TYPE type);

/* For slots.c and sessions.c: wipe and forget everything, or only what private objects opened. */
void kfm_objects_free(struct kfm_objects *objects);
void kfm_objects_logout(struct kfm_objects *objects);
/* For slots.c, after the container was read again: forget what has changed. */
void kfm_objects_changed(struct kfm_objects *objects, const kfc *container);
void kfm_search_free(struct kfm_search *search);
