// SPDX-License-Identifier: Apache-2.0
// The same object with other values: C_SetAttributeValue and C_CopyObject (PKCS#11 2.40, 5.7).
#include <string.h>

#include "module/build.h"

static CK_RV check_step(const kfm_call *call, const kfm_object *object, const struct kfm_rule *rule,
                        const CK_ATTRIBUTE *given) {
    if (rule->kind != KFM_BOOL || (rule->how & (KFM_FIELD | KFM_VAIN)))
        return CKR_OK;
    bool before = kfm_object_flag(object, rule->type);
    bool after = *(CK_BBOOL *)given->pValue;
    bool is_refused = ((rule->how & KFM_ONLY_UP) && before && !after) ||
                      ((rule->how & KFM_ONLY_DOWN) && !before && after) ||
                      ((rule->how & KFM_BY_SO) && after && call->slot->user != KFM_SO);
    return is_refused ? CKR_ATTRIBUTE_READ_ONLY : CKR_OK;
}

static CK_RV check(const kfm_call *call, const kfm_object *object, enum kfm_action action,
                   const CK_ATTRIBUTE *attributes, CK_ULONG count) {
    CK_KEY_TYPE key_type = kfm_object_key_type(object);
    CK_TRY(kfm_template_accept(attributes, count));
    CK_TRY(kfm_policy_check(object->object_class, key_type, action, attributes, count));
    for (CK_ULONG i = 0; i < count; i++) {
        const struct kfm_rule *rule =
            kfm_rule_find(object->object_class, key_type, attributes[i].type);
        CK_TRY(check_step(call, object, rule, &attributes[i]));
    }
    return CKR_OK;
}

/* What is private does not become public by being copied. */
static CK_RV copy_fields(const kfm_object *object, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                         kfm_object *copy) {
    copy->object_class = object->object_class;
    copy->number = object->number;
    CK_TRY(kfm_template_bool(attributes, count, CKA_TOKEN, object->is_token, &copy->is_token));
    CK_TRY(
        kfm_template_bool(attributes, count, CKA_PRIVATE, object->is_private, &copy->is_private));
    if (object->is_private && !copy->is_private)
        return CKR_TEMPLATE_INCONSISTENT;
    return kfm_private_check(copy);
}

static CK_RV add_new_value(const struct kfm_rule *rule, const CK_ATTRIBUTE *given, kf_buf *part) {
    return rule->how & KFM_VAIN ? kfm_part_add_bool(part, rule->type, false)
                                : kfm_part_add_given(part, rule->kind, given);
}

/* What stands in the part, with new values where the template has them. */
static CK_RV rewrite_part(const kfm_object *object, const kfm_object *copy, const uint8_t *old,
                          size_t old_len, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                          kf_buf *part) {
    CK_KEY_TYPE key_type = kfm_object_key_type(object);
    uint32_t type;
    const uint8_t *value;
    size_t at = 0, len;
    while (kfc_attribute_next(old, old_len, &at, &type, &value, &len)) {
        const CK_ATTRIBUTE *given = kfm_template_find(attributes, count, type);
        if (given)
            CK_TRY(add_new_value(kfm_rule_find(object->object_class, key_type, type), given, part));
        else if (type == CKA_COPYABLE && copy->object_class == CKO_PRIVATE_KEY && copy->is_token)
            CK_TRY(kfm_part_add_bool(part, type, false));
        else
            CK_TRY(kfm_part_add(part, type, value, len));
    }
    return CKR_OK;
}

static CK_RV rewrite_parts(kfm_call *call, const kfm_object *object, const CK_ATTRIBUTE *attributes,
                           CK_ULONG count, kfm_object *copy) {
    bool is_hidden = object->attributes.len == 0;
    const uint8_t *old = is_hidden ? object->sealed.data : object->attributes.data;
    size_t old_len = is_hidden ? object->sealed.len : object->attributes.len, given_len = 0;
    for (CK_ULONG i = 0; i < count; i++)
        given_len += attributes[i].ulValueLen;
    CK_TRY(kfm_part_reserve(&copy->attributes, old_len + given_len));
    CK_RV rv = rewrite_part(object, copy, old, old_len, attributes, count, &copy->attributes);
    if (rv == CKR_OK)
        rv = kfm_object_hide(call, copy);
    if (rv != CKR_OK)
        kfm_part_wipe(&copy->attributes);
    if (rv == CKR_OK && !is_hidden && object->sealed.len)
        rv = kfm_rv(kf_locked_copy(call->module->arena, object->sealed.data, object->sealed.len,
                                   &copy->sealed),
                    CKR_HOST_MEMORY);
    return rv;
}

/* A copy has a key of its own, because each is wiped when its object goes. */
static CK_RV take_key(kfm_call *call, const kfm_object *object, enum kfm_action action,
                      kfm_object *copy) {
    if (!object->key)
        return CKR_OK;
    if (action == KFM_CHANGE || object->object_class == CKO_PUBLIC_KEY) {
        copy->key = kf_softkey_ref(object->key);
        return CKR_OK;
    }
    return kf_softkey_copy(object->key, call->module->arena, &copy->key);
}

CK_RV kfm_object_rewrite(kfm_call *call, const kfm_object *object, enum kfm_action action,
                         const CK_ATTRIBUTE *attributes, CK_ULONG count, kfm_object **ret_object) {
    CK_TRY(check(call, object, action, attributes, count));
    KF_AUTO_PTR(kfm_object) copy = calloc(1, sizeof *copy);
    if (!copy)
        return CKR_HOST_MEMORY;
    CK_TRY(copy_fields(object, attributes, count, copy));
    CK_TRY(rewrite_parts(call, object, attributes, count, copy));
    CK_TRY(take_key(call, object, action, copy));
    *ret_object = KF_MOVE(copy);
    return CKR_OK;
}
