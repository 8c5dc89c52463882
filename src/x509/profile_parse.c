// SPDX-License-Identifier: Apache-2.0
// Request profiles from their files. Unknown sections, keys and words are errors: a rule that is
// misspelt must not be silently absent.
#include <openssl/evp.h>
#include <string.h>

#include "base/ini.h"
#include "base/text.h"
#include "x509/extension.h"
#include "x509/profile_reader.h"

#define VALIDITY_DAYS_MAX 36500

kf_err kf_profile_bad(const struct kf_profile_reader *reader, const char *word, const char *why) {
    return kf_fail(KF_E_PROFILE, "%s:%d: \"%s\" %s", reader->file, reader->entry->line, word, why);
}

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a profile");
}

/* Calls `take` for each word of the value. */
kf_err kf_profile_each_word(const struct kf_profile_reader *reader,
                            kf_err (*take)(const struct kf_profile_reader *, const char *)) {
    KF_AUTO_FREE char *copy = strdup(reader->entry->value);
    char *rest = NULL;
    if (!copy)
        return no_memory();
    for (char *word = strtok_r(copy, " ,\t", &rest); word; word = strtok_r(NULL, " ,\t", &rest))
        KF_TRY(take(reader, word));
    return KF_OK;
}

static kf_err read_word(const struct kf_profile_reader *reader, const char *const words[],
                        size_t count, unsigned *ret_index) {
    for (size_t i = 0; i < count; i++)
        if (kf_str_equal(words[i], reader->entry->value)) {
            *ret_index = (unsigned)i;
            return KF_OK;
        }
    KF_AUTO(kf_buf) list = {0};
    for (size_t i = 0; i < count; i++)
        KF_TRY(kf_buf_printf(&list, "%s%s", i ? ", " : "is not one of ", words[i]));
    return kf_profile_bad(reader, reader->entry->value, kf_buf_str(&list));
}

kf_err kf_profile_read_bool(const struct kf_profile_reader *reader, bool *ret_value) {
    static const char *const words[] = {"no", "yes"};
    unsigned index = 0;
    KF_TRY(read_word(reader, words, KF_COUNT(words), &index));
    *ret_value = index == 1;
    return KF_OK;
}

static kf_err read_text(const struct kf_profile_reader *reader, char **text) {
    const char *value = reader->entry->value;
    if (!*value)
        return KF_OK;
    char *copy = strdup(value);
    if (!copy)
        return no_memory();
    free(*text);
    *text = copy;
    return KF_OK;
}

static kf_err set_name(const struct kf_profile_reader *reader) {
    if (!kf_str_equal(reader->entry->value, reader->profile->name))
        return kf_profile_bad(reader, reader->entry->value, "is not the name of the file");
    return KF_OK;
}

static kf_err set_title(const struct kf_profile_reader *reader) {
    return read_text(reader, &reader->profile->title);
}

static kf_err add_key(const struct kf_profile_reader *reader, const char *word) {
    kf_profile *profile = reader->profile;
    if (profile->key_count == KF_PROFILE_KEYS_MAX)
        return kf_profile_bad(reader, word, "is one key type too many");
    enum kf_key_type type = KF_KEY_NONE;
    if (kf_key_type_parse(word, &type) != KF_OK)
        return kf_fail_in(KF_E_PROFILE, "%s:%d", reader->file, reader->entry->line);
    profile->keys[profile->key_count++] = type;
    return KF_OK;
}

static kf_err set_keys(const struct kf_profile_reader *reader) {
    reader->profile->key_count = 0;
    return kf_profile_each_word(reader, add_key);
}

static kf_err read_number(const struct kf_profile_reader *reader, int64_t min, int64_t max,
                          int64_t *ret_number) {
    if (kf_parse_number(reader->entry->value, reader->entry->key, min, max, ret_number) != KF_OK)
        return kf_fail_in(KF_E_PROFILE, "%s:%d", reader->file, reader->entry->line);
    return KF_OK;
}

static kf_err set_validity(const struct kf_profile_reader *reader) {
    return read_number(reader, 1, VALIDITY_DAYS_MAX, &reader->profile->validity_days);
}

static kf_err set_pin(const struct kf_profile_reader *reader) {
    unsigned index = 0;
    KF_TRY(read_word(reader, kf_pin_rule_words, KF_COUNT(kf_pin_rule_words), &index));
    reader->profile->pin = (enum kf_pin_rule)index;
    return KF_OK;
}

static kf_err set_ca(const struct kf_profile_reader *reader) {
    return kf_profile_read_bool(reader, &reader->profile->ca);
}

static kf_err set_path_length(const struct kf_profile_reader *reader) {
    return read_number(reader, 0, 16, &reader->profile->path_length);
}

static kf_err read_rule(const struct kf_profile_reader *reader, enum kf_rule *ret_rule) {
    unsigned index = 0;
    KF_TRY(read_word(reader, kf_rule_words, KF_COUNT(kf_rule_words), &index));
    *ret_rule = (enum kf_rule)index;
    return KF_OK;
}

static kf_err set_san(const struct kf_profile_reader *reader) {
    enum kf_san_kind kind = KF_SAN_OTHER;
    const char *key = reader->entry->key;
    if (kf_san_kind_parse(key, strlen(key), &kind) != KF_OK)
        return kf_profile_bad(reader, key, "is not a kind of alternative name");
    return read_rule(reader, &reader->profile->names[kind]);
}

static kf_err set_subject(const struct kf_profile_reader *reader) {
    kf_profile *profile = reader->profile;
    const struct kf_attribute *attribute = kf_attribute_find(reader->entry->key);
    if (!attribute)
        return kf_profile_bad(reader, reader->entry->key, "is not an attribute of a subject");
    if (profile->subject_count == KF_PROFILE_SUBJECT_MAX)
        return kf_profile_bad(reader, reader->entry->key, "is one rule too many");
    struct kf_subject_rule *rule = &profile->subject[profile->subject_count];
    KF_TRY(read_rule(reader, &rule->rule));
    rule->attribute = attribute;
    profile->subject_count++;
    return KF_OK;
}

static kf_err add_allowed(const struct kf_profile_reader *reader, const char *word) {
    kf_profile *profile = reader->profile;
    const struct kf_attribute *attribute = kf_attribute_find(word);
    if (!attribute)
        return kf_profile_bad(reader, word, "is not an attribute of a subject");
    if (profile->allowed_count == KF_PROFILE_SUBJECT_MAX)
        return kf_profile_bad(reader, word, "is one attribute too many");
    profile->allowed[profile->allowed_count++] = attribute;
    return KF_OK;
}

static kf_err set_allowed(const struct kf_profile_reader *reader) {
    return kf_profile_each_word(reader, add_allowed);
}

static kf_err set_template_name(const struct kf_profile_reader *reader) {
    return read_text(reader, &reader->profile->template_name);
}

static kf_err set_template_oid(const struct kf_profile_reader *reader) {
    return read_text(reader, &reader->profile->template_oid);
}

static kf_err set_send(const struct kf_profile_reader *reader) {
    static const char *const words[] = {"full", "minimal"};
    kf_profile *profile = reader->profile;
    const char *key = reader->entry->key;
    unsigned index = 0;
    KF_TRY(read_word(reader, words, KF_COUNT(words), &index));
    if (profile->send_count == KF_PROFILE_SEND_MAX ||
        strlen(key) >= sizeof profile->send[0].connector)
        return kf_profile_bad(reader, key, "is too long, or one connector too many");
    struct kf_send_rule *rule = &profile->send[profile->send_count++];
    snprintf(rule->connector, sizeof rule->connector, "%s", key);
    rule->minimal = index == 1;
    return KF_OK;
}

/* NULL as the key: any other key of the section. */
static const struct {
    const char *section, *key;
    kf_err (*set)(const struct kf_profile_reader *reader);
} settings[] = {
    {"profile", "name", set_name},
    {"profile", "title", set_title},
    {"profile", "keys", set_keys},
    {"profile", "validity_days", set_validity},
    {"profile", "pin", set_pin},
    {"profile", "ca", set_ca},
    {"profile", "path_length", set_path_length},
    {"usage", "key_usage", kf_profile_set_usage},
    {"usage", "key_usage_rsa", kf_profile_set_usage},
    {"usage", "key_usage_ec", kf_profile_set_usage},
    {"usage", "extended", kf_profile_set_extended},
    {"usage", "extended_critical", kf_profile_set_extended_critical},
    {"names", NULL, set_san},
    {"subject", "allowed", set_allowed},
    {"subject", NULL, set_subject},
    {"template", "name", set_template_name},
    {"template", "oid", set_template_oid},
    {"send", NULL, set_send},
};

static kf_err set(const struct kf_profile_reader *reader) {
    for (size_t i = 0; i < KF_COUNT(settings); i++)
        if (kf_str_equal(settings[i].section, reader->entry->section) &&
            (!settings[i].key || kf_str_equal(settings[i].key, reader->entry->key)))
            return settings[i].set(reader);
    return kf_fail(KF_E_PROFILE, "%s:%d: there is no \"%s\" in [%s]", reader->file,
                   reader->entry->line, reader->entry->key, reader->entry->section);
}

static kf_err check_template(const kf_profile *profile, const char *file) {
    KF_AUTO_PTR(X509_EXTENSION) v1 = NULL;
    KF_AUTO_PTR(X509_EXTENSION) v2 = NULL;
    if ((profile->template_name && kf_template_v1(profile->template_name, &v1) != KF_OK) ||
        (profile->template_oid && kf_template_v2(profile->template_oid, &v2) != KF_OK))
        return kf_fail_in(KF_E_PROFILE, "%s", file);
    return KF_OK;
}

static kf_err check_whole(const kf_profile *profile, const char *file) {
    if (profile->key_count == 0)
        return kf_fail(KF_E_PROFILE, "%s: [profile] has no \"keys\"", file);
    for (size_t i = 0; i < profile->key_count; i++)
        if (!kf_profile_key_usage(profile, profile->keys[i]) &&
            (profile->usage_rsa || profile->usage_ec))
            return kf_fail(KF_E_PROFILE, "%s: there is no key usage for %s", file,
                           kf_key_type_name(profile->keys[i]));
    bool signs_certs = profile->usage & KU_KEY_CERT_SIGN;
    if (profile->ca != signs_certs)
        return kf_fail(KF_E_PROFILE, "%s: \"ca = yes\" and the key usage keyCertSign go together",
                       file);
    if (profile->path_length >= 0 && !profile->ca)
        return kf_fail(KF_E_PROFILE, "%s: \"path_length\" is for a CA", file);
    return check_template(profile, file);
}

static kf_err hash_text(kf_profile *profile, const char *text, size_t len) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    KF_AUTO(kf_buf) hex = {0};
    if (!EVP_Digest(text, len, digest, &size, EVP_sha256(), NULL))
        return kf_fail_openssl(KF_E_CRYPTO, "hashing a profile");
    KF_TRY(kf_hex(&hex, digest, size, '\0'));
    snprintf(profile->hash, sizeof profile->hash, "%s", kf_buf_str(&hex));
    return KF_OK;
}

static kf_err start(const char *text, size_t len, const char *name, kf_profile **ret_profile) {
    KF_TRY(kf_profile_name_check(name));
    KF_AUTO_PTR(kf_profile) profile = calloc(1, sizeof *profile);
    if (!profile || !(profile->title = strdup(name)) || !(profile->text = strndup(text, len)))
        return no_memory();
    snprintf(profile->name, sizeof profile->name, "%s", name);
    profile->validity_days = 365;
    profile->path_length = -1;
    profile->names[KF_SAN_SID] = KF_RULE_NO; /* whoever chooses a SID chooses an account */
    KF_TRY(hash_text(profile, text, len));
    *ret_profile = KF_MOVE(profile);
    return KF_OK;
}

kf_err kf_profile_parse(const char *text, size_t len, const char *name, kf_profile **ret_profile) {
    char file[KF_PROFILE_NAME_MAX + 8];
    snprintf(file, sizeof file, "%s.conf", name);
    KF_AUTO_PTR(kf_ini) ini = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_TRY(kf_ini_parse(text, len, file, KF_E_PROFILE, &ini));
    KF_TRY(start(text, len, name, &profile));
    for (size_t i = 0; i < kf_ini_count(ini); i++) {
        struct kf_profile_reader reader = {
            .profile = profile, .file = file, .entry = kf_ini_at(ini, i)};
        KF_TRY(set(&reader));
    }
    KF_TRY(check_whole(profile, file));
    *ret_profile = KF_MOVE(profile);
    return KF_OK;
}
