// SPDX-License-Identifier: Apache-2.0
// Attributes that nobody gives: the module works them out.
#include <openssl/evp.h>

#include "base/quiet.h"
#include "module/build.h"

typedef CK_RV compute(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                      kf_buf *part);

static bool wants(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type) {
    bool otherwise = kfm_rule_find(plan->object_class, plan->key_type, type)->fallback == KFM_YES;
    bool flag = otherwise;
    kfm_template_bool(plan->attributes, plan->count, type, otherwise, &flag); /* was checked */
    return flag;
}

static bool is_made_here(const struct kfm_plan *plan) {
    return plan->mechanism != CK_UNAVAILABLE_INFORMATION;
}

static CK_RV add_key_type(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                          kf_buf *part) {
    return kfm_part_add_number(part, type, plan->key_type);
}

/* A derived key was not generated here (PKCS#11 2.40, 4.8), though it was made here. */
static CK_RV add_local(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                       kf_buf *part) {
    return kfm_part_add_bool(part, type,
                             is_made_here(plan) && plan->object_class != CKO_SECRET_KEY);
}

static CK_RV add_mechanism(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                           kf_buf *part) {
    bool is_generated = is_made_here(plan) && plan->object_class != CKO_SECRET_KEY;
    return kfm_part_add_number(part, type,
                               is_generated ? plan->mechanism : CK_UNAVAILABLE_INFORMATION);
}

static CK_RV add_always_sensitive(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type,
                                  bool is_token, kf_buf *part) {
    return kfm_part_add_bool(
        part, type, is_made_here(plan) && plan->was_sensitive && wants(plan, CKA_SENSITIVE));
}

static CK_RV add_never_extractable(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type,
                                   bool is_token, kf_buf *part) {
    return kfm_part_add_bool(
        part, type, is_made_here(plan) && plan->was_bound && !wants(plan, CKA_EXTRACTABLE));
}

/* A private key of the container is there once. One of a session may be put into the container with
 * C_CopyObject: Java's keytool makes keys in no other way. */
static CK_RV add_copyable(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                          kf_buf *part) {
    bool flag = true;
    CK_TRY(kfm_template_bool(plan->attributes, plan->count, type, true, &flag));
    return kfm_part_add_bool(part, type, flag && !is_token);
}

static CK_RV add_value_len(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                           kf_buf *part) {
    return kfm_part_add_number(part, type, plan->secret_len);
}

static CK_RV add_of_key(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                        kf_buf *part) {
    KF_AUTO(kf_buf) value = {0};
    if (type == CKA_MODULUS_BITS)
        return kfm_part_add_number(part, type, kf_softkey_bits(plan->key));
    CK_TRY(kf_softkey_public_attribute(plan->key, type, &value));
    return kfm_part_add(part, type, value.data, value.len);
}

static CK_RV add_of_cert(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type,
                         kf_err (*get)(const kf_cert *, kf_buf *), kf_buf *part) {
    KF_AUTO(kf_buf) value = {0};
    CK_TRY(kfm_rv(get(plan->cert, &value), CKR_ATTRIBUTE_VALUE_INVALID));
    return kfm_part_add(part, type, value.data, value.len);
}

static CK_RV add_subject(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                         kf_buf *part) {
    return add_of_cert(plan, type, kf_cert_subject_der, part);
}

static CK_RV add_issuer(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                        kf_buf *part) {
    return add_of_cert(plan, type, kf_cert_issuer_der, part);
}

static CK_RV add_serial(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                        kf_buf *part) {
    return add_of_cert(plan, type, kf_cert_serial_der, part);
}

static CK_RV add_public_key_info(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                                 kf_buf *part) {
    return plan->cert ? add_of_cert(plan, type, kf_cert_spki, part)
                      : add_of_key(plan, type, is_token, part);
}

/* The first three bytes of SHA-1 (PKCS#11 2.40, 4.6.3). */
static CK_RV add_check_value(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                             kf_buf *part) {
    size_t len;
    const uint8_t *der = kf_cert_der(plan->cert, &len);
    uint8_t digest[EVP_MAX_MD_SIZE];
    KF_QUIET();
    if (!EVP_Digest(der, len, digest, NULL, EVP_sha1(), NULL))
        return CKR_HOST_MEMORY;
    return kfm_part_add(part, type, digest, 3);
}

CK_RV kfm_plan_compute(const struct kfm_plan *plan, CK_ATTRIBUTE_TYPE type, bool is_token,
                       kf_buf *part) {
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        compute *add;
    } computed[] = {
        {CKA_KEY_TYPE, add_key_type},
        {CKA_LOCAL, add_local},
        {CKA_KEY_GEN_MECHANISM, add_mechanism},
        {CKA_ALWAYS_SENSITIVE, add_always_sensitive},
        {CKA_NEVER_EXTRACTABLE, add_never_extractable},
        {CKA_COPYABLE, add_copyable},
        {CKA_VALUE_LEN, add_value_len},
        {CKA_MODULUS, add_of_key},
        {CKA_MODULUS_BITS, add_of_key},
        {CKA_PUBLIC_EXPONENT, add_of_key},
        {CKA_EC_PARAMS, add_of_key},
        {CKA_EC_POINT, add_of_key},
        {CKA_PUBLIC_KEY_INFO, add_public_key_info},
        {CKA_SUBJECT, add_subject},
        {CKA_ISSUER, add_issuer},
        {CKA_SERIAL_NUMBER, add_serial},
        {CKA_CHECK_VALUE, add_check_value},
    };
    for (size_t i = 0; i < KF_COUNT(computed); i++)
        if (computed[i].type == type)
            return computed[i].add(plan, type, is_token, part);
    return CKR_OK;
}
