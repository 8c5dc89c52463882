// SPDX-License-Identifier: Apache-2.0
// Values of attributes (PKCS#11 2.40, 4.2 and 5.7, C_GetAttributeValue).
#include "module/value.h"

#include "module/policy.h"

void kfm_value_clear(kfm_value *value) {
    kf_locked_clear(&value->secret);
}

bool kfm_is_readable(const kfm_object *object) {
    return !kfm_object_flag(object, CKA_SENSITIVE) && kfm_object_flag(object, CKA_EXTRACTABLE);
}

static CK_RV give_flag(bool flag, kfm_value *ret_value) {
    ret_value->flag = flag ? CK_TRUE : CK_FALSE;
    ret_value->data = &ret_value->flag;
    ret_value->len = sizeof ret_value->flag;
    return CKR_OK;
}

static CK_RV give_number(CK_ULONG number, kfm_value *ret_value) {
    ret_value->number = number;
    ret_value->data = &ret_value->number;
    ret_value->len = sizeof ret_value->number;
    return CKR_OK;
}

static CK_RV give_field(const kfm_object *object, CK_ATTRIBUTE_TYPE type, kfm_value *ret_value) {
    if (type == CKA_CLASS)
        return give_number(object->object_class, ret_value);
    return give_flag(type == CKA_TOKEN ? object->is_token : object->is_private, ret_value);
}

static CK_RV give_stored(const kfm_object *object, const struct kfm_rule *rule,
                         kfm_value *ret_value) {
    const uint8_t *value;
    size_t len;
    if (!kfm_object_get(object, rule->type, &value, &len))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (rule->kind == KFM_NUMBER)
        return give_number(kfm_part_number(value, len), ret_value);
    ret_value->data = value;
    ret_value->len = len;
    return CKR_OK;
}

static CK_RV give_held(kfm_call *call, kfm_object *object, const struct kfm_rule *rule,
                       kfm_value *ret_value) {
    kf_softkey *key = NULL;
    if (!kfm_is_readable(object))
        return CKR_ATTRIBUTE_SENSITIVE;
    if (object->object_class == CKO_SECRET_KEY)
        return give_stored(object, rule, ret_value);
    CK_TRY(kfm_object_open(call, object, &key));
    CK_TRY(kf_softkey_private_attribute(key, rule->type, call->module->arena, &ret_value->secret));
    ret_value->data = ret_value->secret.data;
    ret_value->len = ret_value->secret.len;
    return CKR_OK;
}

CK_RV kfm_value_of(kfm_call *call, kfm_object *object, CK_ATTRIBUTE_TYPE type,
                   kfm_value *ret_value) {
    const struct kfm_rule *rule =
        kfm_rule_find(object->object_class, kfm_object_key_type(object), type);
    if (!rule || (rule->how & KFM_PASSED))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if (rule->how & KFM_FIELD)
        return give_field(object, type, ret_value);
    return rule->how & KFM_HELD ? give_held(call, object, rule, ret_value)
                                : give_stored(object, rule, ret_value);
}
