// SPDX-License-Identifier: Apache-2.0
// The answers of a CryptoPro UC 2.0 service about users: what is asked of new ones, how a
// registration stands, the registered names, the templates.
#include "ca/cryptopro/wire_parts.h"

#include <string.h>

#include "base/text.h"

/* --- what is asked of a new user --- */

void kf_cp_fields_clear(kf_cp_fields *fields) {
    json_decref(fields->json);
    fields->json = NULL;
    fields->count = 0;
}

static bool is_short_name(const char *name) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789.-";
    size_t len = name ? strlen(name) : 0;
    return len && len <= 40 && strspn(name, allowed) == len;
}

/* A default that one of the allowed values does not hold would never pass the form. */
static bool has_choice(const json_t *choices, const char *value) {
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        if (kf_str_equal(json_string_value(choice), value))
            return true;
    }
    return false;
}

static const char *only_choice(const json_t *choices) {
    return json_array_size(choices) == 1 ? json_string_value(json_array_get(choices, 0)) : NULL;
}

static bool has_text(const json_t *choices) {
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        if (json_string_length(choice))
            return true;
    }
    return false;
}

/* A closed list without values would let nothing pass, and so would a value that is set by the CA
 * but not given: both are then open to the person. */
static struct kf_cp_field field_of(const json_t *object) {
    const json_t *choices = json_object_get(object, "SettingsValues");
    json_int_t max = json_integer_value(json_object_get(object, "Length"));
    struct kf_cp_field field = {
        .oid = kf_cp_text_of(object, "Oid"),
        .name = kf_cp_text_of(object, "Name"),
        .title = kf_cp_text_of(object, "LocalizedName"),
        .value = kf_cp_text_of(object, "DefaultValue"),
        .choices = has_text(choices) ? choices : NULL,
        .max = max > 0 && max < 65536 ? (int)max : 0,
        .required = json_is_true(json_object_get(object, "ProhibitEmpty")),
        .read_only = json_is_true(json_object_get(object, "ProhibitChange")),
    };
    field.closed = field.choices && json_is_true(json_object_get(object, "ProhibitAnyValue"));
    if (!field.value && field.closed && (field.read_only || field.required))
        field.value = only_choice(field.choices);
    if (field.value && field.closed && !has_choice(field.choices, field.value))
        field.value = NULL;
    field.read_only = field.read_only && field.value;
    return field;
}

static bool name_is_taken(const kf_cp_fields *fields, const char *name) {
    static const char ours[] = "Email KeyPhrase Comment Description template";
    for (size_t i = 0; i < fields->count; i++) {
        if (kf_str_equal(fields->items[i].name, name))
            return true;
    }
    return kf_str_has_word(ours, name);
}

static bool has_oid(const kf_cp_fields *fields, const char *oid) {
    for (size_t i = 0; i < fields->count; i++) {
        if (kf_str_equal(fields->items[i].oid, oid))
            return true;
    }
    return false;
}

static void take_field(kf_cp_fields *fields, const json_t *object) {
    struct kf_cp_field field = field_of(object);
    if (!kf_cp_is_oid(field.oid) || has_oid(fields, field.oid))
        return;
    if (!field.title)
        field.title = field.name ? field.name : field.oid;
    if (!is_short_name(field.name) || name_is_taken(fields, field.name))
        field.name = field.oid;
    fields->items[fields->count++] = field;
}

kf_err kf_cp_read_fields(const void *data, size_t len, kf_cp_fields *ret_fields) {
    KF_AUTO(kf_cp_fields) fields = {0};
    KF_AUTO_PTR(json_t) list = NULL;
    const json_t *rdn = NULL;
    size_t i;
    json_t *object;
    KF_TRY(kf_cp_read_member(data, len, "RDN", &fields.json, &rdn));
    KF_TRY(kf_cp_as_array(rdn, KF_CP_FIELDS_MAX, &list));
    json_array_foreach(list, i, object) take_field(&fields, object);
    kf_cp_fields_clear(ret_fields);
    *ret_fields = fields;
    fields = (kf_cp_fields){0};
    return KF_OK;
}

/* --- the registration --- */

void kf_cp_registration_clear(kf_cp_registration *registration) {
    kf_json_wipe(registration->json);
    json_decref(registration->json);
    *registration = (kf_cp_registration){0};
}

kf_err kf_cp_read_registration(const void *data, size_t len, kf_cp_registration *ret_registration) {
    KF_AUTO(kf_cp_registration) registration = {0};
    const json_t *value = NULL;
    KF_TRY(kf_cp_read_member(data, len, "RegRequest", &registration.json, &value));
    const json_t *object = kf_cp_only_object(value);
    if (!json_is_object(object))
        return kf_cp_unreadable("registration");
    registration.id = kf_cp_text_of(object, "RegRequestId");
    registration.token = kf_cp_text_of(object, "Token");
    registration.password = kf_cp_text_of(object, "Password");
    registration.letter = kf_cp_letter(kf_cp_text_of(object, "Status"));
    kf_cp_registration_clear(ret_registration);
    *ret_registration = registration;
    registration = (kf_cp_registration){0};
    return KF_OK;
}

static kf_err take_names(json_t *names, const json_t *object) {
    const char *oid;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, oid, value) {
        const char *text = json_string_value(value);
        if (!kf_cp_is_oid(oid) || !text || !*text)
            continue;
        if (json_array_size(names) == KF_CP_FIELDS_MAX)
            return kf_cp_unreadable("profile: there are too many names in it");
        KF_TRY(kf_json_append(names, json_pack("{s:s, s:s}", "oid", oid, "value", text)));
    }
    return KF_OK;
}

kf_err kf_cp_read_profile(const void *data, size_t len, json_t **ret_names) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO_PTR(json_t) names = json_array();
    const json_t *profile = NULL;
    size_t i;
    json_t *object;
    KF_TRY(kf_json_ready(names));
    KF_TRY(kf_cp_read_member(data, len, "Profile", &json, &profile));
    KF_TRY(kf_cp_as_array(profile, KF_CP_LIST_MAX, &list));
    json_array_foreach(list, i, object) KF_TRY(take_names(names, object));
    *ret_names = KF_MOVE(names);
    return KF_OK;
}

/* --- templates --- */

void kf_cp_templates_clear(kf_cp_templates *templates) {
    json_decref(templates->json);
    free(templates->items);
    *templates = (kf_cp_templates){0};
}

static bool template_of(const json_t *object, struct kf_cp_template *ret_template) {
    const json_t *key_spec = json_object_get(object, "KeySpec");
    json_int_t number = json_integer_value(key_spec);
    struct kf_cp_template template = {
        .oid = kf_cp_text_of(object, "Oid"),
        .name = kf_cp_text_of(object, "Name"),
        .title = kf_cp_text_of(object, "LocalizedName"),
        .key_spec = json_is_integer(key_spec) && number >= 0 && number <= 2 ? (int)number : -1,
        .automatic = json_is_true(json_object_get(object, "AutoApproval")),
    };
    if (!kf_cp_is_oid(template.oid))
        return false;
    if (!template.name)
        template.name = template.oid;
    if (!template.title)
        template.title = template.name;
    *ret_template = template;
    return true;
}

kf_err kf_cp_read_templates(const void *data, size_t len, kf_cp_templates *ret_templates) {
    KF_AUTO(kf_cp_templates) templates = {0};
    KF_AUTO_PTR(json_t) list = NULL;
    const json_t *member = NULL;
    size_t i;
    json_t *object;
    KF_TRY(kf_cp_read_member(data, len, "Template", &templates.json, &member));
    KF_TRY(kf_cp_as_array(member, KF_CP_TEMPLATES_MAX, &list));
    templates.items = calloc(json_array_size(list) + 1, sizeof *templates.items);
    if (!templates.items)
        return kf_fail(KF_E_MEMORY, "out of memory");
    json_array_foreach(list, i, object) templates.count +=
        template_of(object, &templates.items[templates.count]);
    kf_cp_templates_clear(ret_templates);
    *ret_templates = templates;
    templates = (kf_cp_templates){0};
    return KF_OK;
}
