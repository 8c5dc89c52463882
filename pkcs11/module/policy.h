// SPDX-License-Identifier: Apache-2.0
// The policy of attributes as one table: which a kind of object has, who may give them and when,
// and what they are when nobody did.
#pragma once

#include "module/part.h"

enum {
    KFM_AT_CREATE = 1 << 0,   /* C_CreateObject may give it */
    KFM_AT_GENERATE = 1 << 1, /* C_GenerateKeyPair and C_DeriveKey may */
    KFM_AT_COPY = 1 << 2,     /* C_CopyObject may, besides what may be changed */
    KFM_LATER = 1 << 3,       /* C_SetAttributeValue may change it ... */
    KFM_ONLY_UP = 1 << 4,     /* ... but only from FALSE to TRUE */
    KFM_ONLY_DOWN = 1 << 5,   /* ... but only from TRUE to FALSE */
    KFM_NEED_CREATE = 1 << 6, /* CKR_TEMPLATE_INCOMPLETE without it */
    KFM_NEED_GENERATE = 1 << 7,
    KFM_VAIN = 1 << 8,   /* may be asked for, and stays FALSE */
    KFM_PASSED = 1 << 9, /* may be given and is not kept */
    KFM_HELD = 1 << 10,  /* a secret: lies in the sealed part or the key */
    KFM_FIELD = 1 << 11, /* a member of struct kfm_object */
    KFM_BY_SO = 1 << 12  /* only the SO makes it TRUE */
};

enum kfm_fallback { KFM_ABSENT, KFM_EMPTY, KFM_NO, KFM_YES, KFM_ZERO, KFM_COMPUTED };

struct kfm_rule {
    CK_ATTRIBUTE_TYPE type;
    enum kfm_kind kind;
    unsigned classes, keys; /* bits, see policy.c */
    unsigned how;
    enum kfm_fallback fallback; /* KFM_COMPUTED wins over what was given */
};

/* What a template is for. */
enum kfm_action { KFM_CREATE, KFM_GENERATE, KFM_COPY, KFM_CHANGE };

/* `at` 0 first; NULL after the last rule of this kind of object. `key_type` matters to keys only.
 */
const struct kfm_rule *kfm_rule_next(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type,
                                     size_t *at);
const struct kfm_rule *kfm_rule_find(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type,
                                     CK_ATTRIBUTE_TYPE type);
/* Is there such a kind of object? CKR_ATTRIBUTE_VALUE_INVALID */
CK_RV kfm_kind_check(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type);
bool kfm_class_is_key(CK_OBJECT_CLASS object_class);

/* CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_TEMPLATE_INCONSISTENT (twice the same), CKR_TEMPLATE_INCOMPLETE. */
CK_RV kfm_policy_check(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, enum kfm_action action,
                       const CK_ATTRIBUTE *attributes, CK_ULONG count);
