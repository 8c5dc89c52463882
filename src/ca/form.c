// SPDX-License-Identifier: Apache-2.0
// Forms described by data: made from tables, and checked against what a person gave.
#include <keyfob/form.h>

#include <string.h>

#include "base/text.h"
#include "x509/json.h"

/* --- from a table --- */

/* "sha256|sha384" or "1=One year|2=Two years" */
static kf_err choices_of(const char *text, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (const char *at = text; *at;) {
        int len = (int)strcspn(at, "|"), value = (int)strcspn(at, "|=");
        const char *title = value < len ? at + value + 1 : at;
        int title_len = value < len ? len - value - 1 : len;
        KF_TRY(kf_json_append(
            list, json_pack("{s:s%, s:s%}", "value", at, value, "title", title, title_len)));
        at += len + (at[len] == '|');
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err set_text(json_t *field, const char *key, const char *text) {
    return text ? kf_json_set(field, key, json_string(text)) : KF_OK;
}

static kf_err set_value(json_t *field, const struct kf_ca_field *from) {
    if (!from->value)
        return KF_OK;
    if (kf_str_equal(from->kind, "switch"))
        return kf_json_set(field, "value", json_boolean(kf_str_equal(from->value, "yes")));
    return kf_json_set(field, "value", json_string(from->value));
}

static kf_err field_json(const struct kf_ca_field *from, json_t **ret_field) {
    KF_AUTO_PTR(json_t)
    field = json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", from->name, "title", from->title, "kind",
                      from->kind ? from->kind : "text", "required", from->required, "read_only", 0);
    KF_TRY(kf_json_ready(field));
    KF_TRY(set_text(field, "help", from->help));
    KF_TRY(set_text(field, "check", from->check));
    KF_TRY(set_text(field, "group", from->group));
    KF_TRY(set_value(field, from));
    if (from->max)
        KF_TRY(kf_json_set(field, "max", json_integer(from->max)));
    if (from->choices) {
        json_t *choices = NULL;
        KF_TRY(choices_of(from->choices, &choices));
        KF_TRY(kf_json_set(field, "choices", choices));
        KF_TRY(kf_json_set(field, "closed", json_boolean(!from->open)));
    }
    *ret_field = KF_MOVE(field);
    return KF_OK;
}

kf_err kf_form_new(const char *title, const struct kf_ca_field *fields, size_t count,
                   json_t **ret_form) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < count; i++) {
        json_t *field = NULL;
        KF_TRY(field_json(&fields[i], &field));
        KF_TRY(kf_json_append(list, field));
    }
    *ret_form =
        json_pack("{s:s, s:s, s:O}", "schema", "keyfob.form/1", "title", title, "fields", list);
    return kf_json_ready(*ret_form);
}

/* --- against values --- */

struct checking {
    json_t *values, *problems;
};

static kf_err complain(struct checking *check, const json_t *field, const char *text) {
    return kf_json_append(check->problems,
                          json_pack("{s:O, s:O, s:s}", "field", json_object_get(field, "name"),
                                    "title", json_object_get(field, "title"), "text", text));
}

static size_t characters(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool is_choice(const json_t *field, const char *value) {
    size_t i;
    json_t *choice;
    json_array_foreach(json_object_get(field, "choices"), i, choice) {
        if (kf_str_equal(json_string_value(json_object_get(choice, "value")), value))
            return true;
    }
    return false;
}

/* What is wrong with one text, or NULL. */
static const char *wrong_text(const json_t *field, const char *value) {
    const char *kind = json_string_value(json_object_get(field, "kind"));
    const char *check = json_string_value(json_object_get(field, "check"));
    json_int_t max = json_integer_value(json_object_get(field, "max"));
    int64_t number = 0;
    if (max > 0 && characters(value) > (size_t)max)
        return "is too long";
    if (json_is_true(json_object_get(field, "closed")) && !is_choice(field, value))
        return "is not one of the values that the CA allows";
    if (kf_str_equal(kind, "number") &&
        kf_parse_number(value, "the value", INT64_MIN, INT64_MAX, &number) != KF_OK) {
        kf_error_clear();
        return "must be a whole number";
    }
    if (kf_str_equal(kind, "date"))
        check = "date";
    return check ? kf_form_check_value(check, value) : NULL;
}

static bool is_yes(const json_t *value) {
    const char *text = json_string_value(value);
    return json_is_true(value) || kf_str_has_word("yes true 1 on", text ? text : "");
}

static bool is_no(const json_t *value) {
    const char *text = json_string_value(value);
    return json_is_false(value) || kf_str_has_word("no false 0 off", text ? text : "");
}

/* One value as a new array, so that lists and single texts are looked at alike; "" is nothing. */
static kf_err as_list(const json_t *value, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    size_t count = json_is_array(value) ? json_array_size(value) : value != NULL;
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_is_array(value) ? json_array_get(value, i) : (json_t *)(uintptr_t)value;
        if (json_is_integer(item)) {
            char text[24];
            snprintf(text, sizeof text, "%lld", (long long)json_integer_value(item));
            KF_TRY(kf_json_append(list, json_string(text)));
        } else if (!json_is_string(item)) {
            return kf_fail(KF_E_USAGE, "a value of the form is neither text nor number");
        } else if (*json_string_value(item)) {
            KF_TRY(kf_json_append(list, json_incref(item)));
        }
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err take_switch(struct checking *check, const json_t *field, const char *name,
                          const json_t *value) {
    if (!is_yes(value) && !is_no(value))
        return complain(check, field, "must be yes or no");
    return kf_json_set(check->values, name, json_boolean(is_yes(value)));
}

static kf_err take_texts(struct checking *check, const json_t *field, const char *name,
                         const json_t *value) {
    const char *kind = json_string_value(json_object_get(field, "kind"));
    bool is_list = kf_str_equal(kind, "list");
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(as_list(value, &list));
    if (json_array_size(list) == 0)
        return json_is_true(json_object_get(field, "required"))
                   ? complain(check, field, "is needed")
                   : KF_OK;
    if (!is_list && json_array_size(list) > 1)
        return complain(check, field, "can have one value only");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *wrong = wrong_text(field, json_string_value(json_array_get(list, i)));
        if (wrong)
            return complain(check, field, wrong);
    }
    return kf_json_set(check->values, name, json_incref(is_list ? list : json_array_get(list, 0)));
}

static kf_err take_field(struct checking *check, const json_t *field, const json_t *given) {
    const char *name = json_string_value(json_object_get(field, "name"));
    const json_t *standing = json_object_get(field, "value");
    const json_t *value = json_object_get(given, name);
    if (!name)
        return kf_fail(KF_E_CA_ANSWER, "the CA's form has a field without a name");
    if (value && json_is_true(json_object_get(field, "read_only")) && !json_equal(value, standing))
        return complain(check, field, "is set by the CA and cannot be changed");
    if (!value || json_is_null(value))
        value = standing;
    if (value && kf_str_equal(json_string_value(json_object_get(field, "kind")), "switch"))
        return take_switch(check, field, name, value);
    return take_texts(check, field, name, value);
}

static bool has_field(const json_t *form, const char *name) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (kf_str_equal(json_string_value(json_object_get(field, "name")), name))
            return true;
    }
    return false;
}

static kf_err find_strangers(struct checking *check, const json_t *form, const json_t *given) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, name, value) {
        if (!has_field(form, name))
            KF_TRY(kf_json_append(check->problems,
                                  json_pack("{s:s, s:s, s:s}", "field", name, "title", name, "text",
                                            "is not a field of this form")));
    }
    return KF_OK;
}

static kf_err fail_first(const json_t *problems) {
    const json_t *first = json_array_get(problems, 0);
    size_t others = json_array_size(problems) - 1;
    const char *title = json_string_value(json_object_get(first, "title"));
    return kf_fail(KF_E_USAGE, "\"%s\" (%s) %s%s", title ? title : "",
                   json_string_value(json_object_get(first, "field")),
                   json_string_value(json_object_get(first, "text")),
                   others ? "; other fields need attention too" : "");
}

kf_err kf_form_check(const json_t *form, const json_t *values, json_t **ret_values,
                     json_t **ret_problems) {
    KF_AUTO_PTR(json_t) taken = json_object();
    KF_AUTO_PTR(json_t) problems = json_array();
    struct checking check = {.values = taken, .problems = problems};
    size_t i;
    json_t *field;
    KF_TRY(kf_json_ready(taken));
    KF_TRY(kf_json_ready(problems));
    json_array_foreach(json_object_get(form, "fields"), i, field)
        KF_TRY(take_field(&check, field, values));
    KF_TRY(find_strangers(&check, form, values));
    kf_err err = json_array_size(problems) ? fail_first(problems) : KF_OK;
    if (ret_values && err == KF_OK)
        *ret_values = KF_MOVE(taken);
    if (ret_problems)
        *ret_problems = KF_MOVE(problems);
    return err;
}
