// SPDX-License-Identifier: Apache-2.0
// Building an object out of a template, the policy and what is known of it.
#pragma once

#include "module/object.h"
#include "module/template.h"

#include "x509/cert.h"

struct kfm_plan {
    CK_OBJECT_CLASS object_class;
    CK_KEY_TYPE key_type; /* of keys */
    enum kfm_action action;
    const CK_ATTRIBUTE *attributes; /* as the host gave them */
    CK_ULONG count;
    kf_softkey *key;               /* public and private keys; counted by the object */
    const kf_cert *cert;           /* certificates */
    const uint8_t *secret;         /* secret keys */
    size_t secret_len;             /* bytes */
    CK_MECHANISM_TYPE mechanism;   /* that made the key here, or CK_UNAVAILABLE_INFORMATION */
    bool was_sensitive, was_bound; /* ALWAYS_SENSITIVE and NEVER_EXTRACTABLE of where a secret comes
                                      from */
};

/* CKR_ATTRIBUTE_TYPE_INVALID and what else kfm_policy_check() answers; to be asked first. */
CK_RV kfm_plan_check(const struct kfm_plan *plan);
/* The object, out of a plan that was checked. Only the SO may say that a certificate is trusted. */
CK_RV kfm_plan_build(kfm_call *call, const struct kfm_plan *plan, kfm_object **ret_object);
/* A computed attribute, appended to `part`; nothing when there is none. */
CK_RV kfm_plan_compute(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                       kf_buf *part);

/* The same object with other values, for C_SetAttributeValue (same place, same number) and
 * C_CopyObject (a new one). What may be changed was not checked yet. */
CK_RV kfm_object_rewrite(kfm_call *call, const kfm_object *object, enum kfm_action action,
                         const CK_ATTRIBUTE *attributes, CK_ULONG count, kfm_object **ret_object);
/* CKR_TEMPLATE_INCONSISTENT when a key would not be private or a value lies open that must not. */
CK_RV kfm_private_check(const kfm_object *object);
/* The attributes of objects that hide everything move into the arena; the part is wiped. */
CK_RV kfm_object_hide(kfm_call *call, kfm_object *object);
