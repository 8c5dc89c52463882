// SPDX-License-Identifier: Apache-2.0
// A profile as a document, keyfob.profile/1.
#include "x509/json.h"
#include "x509/profile_rules.h"
#include "x509/usage.h"

static kf_err set_keys(const kf_profile *profile, json_t *object) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < profile->key_count; i++)
        KF_TRY(kf_json_append(list, json_string(kf_key_type_name(profile->keys[i]))));
    return kf_json_set(object, "keys", KF_MOVE(list));
}

static kf_err set_usage(json_t *object, const char *key, uint32_t usage) {
    KF_AUTO_PTR(json_t) list = json_array();
    uint32_t bit = 0;
    for (size_t i = 0; kf_key_usage_at(i, &bit); i++)
        if (usage & bit)
            KF_TRY(kf_json_append(list, json_string(kf_key_usage_at(i, &bit))));
    return kf_json_set(object, key, KF_MOVE(list));
}

static kf_err set_extended(const kf_profile *profile, json_t *object) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < profile->extended_count; i++) {
        ASN1_OBJECT *oid = NULL;
        KF_TRY(kf_oid_parse(profile->extended[i], &oid));
        const char *name = kf_extended_usage_name(oid);
        ASN1_OBJECT_free(oid);
        KF_TRY(kf_json_append(list,
                              json_pack("{s:s, s:s?}", "oid", profile->extended[i], "name", name)));
    }
    KF_TRY(kf_json_set(object, "extended_critical", json_boolean(profile->extended_critical)));
    return kf_json_set(object, "extended_key_usage", KF_MOVE(list));
}

static kf_err set_names(const kf_profile *profile, json_t *object) {
    KF_AUTO_PTR(json_t) names = json_object();
    for (size_t i = 0; i < KF_SAN_KINDS; i++)
        KF_TRY(kf_json_set(names, kf_san_word((enum kf_san_kind)i),
                           json_string(kf_rule_words[profile->names[i]])));
    return kf_json_set(object, "names", KF_MOVE(names));
}

static kf_err set_subject(const kf_profile *profile, json_t *object) {
    KF_AUTO_PTR(json_t) rules = json_array();
    KF_AUTO_PTR(json_t) allowed = json_array();
    for (size_t i = 0; i < profile->subject_count; i++) {
        const struct kf_subject_rule *rule = &profile->subject[i];
        KF_TRY(kf_json_append(rules,
                              json_pack("{s:s, s:s, s:s}", "name", rule->attribute->name, "oid",
                                        rule->attribute->oid, "rule", kf_rule_words[rule->rule])));
    }
    for (size_t i = 0; i < profile->allowed_count; i++)
        KF_TRY(kf_json_append(allowed, json_string(profile->allowed[i]->name)));
    KF_TRY(kf_json_set(object, "subject", KF_MOVE(rules)));
    return kf_json_set(object, "subject_allowed", KF_MOVE(allowed));
}

static kf_err set_template(const kf_profile *profile, json_t *object) {
    KF_TRY(kf_json_set(
        object, "template",
        json_pack("{s:s?, s:s?}", "name", profile->template_name, "oid", profile->template_oid)));
    KF_AUTO_PTR(json_t) send = json_object();
    for (size_t i = 0; i < profile->send_count; i++)
        KF_TRY(kf_json_set(send, profile->send[i].connector,
                           json_string(profile->send[i].minimal ? "minimal" : "full")));
    return kf_json_set(object, "send", KF_MOVE(send));
}

kf_err kf_profile_json(const kf_profile *profile, json_t **ret_json) {
    KF_AUTO_PTR(json_t)
    object = json_pack("{s:s, s:s, s:s, s:I, s:s, s:b, s:s}", "schema", "keyfob.profile/1", "name",
                       profile->name, "title", profile->title, "validity_days",
                       (json_int_t)profile->validity_days, "pin", kf_pin_rule_words[profile->pin],
                       "ca", (int)profile->ca, "hash", profile->hash);
    KF_TRY(kf_json_ready(object));
    if (profile->path_length >= 0)
        KF_TRY(kf_json_set(object, "path_length", json_integer(profile->path_length)));
    KF_TRY(set_keys(profile, object));
    KF_TRY(set_usage(object, "key_usage", profile->usage));
    KF_TRY(set_usage(object, "key_usage_rsa", profile->usage_rsa));
    KF_TRY(set_usage(object, "key_usage_ec", profile->usage_ec));
    KF_TRY(set_extended(profile, object));
    KF_TRY(set_names(profile, object));
    KF_TRY(set_subject(profile, object));
    KF_TRY(set_template(profile, object));
    *ret_json = KF_MOVE(object);
    return KF_OK;
}
