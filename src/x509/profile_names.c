// SPDX-License-Identifier: Apache-2.0
// Does a subject with its alternative names keep to the profile's rules?
#include "base/text.h"
#include "x509/profile_rules.h"

static size_t count_attribute(const X509_NAME *subject, const struct kf_attribute *attribute) {
    size_t found = 0;
    for (int i = 0; i < X509_NAME_entry_count(subject); i++)
        found += kf_attribute_of(X509_NAME_ENTRY_get_object(X509_NAME_get_entry(subject, i))) ==
                 attribute;
    return found;
}

static kf_err check_rule(const kf_profile *profile, const struct kf_subject_rule *rule,
                         const X509_NAME *subject) {
    size_t found = count_attribute(subject, rule->attribute);
    if (rule->rule == KF_RULE_REQUIRED && found == 0)
        return kf_fail(KF_E_USAGE, "the profile \"%s\" needs %s in the subject", profile->name,
                       rule->attribute->name);
    if (rule->rule == KF_RULE_NO && found > 0)
        return kf_fail(KF_E_POLICY, "the profile \"%s\" allows no %s in the subject", profile->name,
                       rule->attribute->name);
    return KF_OK;
}

/* What a rule names is allowed, and what "allowed" lists. */
static bool is_allowed(const kf_profile *profile, const struct kf_attribute *attribute) {
    for (size_t i = 0; attribute && i < profile->allowed_count; i++)
        if (profile->allowed[i] == attribute)
            return true;
    for (size_t i = 0; attribute && i < profile->subject_count; i++)
        if (profile->subject[i].attribute == attribute)
            return true;
    return profile->allowed_count == 0;
}

static kf_err check_subject(const kf_profile *profile, const X509_NAME *subject) {
    for (size_t i = 0; i < profile->subject_count; i++)
        KF_TRY(check_rule(profile, &profile->subject[i], subject));
    for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
        const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(X509_NAME_get_entry(subject, i));
        const struct kf_attribute *attribute = kf_attribute_of(object);
        char oid[KF_OID_TEXT_MAX];
        kf_oid_text(object, oid);
        if (!is_allowed(profile, attribute))
            return kf_fail(KF_E_POLICY, "the profile \"%s\" allows no %s in the subject",
                           profile->name, attribute ? attribute->name : oid);
    }
    return KF_OK;
}

static kf_err check_kind(const kf_profile *profile, enum kf_san_kind kind, size_t found) {
    if (profile->names[kind] == KF_RULE_REQUIRED && found == 0) {
        kf_fail(KF_E_USAGE, "the profile \"%s\" needs a name of the kind \"%s\"", profile->name,
                kf_san_word(kind));
        kf_error_hint("Add one with --san %s:VALUE (%s).", kf_san_word(kind), kf_san_title(kind));
        return KF_E_USAGE;
    }
    if (profile->names[kind] == KF_RULE_NO && found > 0)
        return kf_fail(KF_E_POLICY, "the profile \"%s\" allows no name of the kind \"%s\"",
                       profile->name, kf_san_word(kind));
    return KF_OK;
}

/* A name counts as what it is, however it was written: a rule on "upn" is not passed by as
 * "other:1.3.6.1.4.1.311.20.2.3;...". */
static enum kf_san_kind kind_of(const struct kf_san *san) {
    static const struct {
        const char *start;
        enum kf_san_kind kind;
    } others[] = {{KF_OID_UPN ";", KF_SAN_UPN},
                  {KF_OID_KERBEROS ";", KF_SAN_KERBEROS},
                  {KF_OID_SMTP_UTF8 ";", KF_SAN_EMAIL},
                  {KF_OID_SID_NAME ";", KF_SAN_SID}};
    for (size_t i = 0; san->kind == KF_SAN_OTHER && i < KF_COUNT(others); i++)
        if (kf_str_starts(san->value, others[i].start))
            return others[i].kind;
    return san->kind;
}

kf_err kf_profile_check_names(const kf_profile *profile, const X509_NAME *subject,
                              const struct kf_san *sans, size_t count) {
    KF_TRY(check_subject(profile, subject));
    size_t found[KF_SAN_KINDS] = {0};
    for (size_t i = 0; i < count; i++) {
        found[kind_of(&sans[i])]++;
        found[KF_SAN_SID] += sans[i].kind == KF_SAN_URI && kf_uri_sid(sans[i].value);
    }
    for (size_t kind = 0; kind < KF_SAN_KINDS; kind++)
        KF_TRY(check_kind(profile, (enum kf_san_kind)kind, found[kind]));
    return KF_OK;
}
