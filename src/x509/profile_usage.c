// SPDX-License-Identifier: Apache-2.0
// The section [usage] of a profile: words for key usages and extended key usages.
#include "base/text.h"
#include "x509/profile_reader.h"
#include "x509/usage.h"

static uint32_t usage_bit(const char *word) {
    uint32_t bit = 0;
    for (size_t i = 0; kf_key_usage_at(i, &bit); i++)
        if (kf_str_equal(kf_key_usage_at(i, &bit), word))
            return bit;
    return kf_str_equal(word, "contentCommitment") ? KU_NON_REPUDIATION
                                                   : 0; /* X.509's newer name */
}

static kf_err add_usage(const struct kf_profile_reader *reader, const char *word) {
    kf_profile *profile = reader->profile;
    const char *key = reader->entry->key;
    uint32_t bit = usage_bit(word);
    if (!bit)
        return kf_profile_bad(reader, word, "is not a key usage (RFC 5280 4.2.1.3)");
    *(kf_str_equal(key, "key_usage_rsa")  ? &profile->usage_rsa
      : kf_str_equal(key, "key_usage_ec") ? &profile->usage_ec
                                          : &profile->usage) |= bit;
    return KF_OK;
}

kf_err kf_profile_set_usage(const struct kf_profile_reader *reader) {
    return kf_profile_each_word(reader, add_usage);
}

/* Words for the usual extended key usages; any other is written as an OID. */
static const struct {
    const char *word, *oid;
} extended_words[] = {
    {"serverAuth", "1.3.6.1.5.5.7.3.1"},
    {"clientAuth", "1.3.6.1.5.5.7.3.2"},
    {"codeSigning", "1.3.6.1.5.5.7.3.3"},
    {"emailProtection", "1.3.6.1.5.5.7.3.4"},
    {"timeStamping", "1.3.6.1.5.5.7.3.8"},
    {"eapOverLAN", "1.3.6.1.5.5.7.3.14"},
    {"ipsecIKE", "1.3.6.1.5.5.7.3.17"},
    {"secureShellClient", "1.3.6.1.5.5.7.3.21"},
    {"cmcRA", "1.3.6.1.5.5.7.3.28"},
    {"documentSigning", "1.3.6.1.5.5.7.3.36"},
    {"smartcardLogon", "1.3.6.1.4.1.311.20.2.2"},
    {"enrollmentAgent", "1.3.6.1.4.1.311.20.2.1"},
    {"msDocumentSigning", "1.3.6.1.4.1.311.10.3.12"},
    {"msEFS", "1.3.6.1.4.1.311.10.3.4"},
    {"adobeDocumentSigning", "1.2.840.113583.1.1.5"},
    {"pkinitClient", "1.3.6.1.5.2.3.4"},
    {"pivCardAuth", "2.16.840.1.101.3.6.8"},
};

static kf_err add_extended(const struct kf_profile_reader *reader, const char *word) {
    kf_profile *profile = reader->profile;
    const char *oid = word;
    for (size_t i = 0; i < KF_COUNT(extended_words); i++)
        if (kf_str_equal(extended_words[i].word, word))
            oid = extended_words[i].oid;
    ASN1_OBJECT *object = NULL;
    if (kf_oid_parse(oid, &object) != KF_OK)
        return kf_profile_bad(reader, word, "is neither a known extended key usage nor an OID");
    ASN1_OBJECT_free(object);
    if (kf_profile_has_extended(profile, oid))
        return KF_OK;
    if (profile->extended_count == KF_PROFILE_EXTENDED_MAX)
        return kf_profile_bad(reader, word, "is one extended key usage too many");
    snprintf(profile->extended[profile->extended_count++], KF_OID_TEXT_MAX, "%s", oid);
    return KF_OK;
}

kf_err kf_profile_set_extended(const struct kf_profile_reader *reader) {
    return kf_profile_each_word(reader, add_extended);
}

kf_err kf_profile_set_extended_critical(const struct kf_profile_reader *reader) {
    return kf_profile_read_bool(reader, &reader->profile->extended_critical);
}
