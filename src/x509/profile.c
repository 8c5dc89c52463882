// SPDX-License-Identifier: Apache-2.0
// Request profiles: what a parsed one says.
#include "x509/profile.h"

#include <string.h>

#include "base/text.h"
#include "x509/profile_rules.h"

const char *const kf_rule_words[3] = {"optional", "required", "no"};
const char *const kf_pin_rule_words[3] = {"once", "always", "never"};

void kf_profile_free(kf_profile *profile) {
    if (!profile)
        return;
    free(profile->title);
    free(profile->text);
    free(profile->template_name);
    free(profile->template_oid);
    free(profile);
}

kf_err kf_profile_name_check(const char *name) {
    size_t len = strlen(name);
    if (len < 1 || len > KF_PROFILE_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        return kf_fail(KF_E_USAGE,
                       "\"%s\" cannot be a profile's name, which has a-z, 0-9 and \"-\" only",
                       name);
    return KF_OK;
}

const char *kf_profile_name(const kf_profile *profile) {
    return profile->name;
}

const char *kf_profile_title(const kf_profile *profile) {
    return profile->title;
}

const char *kf_profile_text(const kf_profile *profile) {
    return profile->text;
}

const char *kf_profile_hash(const kf_profile *profile) {
    return profile->hash;
}

size_t kf_profile_key_count(const kf_profile *profile) {
    return profile->key_count;
}

enum kf_key_type kf_profile_key_at(const kf_profile *profile, size_t index) {
    return index < profile->key_count ? profile->keys[index] : KF_KEY_NONE;
}

static bool is_rsa(enum kf_key_type type) {
    return type == KF_KEY_RSA_2048 || type == KF_KEY_RSA_3072 || type == KF_KEY_RSA_4096;
}

static bool is_ec(enum kf_key_type type) {
    return type == KF_KEY_P256 || type == KF_KEY_P384 || type == KF_KEY_P521;
}

uint32_t kf_profile_key_usage(const kf_profile *profile, enum kf_key_type type) {
    return profile->usage | (is_rsa(type) ? profile->usage_rsa : 0) |
           (is_ec(type) ? profile->usage_ec : 0);
}

/* Every key signs: its request carries a proof of possession (RFC 2986 4.2), also that of a key for
 * decrypting. */
unsigned kf_profile_use(const kf_profile *profile, enum kf_key_type type) {
    uint32_t usage = kf_profile_key_usage(profile, type);
    unsigned use = KF_USE_SIGN;
    if (is_rsa(type) && usage & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT))
        use |= KF_USE_DECRYPT;
    if (is_ec(type) && usage & KU_KEY_AGREEMENT)
        use |= KF_USE_DERIVE;
    return use;
}

bool kf_profile_always_pin(const kf_profile *profile) {
    return profile->pin == KF_PIN_ALWAYS;
}

int64_t kf_profile_validity_days(const kf_profile *profile) {
    return profile->validity_days;
}

bool kf_profile_is_ca(const kf_profile *profile) {
    return profile->ca;
}

bool kf_profile_allows_san(const kf_profile *profile, enum kf_san_kind kind) {
    return !profile || ((size_t)kind < KF_SAN_KINDS && profile->names[kind] != KF_RULE_NO);
}

bool kf_profile_sends_minimal(const kf_profile *profile, const char *connector) {
    bool minimal = false;
    for (size_t i = 0; i < profile->send_count; i++) {
        if (kf_str_equal(profile->send[i].connector, connector))
            return profile->send[i].minimal;
        if (kf_str_equal(profile->send[i].connector, "default"))
            minimal = profile->send[i].minimal;
    }
    return minimal;
}

const char *kf_profile_template_name(const kf_profile *profile) {
    return profile->template_name;
}

const char *kf_profile_template_oid(const kf_profile *profile) {
    return profile->template_oid;
}

bool kf_profile_has_extended(const kf_profile *profile, const char *oid) {
    for (size_t i = 0; i < profile->extended_count; i++)
        if (strcmp(profile->extended[i], oid) == 0)
            return true;
    return false;
}
