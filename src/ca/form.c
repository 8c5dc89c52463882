// SPDX-License-Identifier: Apache-2.0
// Forms described by data, made from tables.
#include <keyfob/form.h>

#include <string.h>

#include "base/text.h"
#include "x509/json.h"

/* "sha256|sha384" or "1=One year|2=Two years" */
static kf_err choices_of(const char *text, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (const char *at = text; *at;) {
        int len = (int)strcspn(at, "|"), value = (int)strcspn(at, "|=");
        const char *title = value < len ? at + value + 1 : at;
        int title_len = value < len ? len - value - 1 : len;
        KF_TRY(kf_json_append(
            list, json_pack("{s:s#, s:s#}", "value", at, value, "title", title, title_len)));
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
    if (kf_str_equal(from->kind, "list"))
        return kf_json_set(field, "value", json_pack("[s]", from->value));
    return kf_json_set(field, "value", json_string(from->value));
}

static kf_err set_choices(json_t *field, const struct kf_ca_field *from) {
    json_t *choices = NULL;
    if (!from->choices)
        return KF_OK;
    KF_TRY(choices_of(from->choices, &choices));
    KF_TRY(kf_json_set(field, "choices", choices));
    return kf_json_set(field, "closed", json_boolean(!from->open));
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
    KF_TRY(set_choices(field, from));
    if (from->max)
        KF_TRY(kf_json_set(field, "max", json_integer(from->max)));
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
    KF_AUTO_PTR(json_t)
    form = json_pack("{s:s, s:s, s:O}", "schema", "keyfob.form/1", "title", title, "fields", list);
    KF_TRY(kf_json_ready(form));
    *ret_form = KF_MOVE(form);
    return KF_OK;
}
