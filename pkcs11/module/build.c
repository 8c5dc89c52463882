// SPDX-License-Identifier: Apache-2.0
// Objects out of templates.
#include "module/build.h"

#include <openssl/crypto.h>
#include <string.h>

/* Private keys and secret keys are private always; a template that says otherwise would get less
 * than it asks for, or a key that lies open. */
CK_RV kfm_private_check(const kfm_object *object) {
    bool is_secret = object->object_class == CKO_PRIVATE_KEY ||
                     (object->object_class == CKO_SECRET_KEY && object->is_token);
    return is_secret && !object->is_private ? CKR_TEMPLATE_INCONSISTENT : CKR_OK;
}

CK_RV kfm_object_hide(kfm_call *call, kfm_object *object) {
    if (!object->is_private || object->object_class == CKO_PRIVATE_KEY ||
        object->object_class == CKO_SECRET_KEY)
        return CKR_OK;
    return kfm_part_seal(call->module->arena, &object->attributes, &object->sealed);
}

/* CKA_TOKEN and CKA_PRIVATE; private by default is what holds a secret. */
static CK_RV set_fields(const struct kfm_plan *plan, kfm_object *object) {
    bool is_secret = plan->object_class == CKO_PRIVATE_KEY || plan->object_class == CKO_SECRET_KEY;
    object->object_class = plan->object_class;
    CK_TRY(kfm_template_bool(plan->attributes, plan->count, CKA_TOKEN, false, &object->is_token));
    CK_TRY(kfm_template_bool(plan->attributes, plan->count, CKA_PRIVATE, is_secret,
                             &object->is_private));
    return kfm_private_check(object);
}

static CK_RV add_fallback(const struct kfm_rule *rule, kf_buf *part) {
    switch (rule->fallback) {
    case KFM_EMPTY:
        return kfm_part_add(part, rule->type, NULL, 0);
    case KFM_NO:
    case KFM_YES:
        return kfm_part_add_bool(part, rule->type, rule->fallback == KFM_YES);
    case KFM_ZERO:
        return kfm_part_add_number(part, rule->type, 0);
    case KFM_ABSENT:
    case KFM_COMPUTED:
        break;
    }
    return CKR_OK;
}

static CK_RV add_by_rule(kfm_call *call, const struct kfm_plan *plan, const struct kfm_rule *rule,
                         bool is_token, kf_buf *part) {
    const CK_ATTRIBUTE *given = kfm_template_find(plan->attributes, plan->count, rule->type);
    if (rule->how & (KFM_FIELD | KFM_HELD | KFM_PASSED))
        return CKR_OK;
    if (rule->how & KFM_VAIN)
        return kfm_part_add_bool(part, rule->type, false);
    if (rule->fallback == KFM_COMPUTED)
        return kfm_plan_compute(plan, rule->type, is_token, part);
    if (!given)
        return add_fallback(rule, part);
    if ((rule->how & KFM_BY_SO) && *(CK_BBOOL *)given->pValue && call->slot->user != KFM_SO)
        return CKR_ATTRIBUTE_READ_ONLY;
    return kfm_part_add_given(part, rule->kind, given);
}

static size_t size_of(const struct kfm_plan *plan) {
    size_t size = 0;
    for (CK_ULONG i = 0; i < plan->count; i++)
        size += plan->attributes[i].ulValueLen;
    return 2 * size; /* parts of a certificate are there twice */
}

static CK_RV add_all(kfm_call *call, const struct kfm_plan *plan, bool is_token, kf_buf *part) {
    size_t at = 0;
    for (const struct kfm_rule *rule;
         (rule = kfm_rule_next(plan->object_class, plan->key_type, &at));)
        CK_TRY(add_by_rule(call, plan, rule, is_token, part));
    return CKR_OK;
}

CK_RV kfm_plan_check(const struct kfm_plan *plan) {
    return kfm_policy_check(plan->object_class, plan->key_type, plan->action, plan->attributes,
                            plan->count);
}

CK_RV kfm_plan_build(kfm_call *call, const struct kfm_plan *plan, kfm_object **ret_object) {
    KF_AUTO_PTR(kfm_object) object = calloc(1, sizeof *object);
    if (!object)
        return CKR_HOST_MEMORY;
    CK_TRY(set_fields(plan, object));
    CK_TRY(kfm_part_reserve(&object->attributes, size_of(plan)));
    CK_RV rv = add_all(call, plan, object->is_token, &object->attributes);
    if (rv != CKR_OK) {
        kfm_part_wipe(&object->attributes);
        return rv;
    }
    CK_TRY(kfm_object_hide(call, object));
    if (plan->object_class == CKO_SECRET_KEY)
        CK_TRY(kfm_part_seal_value(call->module->arena, CKA_VALUE, plan->secret, plan->secret_len,
                                   &object->sealed));
    object->key = plan->key ? kf_softkey_ref(plan->key) : NULL;
    *ret_object = KF_MOVE(object);
    return CKR_OK;
}

/* --- C_CreateObject --- */

static CK_RV make_certificate(kfm_call *call, struct kfm_plan *plan, kfm_object **ret_object) {
    CK_ULONG type;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    CK_TRY(
        kfm_template_number(plan->attributes, plan->count, CKA_CERTIFICATE_TYPE, CKC_X_509, &type));
    if (type != CKC_X_509)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    const CK_ATTRIBUTE *value = kfm_template_find(plan->attributes, plan->count, CKA_VALUE);
    CK_TRY(kfm_rv(kf_cert_parse(value->pValue, value->ulValueLen, &cert),
                  CKR_ATTRIBUTE_VALUE_INVALID));
    plan->cert = cert;
    return kfm_plan_build(call, plan, ret_object);
}

static CK_RV make_pair_half(kfm_call *call, struct kfm_plan *plan, kfm_object **ret_object) {
    KF_AUTO_PTR(kf_softkey) key = NULL;
    if (plan->object_class == CKO_PRIVATE_KEY)
        CK_TRY(kf_softkey_from_private(call->module->arena, plan->attributes, plan->count, &key));
    else
        CK_TRY(kf_softkey_from_public(plan->attributes, plan->count, &key));
    plan->key = key;
    return kfm_plan_build(call, plan, ret_object);
}

static CK_RV make_secret(kfm_call *call, struct kfm_plan *plan, kfm_object **ret_object) {
    const CK_ATTRIBUTE *value = kfm_template_find(plan->attributes, plan->count, CKA_VALUE);
    CK_ULONG len = value->ulValueLen;
    if (len == 0 || (plan->key_type == CKK_AES && len != 16 && len != 24 && len != 32))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    plan->secret = value->pValue;
    plan->secret_len = len;
    return kfm_plan_build(call, plan, ret_object);
}

CK_RV kfm_object_make(kfm_call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                      kfm_object **ret_object) {
    struct kfm_plan plan = {.action = KFM_CREATE,
                            .attributes = attributes,
                            .count = count,
                            .mechanism = CK_UNAVAILABLE_INFORMATION};
    CK_TRY(kfm_template_accept(attributes, count));
    if (!kfm_template_find(attributes, count, CKA_CLASS))
        return CKR_TEMPLATE_INCOMPLETE;
    CK_TRY(kfm_template_number(attributes, count, CKA_CLASS, 0, &plan.object_class));
    if (kfm_class_is_key(plan.object_class) && !kfm_template_find(attributes, count, CKA_KEY_TYPE))
        return CKR_TEMPLATE_INCOMPLETE;
    CK_TRY(kfm_template_number(attributes, count, CKA_KEY_TYPE, 0, &plan.key_type));
    CK_TRY(kfm_kind_check(plan.object_class, plan.key_type));
    CK_TRY(kfm_plan_check(&plan));
    switch (plan.object_class) {
    case CKO_CERTIFICATE:
        return make_certificate(call, &plan, ret_object);
    case CKO_SECRET_KEY:
        return make_secret(call, &plan, ret_object);
    case CKO_DATA:
        return kfm_plan_build(call, &plan, ret_object);
    default:
        return make_pair_half(call, &plan, ret_object);
    }
}

CK_RV kfm_object_from_key(kfm_call *call, kf_softkey *key, CK_OBJECT_CLASS object_class,
                          const CK_ATTRIBUTE *attributes, CK_ULONG count,
                          CK_MECHANISM_TYPE mechanism, kfm_object **ret_object) {
    struct kfm_plan plan = {.object_class = object_class,
                            .key_type = kf_softkey_type(key),
                            .action = KFM_GENERATE,
                            .attributes = attributes,
                            .count = count,
                            .key = key,
                            .mechanism = mechanism,
                            .was_sensitive = true,
                            .was_bound = true};
    CK_ULONG given;
    CK_TRY(kfm_template_accept(attributes, count));
    CK_TRY(kfm_template_number(attributes, count, CKA_CLASS, object_class, &given));
    if (given != object_class)
        return CKR_TEMPLATE_INCONSISTENT;
    CK_TRY(kfm_template_number(attributes, count, CKA_KEY_TYPE, plan.key_type, &given));
    if (given != plan.key_type)
        return CKR_TEMPLATE_INCONSISTENT;
    CK_TRY(kfm_plan_check(&plan));
    return kfm_plan_build(call, &plan, ret_object);
}
