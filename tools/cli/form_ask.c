// SPDX-License-Identifier: Apache-2.0
// Drawing a CA's form: groups, fields that the CA has set, questions by kind, and answers that are
// checked at once.
#include "form_ask.h"

#include <string.h>

#include "fields.h"
#include "form_answer.h"
#include "secrets.h"

static bool is_true(const json_t *field, const char *key) {
    return json_is_true(json_object_get(field, key));
}

static bool has_value(const json_t *value) {
    if (json_is_string(value))
        return *json_string_value(value);
    return json_is_array(value) ? json_array_size(value) > 0 : value && !json_is_null(value);
}

/* A choice of one is no question. */
static const char *only_choice(const json_t *field) {
    const json_t *choices = json_object_get(field, "choices");
    bool only =
        is_true(field, "required") && is_true(field, "closed") && json_array_size(choices) == 1;
    return only ? json_text(json_array_get(choices, 0), "value") : NULL;
}

static const json_t *value_of(const json_t *form, const json_t *values, const char *name) {
    const json_t *given = json_object_get(values, name);
    return has_value(given) ? given : json_object_get(form_field(form, name), "value");
}

/* Of itself, or by what an earlier field was given. */
static bool is_needed(const json_t *form, const json_t *field, const json_t *values) {
    const char *name;
    json_t *list, *value;
    size_t i;
    json_object_foreach(json_object_get(field, "required_when"), name, list) {
        const json_t *now = value_of(form, values, name);
        json_array_foreach(list, i, value) {
            if (now && json_equal(value, now))
                return true;
        }
    }
    return is_true(field, "required");
}

static bool wants_asking(const json_t *form, const json_t *field, enum form_ask how,
                         const json_t *values) {
    if (is_true(field, "read_only") || has_value(json_object_get(values, json_text(field, "name"))))
        return false;
    if (how == FORM_ALL)
        return true;
    bool agreed = strcmp(json_text(field, "kind"), "switch") != 0 ||
                  json_is_true(json_object_get(field, "value"));
    return is_needed(form, field, values) &&
           !(has_value(json_object_get(field, "value")) && agreed);
}

/* What the CA has set is shown, as the person cannot change it. */
static void show_fixed(struct run *run, const json_t *field) {
    KF_AUTO(kf_buf) title = {0};
    KF_AUTO(kf_buf) value = {0};
    if (format_text(run, field, json_object_get(field, "title"), &title) == KF_OK &&
        format_list(run, field, json_object_get(field, "value"), &value) == KF_OK && value.len)
        note(run, "%s  %s  (set by the CA)", kf_buf_str(&title), kf_buf_str(&value));
}

static void show_group(struct run *run, const json_t *field, const char **group) {
    const char *now = json_text(field, "group");
    KF_AUTO(kf_buf) text = {0};
    if (*now && strcmp(now, *group) != 0 && kf_text_escape(&text, now, strlen(now)) == KF_OK)
        note(run, "%s%s%s", term_dim(run->term.err_color), kf_buf_str(&text),
             term_plain(run->term.err_color));
    *group = now;
}

/* `needed`: it cannot be left out, though that is not in the field itself. */
static kf_err ask_field(struct run *run, const json_t *whole, bool needed, json_t *values) {
    KF_AUTO_PTR(json_t) field = json_copy((json_t *)(uintptr_t)whole);
    json_t *value = NULL;
    if (!field || (needed && json_object_set_new(field, "required", json_true()) != 0))
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
    const char *only = only_choice(field);
    if (only)
        value = json_string(only);
    else
        KF_TRY(form_answer(run, field, &value));
    if (value && json_object_set_new(values, json_text(field, "name"), value) != 0)
        return kf_fail(KF_E_MEMORY, "out of memory for the CA's form");
    return KF_OK;
}

static kf_err ask_fields(struct run *run, const json_t *form, enum form_ask how, json_t *values) {
    const char *group = "";
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        bool ask = wants_asking(form, field, how, values);
        bool fixed = how == FORM_ALL && is_true(field, "read_only");
        if (ask || fixed)
            show_group(run, field, &group);
        if (fixed)
            show_fixed(run, field);
        if (ask)
            KF_TRY(ask_field(run, field, is_needed(form, field, values), values));
    }
    return KF_OK;
}

/* Those with a source need nobody at a terminal. */
static kf_err take_secrets(struct run *run, const json_t *form, json_t *values) {
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        const char *name = json_text(field, "name");
        bool secret = strcmp(json_text(field, "kind"), "secret") == 0;
        if (secret && secrets_have(run, name) && !json_object_get(values, name))
            KF_TRY(ask_field(run, field, false, values));
    }
    return KF_OK;
}

/* All at once, so that a script's author need not try again for each. */
static void tell_problems(struct run *run, const json_t *problems) {
    const char *mark = term_mark(&run->term, MARK_FAILED);
    size_t i;
    json_t *problem;
    json_array_foreach(problems, i, problem) {
        KF_AUTO(kf_buf) title = {0};
        const char *text = json_text(problem, "title");
        if (kf_text_escape(&title, text, strlen(text)) == KF_OK)
            note(run, "%s%s%s %s (%s): %s", term_paint(run->term.err_color, MARK_FAILED), mark,
                 term_plain(run->term.err_color), kf_buf_str(&title), json_text(problem, "field"),
                 json_text(problem, "text"));
    }
}

kf_err form_fill(struct run *run, const json_t *form, enum form_ask how, json_t *values,
                 json_t **ret_values) {
    KF_AUTO_PTR(json_t) problems = NULL;
    KF_TRY(take_secrets(run, form, values));
    if (run_can_ask(run))
        KF_TRY(ask_fields(run, form, how, values));
    kf_err code = kf_form_check(form, values, ret_values, &problems);
    if (code != KF_E_USAGE)
        return code;
    tell_problems(run, problems);
    kf_error_hint("Give each field as FIELD=VALUE with --set, or run it at a terminal.");
    return code;
}

/* --- the form itself --- */

/* "sha256, sha384 (SHA-384)" */
static kf_err format_choices(const struct run *run, const json_t *row, const json_t *value,
                             kf_buf *out) {
    size_t i;
    json_t *choice;
    json_array_foreach(value, i, choice) {
        const char *word = json_text(choice, "value"), *title = json_text(choice, "title");
        KF_TRY(kf_buf_add_str(out, i ? ", " : ""));
        KF_TRY(kf_text_escape(out, word, strlen(word)));
        if (!*title || strcmp(word, title) == 0)
            continue;
        KF_TRY(kf_buf_add_str(out, " ("));
        KF_TRY(kf_text_escape(out, title, strlen(title)));
        KF_TRY(kf_buf_add_str(out, ")"));
    }
    return KF_OK;
}

/* A list, or one value of any kind. */
static kf_err format_value(const struct run *run, const json_t *row, const json_t *value,
                           kf_buf *out) {
    return format_list(run, row, value, out);
}

static const struct column columns[] = {
    {"FIELD", "name", NULL},
    {"TITLE", "title", NULL},
    {"KIND", "kind", NULL},
    {"NEEDED", "required", format_bool},
    {"FIXED", "read_only", format_bool},
    {"VALUE", "value", format_value},
    {"CHOICES", "choices", format_choices},
};

kf_err form_show(struct run *run, const json_t *form) {
    if (run_has(run, OPT_JSON))
        return out_json(run, form);
    return out_list(run, json_object_get(form, "fields"), columns, KF_COUNT(columns), "field");
}
