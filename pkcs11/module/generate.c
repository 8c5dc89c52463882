// SPDX-License-Identifier: Apache-2.0
// C_GenerateKeyPair, C_DeriveKey (PKCS#11 2.40, 5.13).
#include <string.h>

#include "module/build.h"
#include "module/store.h"

static const struct {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
} makers[] = {{CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA},
              {CKM_EC_KEY_PAIR_GEN, CKK_EC},
              {CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS}};

/* One half's template. */
struct half {
    CK_OBJECT_CLASS object_class;
    const CK_ATTRIBUTE *attributes;
    CK_ULONG count;
};

static CK_RV key_type_of(const CK_MECHANISM *mechanism, CK_KEY_TYPE *ret_type) {
    for (size_t i = 0; i < KF_COUNT(makers); i++)
        if (makers[i].mechanism == mechanism->mechanism) {
            *ret_type = makers[i].type;
            return mechanism->ulParameterLen ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
        }
    return CKR_MECHANISM_INVALID;
}

static CK_RV read_order(const struct half *public_half, CK_KEY_TYPE type,
                        struct kf_softkey_order *ret_order) {
    const CK_ATTRIBUTE *attributes = public_half->attributes;
    CK_ULONG count = public_half->count;
    const CK_ATTRIBUTE *exponent = kfm_template_find(attributes, count, CKA_PUBLIC_EXPONENT);
    const CK_ATTRIBUTE *params = kfm_template_find(attributes, count, CKA_EC_PARAMS);
    ret_order->type = type;
    CK_TRY(kfm_template_number(attributes, count, CKA_MODULUS_BITS, 0, &ret_order->modulus_bits));
    if (exponent) {
        ret_order->exponent = exponent->pValue;
        ret_order->exponent_len = exponent->ulValueLen;
    }
    if (params) {
        ret_order->ec_params = params->pValue;
        ret_order->ec_params_len = params->ulValueLen;
    }
    return CKR_OK;
}

/* Whatever can be refused is refused before time is spent on a key. */
static CK_RV check_half(const kfm_call *call, const struct half *half, CK_KEY_TYPE type) {
    bool is_token, is_private;
    CK_TRY(kfm_template_accept(half->attributes, half->count));
    CK_TRY(kfm_policy_check(half->object_class, type, KFM_GENERATE, half->attributes, half->count));
    CK_TRY(kfm_template_bool(half->attributes, half->count, CKA_TOKEN, false, &is_token));
    CK_TRY(kfm_template_bool(half->attributes, half->count, CKA_PRIVATE,
                             half->object_class == CKO_PRIVATE_KEY, &is_private));
    return kfm_objects_may(call, is_token, is_private);
}

static CK_RV store_pair(kfm_call *call, kf_softkey *key, const CK_MECHANISM *mechanism,
                        const struct half halves[2], CK_OBJECT_HANDLE ret_handles[2]) {
    kfm_object *pair[2] = {NULL, NULL};
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i < 2 && rv == CKR_OK; i++)
        rv = kfm_object_from_key(call, key, halves[i].object_class, halves[i].attributes,
                                 halves[i].count, mechanism->mechanism, &pair[i]);
    if (rv != CKR_OK) {
        kfm_object_free(pair[0]);
        return rv;
    }
    CK_TRY(kfm_objects_add(call, pair, 2));
    ret_handles[0] = pair[0]->handle;
    ret_handles[1] = pair[1]->handle;
    return CKR_OK;
}

/* The slot is free for others while the key is made; the rights are looked at again afterwards. */
static CK_RV generate(kfm_call *call, const CK_MECHANISM *mechanism, const struct half halves[2],
                      CK_OBJECT_HANDLE ret_handles[2]) {
    KF_AUTO_PTR(kf_softkey) key = NULL;
    struct kf_softkey_order order = {0};
    CK_KEY_TYPE type;
    CK_TRY(key_type_of(mechanism, &type));
    CK_TRY(kfm_call_share(call));
    for (size_t i = 0; i < 2; i++)
        CK_TRY(check_half(call, &halves[i], type));
    CK_TRY(read_order(&halves[0], type, &order));
    kfm_call_release(call);
    CK_TRY(kf_softkey_generate(call->module->arena, &order, &key));
    CK_TRY(kfm_call_alone(call));
    return store_pair(call, key, mechanism, halves, ret_handles);
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR ret_public, CK_OBJECT_HANDLE_PTR ret_private) {
    KF_AUTO(kfm_call) call = {0};
    const struct half halves[] = {{CKO_PUBLIC_KEY, public_attributes, public_count},
                                  {CKO_PRIVATE_KEY, private_attributes, private_count}};
    CK_OBJECT_HANDLE handles[2];
    CK_TRY(kfm_call_begin(session, &call));
    if (!mechanism || !ret_public || !ret_private)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(generate(&call, mechanism, halves, handles));
    *ret_public = handles[0];
    *ret_private = handles[1];
    return CKR_OK;
}

/* --- C_DeriveKey --- */

static CK_RV read_ecdh(const CK_MECHANISM *mechanism, CK_ECDH1_DERIVE_PARAMS *ret_params) {
    if (mechanism->mechanism != CKM_ECDH1_DERIVE)
        return CKR_MECHANISM_INVALID;
    if (!mechanism->pParameter || mechanism->ulParameterLen != sizeof *ret_params)
        return CKR_MECHANISM_PARAM_INVALID;
    memcpy(ret_params, mechanism->pParameter, sizeof *ret_params);
    bool is_plain =
        ret_params->kdf == CKD_NULL && !ret_params->ulSharedDataLen && !ret_params->pSharedData;
    return is_plain && ret_params->pPublicData && ret_params->ulPublicDataLen
               ? CKR_OK
               : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV secret_kind(struct kfm_plan *plan) {
    CK_TRY(kfm_template_number(plan->attributes, plan->count, CKA_CLASS, CKO_SECRET_KEY,
                               &plan->object_class));
    CK_TRY(kfm_template_number(plan->attributes, plan->count, CKA_KEY_TYPE, CKK_GENERIC_SECRET,
                               &plan->key_type));
    if (plan->object_class != CKO_SECRET_KEY)
        return CKR_TEMPLATE_INCONSISTENT;
    return kfm_kind_check(plan->object_class, plan->key_type) == CKR_OK ? CKR_OK
                                                                        : CKR_TEMPLATE_INCONSISTENT;
}

/* Too long secrets lose their leading end (PKCS#11 mechanisms 2.40, 2.3.8). */
static CK_RV cut_secret(struct kfm_plan *plan, const kf_locked *secret) {
    CK_ULONG len;
    CK_TRY(kfm_template_number(plan->attributes, plan->count, CKA_VALUE_LEN, secret->len, &len));
    bool is_given = kfm_template_find(plan->attributes, plan->count, CKA_VALUE_LEN) != NULL;
    if (plan->key_type == CKK_AES && !is_given)
        return CKR_TEMPLATE_INCOMPLETE;
    if (len == 0 || len > secret->len ||
        (plan->key_type == CKK_AES && len != 16 && len != 24 && len != 32))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    plan->secret = secret->data + (secret->len - len);
    plan->secret_len = len;
    return CKR_OK;
}

static CK_RV derive(kfm_call *call, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base,
                    struct kfm_plan *plan, CK_OBJECT_HANDLE *ret_handle) {
    KF_AUTO(kf_locked) secret = {0};
    CK_ECDH1_DERIVE_PARAMS params;
    kfm_object *key = NULL, *made = NULL;
    CK_TRY(kfm_template_accept(plan->attributes, plan->count));
    CK_TRY(read_ecdh(mechanism, &params));
    CK_TRY(secret_kind(plan));
    CK_TRY(kfm_plan_check(plan));
    CK_TRY(kfm_call_alone(call));
    CK_TRY(kfm_object_key(call, base, CKO_PRIVATE_KEY, CKA_DERIVE, &key));
    if (key->usages & kfm_usage_bit(CKA_ALWAYS_AUTHENTICATE))
        return CKR_USER_NOT_LOGGED_IN; /* deriving has no Init after which to log in */
    plan->was_sensitive = kfm_object_flag(key, CKA_ALWAYS_SENSITIVE);
    plan->was_bound = kfm_object_flag(key, CKA_NEVER_EXTRACTABLE);
    CK_TRY(kf_softkey_derive(key->key, params.pPublicData, params.ulPublicDataLen,
                             call->module->arena, &secret));
    CK_TRY(cut_secret(plan, &secret));
    CK_TRY(kfm_plan_build(call, plan, &made));
    CK_TRY(kfm_objects_add(call, &made, 1));
    *ret_handle = made->handle;
    return CKR_OK;
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base,
                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR ret_handle) {
    KF_AUTO(kfm_call) call = {0};
    struct kfm_plan plan = {.action = KFM_GENERATE,
                            .attributes = attributes,
                            .count = count,
                            .mechanism = CKM_ECDH1_DERIVE};
    CK_TRY(kfm_call_begin(session, &call));
    if (!mechanism || !ret_handle)
        return CKR_ARGUMENTS_BAD;
    return derive(&call, mechanism, base, &plan, ret_handle);
}
