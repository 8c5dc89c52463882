// SPDX-License-Identifier: Apache-2.0
// Attribute policy (PKCS#11 2.40, 4.4 to 4.11; mechanisms 2.40, 2.1 and 2.3).
#include "module/policy.h"

#include <ctype.h>

#include "module/template.h"

enum {
    DATA = 1 << 0,
    CERT = 1 << 1,
    PUBLIC = 1 << 2,
    PRIVATE = 1 << 3,
    SECRET = 1 << 4,
    KEYS = PUBLIC | PRIVATE | SECRET,
    ALL = DATA | CERT | KEYS
};
enum { RSA = 1 << 0, EC = 1 << 1, ED = 1 << 2, OTHER = 1 << 3, PAIRS = RSA | EC | ED, ANY = 15 };
enum {
    CREATE = KFM_AT_CREATE,
    GENERATE = KFM_AT_GENERATE,
    MADE = KFM_AT_CREATE | KFM_AT_GENERATE,
    LATER = KFM_LATER,
    ANYTIME = MADE | LATER,
    MUST = KFM_AT_CREATE | KFM_NEED_CREATE,
    FIELD = KFM_FIELD | MADE,
    VAIN = KFM_VAIN | ANYTIME,
    PASSED = KFM_PASSED,
    HELD = KFM_HELD
};

/* Vendor attributes of NSS that it sends to any token: an e-mail address beside a certificate, the
 * public value beside a private key. */
#define CKA_NSS_EMAIL 0xCE534352UL
#define CKA_NSS_DB    0xD5A0DB00UL

/* The first row that fits an object's class and key type counts.
 *
 * Where the standard leaves it to the token: a private key is CKA_PRIVATE, CKA_SENSITIVE and not
 * CKA_EXTRACTABLE unless asked otherwise, and may do what its type can do. What no key of its type
 * can do here (CKA_UNWRAP, CKA_SIGN_RECOVER, CKA_DECRYPT of an EC key ...) may be asked for and
 * stays FALSE, because NSS, p11tool and pkcs11-tool ask for whole bundles of usages and mean those
 * that work. */
static const struct kfm_rule rules[] = {
    {CKA_CLASS, KFM_NUMBER, ALL, ANY, FIELD | KFM_NEED_CREATE, KFM_ABSENT},
    {CKA_TOKEN, KFM_BOOL, ALL, ANY, FIELD | KFM_AT_COPY, KFM_NO},
    {CKA_PRIVATE, KFM_BOOL, ALL, ANY, FIELD | KFM_AT_COPY, KFM_NO},
    {CKA_LABEL, KFM_BYTES, ALL, ANY, ANYTIME, KFM_EMPTY},
    {CKA_MODIFIABLE, KFM_BOOL, ALL, ANY, MADE | KFM_AT_COPY, KFM_YES},
    {CKA_COPYABLE, KFM_BOOL, PRIVATE, ANY, ANYTIME | KFM_ONLY_DOWN, KFM_COMPUTED},
    {CKA_COPYABLE, KFM_BOOL, ALL, ANY, ANYTIME | KFM_ONLY_DOWN, KFM_YES},
    {CKA_DESTROYABLE, KFM_BOOL, ALL, ANY, MADE | KFM_AT_COPY, KFM_YES},

    {CKA_APPLICATION, KFM_BYTES, DATA, ANY, ANYTIME, KFM_EMPTY},
    {CKA_OBJECT_ID, KFM_BYTES, DATA, ANY, ANYTIME, KFM_EMPTY},
    {CKA_VALUE, KFM_BYTES, DATA, ANY, ANYTIME, KFM_EMPTY},

    {CKA_CERTIFICATE_TYPE, KFM_NUMBER, CERT, ANY, MUST, KFM_ABSENT},
    {CKA_VALUE, KFM_BYTES, CERT, ANY, MUST, KFM_ABSENT},
    {CKA_ID, KFM_BYTES, CERT, ANY, ANYTIME, KFM_EMPTY},
    /* A certificate speaks for itself: some tools give its serial number without DER. */
    {CKA_SUBJECT, KFM_BYTES, CERT, ANY, CREATE, KFM_COMPUTED},
    {CKA_ISSUER, KFM_BYTES, CERT, ANY, CREATE, KFM_COMPUTED},
    {CKA_SERIAL_NUMBER, KFM_BYTES, CERT, ANY, CREATE, KFM_COMPUTED},
    {CKA_CHECK_VALUE, KFM_BYTES, CERT, ANY, CREATE, KFM_COMPUTED},
    {CKA_PUBLIC_KEY_INFO, KFM_BYTES, CERT, ANY, CREATE, KFM_COMPUTED},
    {CKA_TRUSTED, KFM_BOOL, CERT, ANY, CREATE | LATER | KFM_BY_SO, KFM_NO},
    {CKA_CERTIFICATE_CATEGORY, KFM_NUMBER, CERT, ANY, CREATE, KFM_ZERO},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, KFM_NUMBER, CERT, ANY, CREATE, KFM_ZERO},
    {CKA_START_DATE, KFM_DATE, CERT, ANY, CREATE, KFM_EMPTY},
    {CKA_END_DATE, KFM_DATE, CERT, ANY, CREATE, KFM_EMPTY},
    {CKA_URL, KFM_BYTES, CERT, ANY, CREATE, KFM_EMPTY},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, KFM_BYTES, CERT, ANY, CREATE, KFM_EMPTY},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, KFM_BYTES, CERT, ANY, CREATE, KFM_EMPTY},
    {CKA_NAME_HASH_ALGORITHM, KFM_NUMBER, CERT, ANY, CREATE, KFM_ABSENT},
    {CKA_NSS_EMAIL, KFM_BYTES, CERT, ANY, CREATE | PASSED, KFM_ABSENT},

    {CKA_KEY_TYPE, KFM_NUMBER, KEYS, ANY, MADE | KFM_NEED_CREATE, KFM_COMPUTED},
    {CKA_ID, KFM_BYTES, KEYS, ANY, ANYTIME, KFM_EMPTY},
    {CKA_START_DATE, KFM_DATE, KEYS, ANY, ANYTIME, KFM_EMPTY},
    {CKA_END_DATE, KFM_DATE, KEYS, ANY, ANYTIME, KFM_EMPTY},
    {CKA_SUBJECT, KFM_BYTES, PUBLIC | PRIVATE, ANY, ANYTIME, KFM_EMPTY},
    {CKA_LOCAL, KFM_BOOL, KEYS, ANY, 0, KFM_COMPUTED},
    {CKA_KEY_GEN_MECHANISM, KFM_NUMBER, KEYS, ANY, 0, KFM_COMPUTED},
    {CKA_PUBLIC_KEY_INFO, KFM_BYTES, PUBLIC | PRIVATE, ANY, CREATE, KFM_COMPUTED},

    {CKA_VERIFY, KFM_BOOL, PUBLIC, ANY, ANYTIME, KFM_YES},
    {CKA_VERIFY_RECOVER, KFM_BOOL, PUBLIC, ANY, VAIN, KFM_NO},
    {CKA_ENCRYPT, KFM_BOOL, PUBLIC, RSA, ANYTIME, KFM_YES},
    {CKA_ENCRYPT, KFM_BOOL, PUBLIC, ANY, VAIN, KFM_NO},
    {CKA_WRAP, KFM_BOOL, PUBLIC, ANY, VAIN, KFM_NO},
    {CKA_DERIVE, KFM_BOOL, PUBLIC, ANY, VAIN, KFM_NO},
    {CKA_TRUSTED, KFM_BOOL, PUBLIC, ANY, CREATE | LATER | KFM_BY_SO, KFM_NO},

    {CKA_SIGN, KFM_BOOL, PRIVATE, ANY, ANYTIME, KFM_YES},
    {CKA_SIGN_RECOVER, KFM_BOOL, PRIVATE, ANY, VAIN, KFM_NO},
    {CKA_DECRYPT, KFM_BOOL, PRIVATE, RSA, ANYTIME, KFM_YES},
    {CKA_DECRYPT, KFM_BOOL, PRIVATE, ANY, VAIN, KFM_NO},
    {CKA_UNWRAP, KFM_BOOL, PRIVATE, ANY, VAIN, KFM_NO},
    {CKA_DERIVE, KFM_BOOL, PRIVATE, EC, ANYTIME, KFM_YES},
    {CKA_DERIVE, KFM_BOOL, PRIVATE, ANY, VAIN, KFM_NO},
    {CKA_SENSITIVE, KFM_BOOL, PRIVATE, ANY, ANYTIME | KFM_ONLY_UP, KFM_YES},
    {CKA_EXTRACTABLE, KFM_BOOL, PRIVATE, ANY, ANYTIME | KFM_ONLY_DOWN, KFM_NO},
    {CKA_ALWAYS_AUTHENTICATE, KFM_BOOL, PRIVATE, ANY, MADE, KFM_NO},
    {CKA_NSS_DB, KFM_BYTES, PRIVATE, ANY, CREATE | PASSED, KFM_ABSENT},

    /* A derived secret is there to be read, unless the template says otherwise. */
    {CKA_SENSITIVE, KFM_BOOL, SECRET, ANY, ANYTIME | KFM_ONLY_UP, KFM_NO},
    {CKA_EXTRACTABLE, KFM_BOOL, SECRET, ANY, ANYTIME | KFM_ONLY_DOWN, KFM_YES},
    {CKA_SIGN, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_VERIFY, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_ENCRYPT, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_DECRYPT, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_WRAP, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_UNWRAP, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_DERIVE, KFM_BOOL, SECRET, ANY, VAIN, KFM_NO},
    {CKA_VALUE_LEN, KFM_NUMBER, SECRET, ANY, GENERATE, KFM_COMPUTED},
    {CKA_VALUE, KFM_BYTES, SECRET, ANY, MUST | HELD, KFM_ABSENT},

    {CKA_ALWAYS_SENSITIVE, KFM_BOOL, PRIVATE | SECRET, ANY, 0, KFM_COMPUTED},
    {CKA_NEVER_EXTRACTABLE, KFM_BOOL, PRIVATE | SECRET, ANY, 0, KFM_COMPUTED},
    {CKA_WRAP_WITH_TRUSTED, KFM_BOOL, PRIVATE | SECRET, ANY, ANYTIME | KFM_ONLY_UP, KFM_NO},

    {CKA_MODULUS, KFM_BYTES, PUBLIC | PRIVATE, RSA, MUST, KFM_COMPUTED},
    {CKA_PUBLIC_EXPONENT, KFM_BYTES, PUBLIC, RSA, MUST | GENERATE, KFM_COMPUTED},
    {CKA_PUBLIC_EXPONENT, KFM_BYTES, PRIVATE, RSA, MUST, KFM_COMPUTED},
    {CKA_MODULUS_BITS, KFM_NUMBER, PUBLIC, RSA, MADE | KFM_NEED_GENERATE, KFM_COMPUTED},
    {CKA_PRIVATE_EXPONENT, KFM_BYTES, PRIVATE, RSA, MUST | HELD, KFM_ABSENT},
    {CKA_PRIME_1, KFM_BYTES, PRIVATE, RSA, CREATE | HELD, KFM_ABSENT},
    {CKA_PRIME_2, KFM_BYTES, PRIVATE, RSA, CREATE | HELD, KFM_ABSENT},
    {CKA_EXPONENT_1, KFM_BYTES, PRIVATE, RSA, CREATE | HELD, KFM_ABSENT},
    {CKA_EXPONENT_2, KFM_BYTES, PRIVATE, RSA, CREATE | HELD, KFM_ABSENT},
    {CKA_COEFFICIENT, KFM_BYTES, PRIVATE, RSA, CREATE | HELD, KFM_ABSENT},

    {CKA_EC_PARAMS, KFM_BYTES, PUBLIC, EC | ED, MUST | GENERATE | KFM_NEED_GENERATE, KFM_COMPUTED},
    {CKA_EC_PARAMS, KFM_BYTES, PRIVATE, EC | ED, MUST, KFM_COMPUTED},
    {CKA_EC_POINT, KFM_BYTES, PUBLIC, EC | ED, MUST, KFM_COMPUTED},
    /* Not an attribute of private keys, but some tools give it to let the token check. */
    {CKA_EC_POINT, KFM_BYTES, PRIVATE, EC | ED, CREATE | PASSED, KFM_ABSENT},
    {CKA_VALUE, KFM_BYTES, PRIVATE, EC | ED, MUST | HELD, KFM_ABSENT},
};

static unsigned class_bit(CK_OBJECT_CLASS object_class) {
    static const struct {
        CK_OBJECT_CLASS object_class;
        unsigned bit;
    } classes[] = {{CKO_DATA, DATA},
                   {CKO_CERTIFICATE, CERT},
                   {CKO_PUBLIC_KEY, PUBLIC},
                   {CKO_PRIVATE_KEY, PRIVATE},
                   {CKO_SECRET_KEY, SECRET}};
    for (size_t i = 0; i < KF_COUNT(classes); i++)
        if (classes[i].object_class == object_class)
            return classes[i].bit;
    return 0;
}

static unsigned key_bit(CK_KEY_TYPE type) {
    static const struct {
        CK_KEY_TYPE type;
        unsigned bit;
    } types[] = {{CKK_RSA, RSA},
                 {CKK_EC, EC},
                 {CKK_EC_EDWARDS, ED},
                 {CKK_GENERIC_SECRET, OTHER},
                 {CKK_AES, OTHER}};
    for (size_t i = 0; i < KF_COUNT(types); i++)
        if (types[i].type == type)
            return types[i].bit;
    return 0;
}

bool kfm_class_is_key(CK_OBJECT_CLASS object_class) {
    return class_bit(object_class) & KEYS;
}

CK_RV kfm_kind_check(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type) {
    unsigned bit = class_bit(object_class);
    if (!bit)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (bit & (PUBLIC | PRIVATE))
        return key_bit(key_type) & PAIRS ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
    if (bit & SECRET)
        return key_bit(key_type) & OTHER ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
    return CKR_OK;
}

/* What an object is, as bits. */
struct kind {
    unsigned classes, keys;
};

static struct kind kind_of(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type) {
    unsigned classes = class_bit(object_class);
    return (struct kind){classes, classes & KEYS ? key_bit(key_type) : ANY};
}

static bool fits(const struct kfm_rule *rule, struct kind kind) {
    return (rule->classes & kind.classes) && (rule->keys & kind.keys);
}

const struct kfm_rule *kfm_rule_next(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type,
                                     size_t *at) {
    struct kind kind = kind_of(object_class, key_type);
    while (*at < KF_COUNT(rules)) {
        const struct kfm_rule *rule = &rules[(*at)++];
        /* Rows that share a type and could both fit stand one behind the other. */
        bool is_second = rule > rules && rule[-1].type == rule->type && fits(rule - 1, kind);
        if (fits(rule, kind) && !is_second)
            return rule;
    }
    return NULL;
}

const struct kfm_rule *kfm_rule_find(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type,
                                     CK_ATTRIBUTE_TYPE type) {
    struct kind kind = kind_of(object_class, key_type);
    for (size_t i = 0; i < KF_COUNT(rules); i++)
        if (rules[i].type == type && fits(&rules[i], kind))
            return &rules[i];
    return NULL;
}

static bool is_date(const CK_BYTE *value, CK_ULONG len) {
    for (CK_ULONG i = 0; i < len; i++)
        if (!isdigit(value[i]))
            return false;
    return len == 0 || len == sizeof(CK_DATE);
}

static bool is_well_formed(enum kfm_kind kind, const CK_ATTRIBUTE *given) {
    if (given->ulValueLen > KFC_BODY_MAX || (!given->pValue && given->ulValueLen))
        return false;
    switch (kind) {
    case KFM_BOOL:
        return given->ulValueLen == sizeof(CK_BBOOL) && *(CK_BBOOL *)given->pValue <= CK_TRUE;
    case KFM_NUMBER:
        return given->ulValueLen == sizeof(CK_ULONG);
    case KFM_DATE:
        return is_date(given->pValue, given->ulValueLen);
    case KFM_BYTES:
        return true;
    }
    return false;
}

static bool is_allowed(const struct kfm_rule *rule, enum kfm_action action) {
    static const unsigned needed[] = {[KFM_CREATE] = KFM_AT_CREATE,
                                      [KFM_GENERATE] = KFM_AT_GENERATE,
                                      [KFM_COPY] = KFM_AT_COPY | KFM_LATER,
                                      [KFM_CHANGE] = KFM_LATER};
    return rule->how & needed[action];
}

static CK_RV check_needed(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type,
                          enum kfm_action action, const CK_ATTRIBUTE *attributes, CK_ULONG count) {
    unsigned needed = action == KFM_CREATE     ? KFM_NEED_CREATE
                      : action == KFM_GENERATE ? KFM_NEED_GENERATE
                                               : 0;
    size_t at = 0;
    for (const struct kfm_rule *rule; (rule = kfm_rule_next(object_class, key_type, &at));)
        if ((rule->how & needed) && !kfm_template_find(attributes, count, rule->type))
            return CKR_TEMPLATE_INCOMPLETE;
    return CKR_OK;
}

CK_RV kfm_policy_check(CK_OBJECT_CLASS object_class, CK_KEY_TYPE key_type, enum kfm_action action,
                       const CK_ATTRIBUTE *attributes, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; i++) {
        const struct kfm_rule *rule = kfm_rule_find(object_class, key_type, attributes[i].type);
        if (!rule)
            return CKR_ATTRIBUTE_TYPE_INVALID;
        if (!is_allowed(rule, action))
            return CKR_ATTRIBUTE_READ_ONLY;
        if (!is_well_formed(rule->kind, &attributes[i]))
            return CKR_ATTRIBUTE_VALUE_INVALID;
        if (kfm_template_find(attributes, i, attributes[i].type))
            return CKR_TEMPLATE_INCONSISTENT;
    }
    return check_needed(object_class, key_type, action, attributes, count);
}
