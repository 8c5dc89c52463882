// SPDX-License-Identifier: Apache-2.0
// The fields of a CryptoPro UC 2.0 service as keyfob.form/1: for a registration, and for an order,
// which is filled from the registration.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include <keyfob/form.h>

#include "base/text.h"
#include "x509/attribute.h"

static const struct {
    const char *oid, *check;
} checks[] = {
    {"2.5.4.6", "country"},      {"1.2.840.113549.1.9.1", "email"}, {"1.2.643.3.131.1.1", "inn"},
    {"1.2.643.100.4", "inn"},    {"1.2.643.100.3", "snils"},        {"1.2.643.100.1", "ogrn"},
    {"1.2.643.100.5", "ogrnip"},
};

static const char *check_of(const char *oid) {
    for (size_t i = 0; i < KF_COUNT(checks); i++) {
        if (kf_str_equal(checks[i].oid, oid))
            return checks[i].check;
    }
    return NULL;
}

kf_err kf_cp_fields_fetch(kf_cp *cp, kf_cp_fields *ret_fields) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(kf_cp_get_open(cp, kf_str("%s/userattr", cp->address.base), &http));
    if (http.status == 404)
        return kf_fail(KF_E_NOT_FOUND, "there is no folder of a user portal at \"%s%s\"",
                       cp->address.origin, cp->address.base);
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the fields of a registration");
    return kf_cp_read_fields(http.body.data, http.body.len, ret_fields);
}

/* --- one field --- */

static kf_err set_choices(json_t *json, const struct kf_cp_field *field) {
    KF_AUTO_PTR(json_t) choices = json_array();
    size_t i;
    json_t *choice;
    KF_TRY(kf_json_ready(choices));
    json_array_foreach(field->choices, i, choice) {
        if (json_string_length(choice))
            KF_TRY(
                kf_json_append(choices, json_pack("{s:O, s:O}", "value", choice, "title", choice)));
    }
    KF_TRY(kf_json_set(json, "choices", KF_MOVE(choices)));
    return kf_json_set(json, "closed", json_boolean(field->closed));
}

static size_t characters(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* `value` is what is prefilled, or NULL; `name` is unique in the form. */
static kf_err field_json(const struct kf_cp_field *field, const char *name, const char *value,
                         json_t **ret_json) {
    const char *check = check_of(field->oid);
    KF_AUTO_PTR(json_t)
    json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "name", name, "title", field->title,
                     "kind", field->choices ? "choice" : "text", "oid", field->oid, "required",
                     field->required, "read_only", field->read_only, "group", "Owner details");
    KF_TRY(kf_json_ready(json));
    if (value)
        KF_TRY(kf_json_set(json, "value", json_string(value)));
    if (field->max)
        KF_TRY(kf_json_set(json, "max", json_integer(field->max)));
    if (check)
        KF_TRY(kf_json_set(json, "check", json_string(check)));
    if (field->choices)
        KF_TRY(set_choices(json, field));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

/* --- registration --- */

/* What goes along with the names. */
static const struct kf_ca_field about_the_account[] = {
    {.name = "Email",
     .title = "E-mail for messages of the CA",
     .check = "email",
     .group = "Account",
     .max = 255},
    {.name = "KeyPhrase",
     .title = "Key phrase",
     .help = "something that only you know, for calls to the CA",
     .kind = "secret",
     .group = "Account",
     .max = 1024},
    {.name = "Comment", .title = "Comment for the operator", .group = "Account", .max = 1024},
    {.name = "Description", .title = "Description", .group = "Account", .max = 1024},
};

kf_err kf_cp_register_form(const kf_cp_fields *fields, json_t **ret_form) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_TRY(kf_form_new("Register as a new user", about_the_account, KF_COUNT(about_the_account),
                       &form));
    json_t *list = json_object_get(form, "fields");
    for (size_t i = 0; i < fields->count; i++) {
        const struct kf_cp_field *field = &fields->items[i];
        json_t *json = NULL;
        KF_TRY(field_json(field, field->name, field->value, &json));
        if (json_array_insert_new(list, i, json) != 0)
            return kf_fail(KF_E_MEMORY, "out of memory");
    }
    *ret_form = KF_MOVE(form);
    return KF_OK;
}

static kf_err register_form(kf_cp *cp, json_t **ret_form) {
    KF_AUTO(kf_cp_fields) fields = {0};
    KF_TRY(kf_cp_fields_fetch(cp, &fields));
    return kf_cp_register_form(&fields, ret_form);
}

/* --- order --- */

/* Is the chosen one of the allowed? */
static bool allows(const struct kf_cp_field *field, const char *value) {
    size_t i;
    json_t *choice;
    json_array_foreach(field->choices, i, choice) {
        if (kf_str_equal(json_string_value(choice), value))
            return true;
    }
    return !field->closed;
}

/* A name that the CA has on record: what it took once is not refused here, whatever its rules for
 * new users are now. */
static kf_err registered_field(const struct kf_cp_field *field, const char *name, const char *value,
                               json_t *list) {
    struct kf_cp_field taken = *field;
    const char *check = check_of(field->oid);
    json_t *json = NULL;
    if (taken.max && characters(value) > (size_t)taken.max)
        taken.max = 0;
    taken.closed = taken.closed && allows(field, value);
    KF_TRY(field_json(&taken, name, value, &json));
    if (check && kf_form_check_value(check, value))
        json_object_del(json, "check");
    return kf_json_append(list, json);
}

static const struct kf_cp_field *find_field(const kf_cp_fields *fields, const char *oid) {
    for (size_t i = 0; i < fields->count; i++) {
        if (kf_str_equal(fields->items[i].oid, oid))
            return &fields->items[i];
    }
    return NULL;
}

static size_t count_oid(const json_t *list, const char *oid) {
    size_t i, count = 0;
    json_t *field;
    json_array_foreach(list, i, field) count +=
        kf_str_equal(json_string_value(json_object_get(field, "oid")), oid);
    return count;
}

/* One name of the profile; a second one of the same type is "OU-2". */
static kf_err add_registered(const kf_cp_fields *fields, const json_t *entry, json_t *list) {
    const char *oid = json_string_value(json_object_get(entry, "oid"));
    const char *value = json_string_value(json_object_get(entry, "value"));
    const struct kf_attribute *attribute = kf_attribute_find(oid);
    const char *short_name = attribute ? attribute->name : oid;
    struct kf_cp_field made = {.oid = oid, .name = short_name, .title = short_name};
    const struct kf_cp_field *field = find_field(fields, oid);
    size_t before = count_oid(list, oid);
    field = field ? field : &made;
    KF_AUTO_FREE char *name =
        before ? kf_str("%s-%zu", field->name, before + 1) : strdup(field->name);
    if (!name)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return registered_field(field, name, value, list);
}

/* Names in the order of the registration, then what it has left empty. */
static kf_err add_names(const kf_cp_fields *fields, const json_t *names, json_t *list) {
    size_t i;
    json_t *entry;
    json_array_foreach(names, i, entry) KF_TRY(add_registered(fields, entry, list));
    for (i = 0; i < fields->count; i++) {
        const struct kf_cp_field *field = &fields->items[i];
        json_t *json = NULL;
        if (count_oid(list, field->oid))
            continue;
        KF_TRY(field_json(field, field->name, field->value, &json));
        KF_TRY(kf_json_append(list, json));
    }
    return KF_OK;
}

/* Services without a profile, and sites without a folder, have less to prefill. */
static kf_err fetch_names(kf_cp *cp, json_t **ret_names) {
    KF_AUTO(kf_http_answer) http = {0};
    KF_TRY(kf_cp_get(cp, kf_str("%s/regrequest/profile?type=json", kf_cp_root(cp)), &http));
    if (http.status == 404) {
        *ret_names = json_array();
        return kf_json_ready(*ret_names);
    }
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the registered names");
    return kf_cp_read_profile(http.body.data, http.body.len, ret_names);
}

static kf_err template_choices(const kf_cp_templates *templates, json_t *field) {
    KF_AUTO_PTR(json_t) choices = json_array();
    KF_TRY(kf_json_ready(choices));
    for (size_t i = 0; i < templates->count; i++)
        KF_TRY(kf_json_append(choices, json_pack("{s:s, s:s}", "value", templates->items[i].oid,
                                                 "title", templates->items[i].title)));
    KF_TRY(kf_json_set(field, "choices", KF_MOVE(choices)));
    return kf_json_set(field, "closed", json_true());
}

/* The only one, or that of an ordinary user, which the CA itself takes for a request without one.
 */
static const struct kf_cp_template *default_template(const kf_cp_templates *templates) {
    return templates->count == 1 ? &templates->items[0]
                                 : kf_cp_template_find(templates, "1.2.643.2.2.46.0.8");
}

static kf_err add_template(kf_cp *cp, const char *name, json_t *list) {
    KF_AUTO(kf_cp_templates) templates = {0};
    KF_AUTO_PTR(json_t)
    field = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "name", "template", "title",
                      "Certificate template", "kind", "choice", "required", 1, "read_only", 0,
                      "group", "Certificate");
    KF_TRY(kf_json_ready(field));
    KF_TRY(kf_cp_templates_fetch(cp, &templates));
    const struct kf_cp_template *template = kf_cp_template_find(&templates, name);
    if (name && !template) {
        kf_fail(KF_E_USAGE, "\"%s\" has no template \"%s\"", cp->setup->connection, name);
        kf_error_hint("See them with `keyfob connection templates %s`.", cp->setup->connection);
        return KF_E_USAGE;
    }
    if (!template)
        template = default_template(&templates);
    KF_TRY(template_choices(&templates, field));
    if (template) {
        KF_AUTO_FREE char *help = kf_cp_template_help(template);
        KF_TRY(kf_json_set(field, "value", json_string(template->oid)));
        if (help)
            KF_TRY(kf_json_set(field, "help", json_string(help)));
    }
    return kf_json_append(list, KF_MOVE(field));
}

kf_err kf_cp_order_form(kf_cp *cp, const char *template, json_t **ret_form) {
    KF_AUTO(kf_cp_fields) fields = {0};
    KF_AUTO_PTR(json_t) names = NULL;
    KF_AUTO_PTR(json_t) form = NULL;
    KF_TRY(kf_form_new("Certificate", NULL, 0, &form));
    json_t *list = json_object_get(form, "fields");
    KF_TRY(add_template(cp, template, list));
    KF_TRY(fetch_names(cp, &names));
    kf_err err = kf_cp_fields_fetch(cp, &fields);
    if (err == KF_E_NOT_FOUND || err == KF_E_CA_LOGIN)
        kf_error_clear();
    else
        KF_TRY(err);
    KF_TRY(add_names(&fields, names, list));
    *ret_form = KF_MOVE(form);
    return KF_OK;
}

kf_err kf_cp_form(void *state, enum kf_ca_form which, const char *template, json_t **ret_form) {
    switch (which) {
    case KF_FORM_LOGIN:
        return kf_cp_login_form(state, ret_form);
    case KF_FORM_REGISTER:
        return register_form(state, ret_form);
    case KF_FORM_ORDER:
        return kf_cp_order_form(state, template, ret_form);
    }
    return kf_fail(KF_E_UNSUPPORTED, "there is no such form");
}
