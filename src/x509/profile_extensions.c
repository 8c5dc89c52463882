// SPDX-License-Identifier: Apache-2.0
// The extensions that a profile asks for (RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12).
#include "x509/profile_rules.h"
#include "x509/usage.h"

KF_DEFINE_AUTO_PTR_WITH(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
KF_DEFINE_AUTO_PTR_WITH(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)

static kf_err cannot(void) {
    return kf_fail_openssl(KF_E_CRYPTO, "making the extensions");
}

static kf_err add(STACK_OF(X509_EXTENSION) * *list, int nid, void *value, bool critical) {
    return X509V3_add1_i2d(list, nid, value, critical, X509V3_ADD_APPEND) == 1 ? KF_OK : cannot();
}

/* Bit 0 is the highest of the first byte; the KU_ constants have the first byte low. */
static kf_err add_usage(uint32_t usage, STACK_OF(X509_EXTENSION) * *list) {
    KF_AUTO_PTR(ASN1_BIT_STRING) bits = ASN1_BIT_STRING_new();
    if (!bits)
        return cannot();
    for (int bit = 0; bit < 9; bit++) {
        uint32_t mask = bit < 8 ? 0x80u >> bit : 0x8000u;
        if (usage & mask && !ASN1_BIT_STRING_set_bit(bits, bit, 1))
            return cannot();
    }
    return add(list, NID_key_usage, bits, true);
}

static kf_err add_extended(const kf_profile *profile, STACK_OF(X509_EXTENSION) * *list) {
    KF_AUTO_PTR(EXTENDED_KEY_USAGE) usages = EXTENDED_KEY_USAGE_new();
    for (size_t i = 0; usages && i < profile->extended_count; i++) {
        ASN1_OBJECT *oid = NULL;
        KF_TRY(kf_oid_parse(profile->extended[i], &oid));
        if (sk_ASN1_OBJECT_push(usages, oid))
            continue;
        ASN1_OBJECT_free(oid);
        return cannot();
    }
    return usages ? add(list, NID_ext_key_usage, usages, profile->extended_critical) : cannot();
}

static kf_err add_constraints(const kf_profile *profile, STACK_OF(X509_EXTENSION) * *list) {
    KF_AUTO_PTR(BASIC_CONSTRAINTS) constraints = BASIC_CONSTRAINTS_new();
    if (!constraints)
        return cannot();
    constraints->ca = 0xff;
    if (profile->path_length >= 0) {
        constraints->pathlen = ASN1_INTEGER_new();
        if (!constraints->pathlen ||
            !ASN1_INTEGER_set_int64(constraints->pathlen, profile->path_length))
            return cannot();
    }
    return add(list, NID_basic_constraints, constraints, true);
}

kf_err kf_profile_extensions(const kf_profile *profile, enum kf_key_type type,
                             STACK_OF(X509_EXTENSION) * *list) {
    if (!profile)
        return KF_OK;
    uint32_t usage = kf_profile_key_usage(profile, type);
    if (profile->ca)
        KF_TRY(add_constraints(profile, list));
    if (usage)
        KF_TRY(add_usage(usage, list));
    return profile->extended_count ? add_extended(profile, list) : KF_OK;
}
