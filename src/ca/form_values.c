// SPDX-License-Identifier: Apache-2.0
// What a person gave, checked against a form. No sentence says a value: some are passwords.
#include <keyfob/form.h>

#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "x509/json.h"

#define TEXT_MAX     4096                  /* bytes of one value */
#define FILE_MAX     ((size_t)1024 * 1024) /* bytes of a "file" */
#define LIST_MAX     1000
#define CHOICES_SAID 8

struct checking {
    json_t *values, *problems;
};

/* --- looking at a field --- */

static const char *text_of(const json_t *field, const char *key) {
    return json_string_value(json_object_get(field, key));
}

static bool says(const json_t *field, const char *key) {
    return json_is_true(json_object_get(field, key));
}

static bool is_kind(const json_t *field, const char *kind) {
    return kf_str_equal(text_of(field, "kind"), kind);
}

static kf_err complain(struct checking *check, const json_t *field, const char *text) {
    const char *name = text_of(field, "name"), *title = text_of(field, "title");
    return kf_json_append(check->problems, json_pack("{s:s, s:s, s:s}", "field", name, "title",
                                                     title ? title : name, "text", text));
}

/* Of itself, or by what an earlier field was given. */
static bool is_needed(const struct checking *check, const json_t *field) {
    const char *name;
    json_t *list, *value;
    size_t i;
    json_object_foreach(json_object_get(field, "required_when"), name, list) {
        const json_t *taken = json_object_get(check->values, name);
        json_array_foreach(list, i, value) {
            if (taken && json_equal(value, taken))
                return true;
        }
    }
    return says(field, "required");
}

/* --- one text --- */

/* The value that a text stands for: itself, or the one whose title it is. NULL: no choice. */
static const char *find_choice(const json_t *field, const char *text) {
    const char *found = NULL;
    size_t titled = 0, i;
    json_t *choice;
    json_array_foreach(json_object_get(field, "choices"), i, choice) {
        const char *value = text_of(choice, "value");
        if (kf_str_equal(value, text))
            return value;
        if (kf_str_equal(text_of(choice, "title"), text)) {
            found = value;
            titled++;
        }
    }
    return titled == 1 ? found : NULL;
}

static kf_err wrong_choice(const json_t *field, kf_buf *wrong) {
    const json_t *choices = json_object_get(field, "choices");
    size_t count = json_array_size(choices);
    KF_TRY(kf_buf_add_str(wrong, "is not one of the values that the CA allows"));
    for (size_t i = 0; i < count && i < CHOICES_SAID; i++) {
        const char *value = text_of(json_array_get(choices, i), "value");
        KF_TRY(kf_buf_printf(wrong, "%s \"%.60s\"", i ? "," : ":", value ? value : ""));
    }
    return count > CHOICES_SAID ? kf_buf_add_str(wrong, " and others") : KF_OK;
}

static size_t characters(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool has_control(const char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

static bool is_number(const char *text) {
    int64_t number = 0;
    bool right = kf_parse_number(text, "the value", INT64_MIN, INT64_MAX, &number) == KF_OK;
    kf_error_clear();
    return right;
}

/* What is wrong whatever the field is about; NULL when nothing is. */
static const char *wrong_shape(const json_t *field, const char *text) {
    if (strlen(text) > (is_kind(field, "file") ? FILE_MAX : (size_t)TEXT_MAX))
        return "is too long";
    if (!is_kind(field, "file") && has_control(text))
        return "has a control character in it";
    if (is_kind(field, "number") && !is_number(text))
        return "must be a whole number";
    return NULL;
}

/* Into `wrong` what is wrong with one text; it stays empty when nothing is. */
static kf_err look_at(const json_t *field, const char *text, kf_buf *wrong) {
    const char *check = is_kind(field, "date") ? "date" : text_of(field, "check");
    const char *shape = wrong_shape(field, text);
    json_int_t max = json_integer_value(json_object_get(field, "max"));
    if (shape)
        return kf_buf_add_str(wrong, shape);
    if (max > 0 && characters(text) > (size_t)max)
        return kf_buf_printf(wrong, "has %zu characters, and at most %lld are allowed",
                             characters(text), (long long)max);
    if (says(field, "closed") && !find_choice(field, text))
        return wrong_choice(field, wrong);
    shape = check ? kf_form_check_value(check, text) : NULL;
    return shape ? kf_buf_add_str(wrong, shape) : KF_OK;
}

/* --- values --- */

static bool is_yes(const json_t *value) {
    const char *text = json_string_value(value);
    return json_is_true(value) || kf_str_has_word("yes true 1 on", text ? text : "");
}

static bool is_no(const json_t *value) {
    const char *text = json_string_value(value);
    return json_is_false(value) || kf_str_has_word("no false 0 off", text ? text : "");
}

static kf_err add_text(json_t *list, const json_t *item, bool *ret_is_text) {
    char number[24];
    *ret_is_text = json_is_string(item) || json_is_integer(item);
    if (json_is_string(item))
        return *json_string_value(item) ? kf_json_append(list, json_deep_copy(item)) : KF_OK;
    if (!json_is_integer(item))
        return KF_OK;
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(item));
    return kf_json_append(list, json_string(number));
}

/* One value as a new array of texts, so that lists and single texts are looked at alike; "" is
 * nothing. `ret_list` stays NULL for what is neither text nor number nor a list of them. */
static kf_err as_list(const json_t *value, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    size_t count = json_is_array(value) ? json_array_size(value) : value != NULL;
    bool is_text = count <= LIST_MAX;
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < count && is_text; i++)
        KF_TRY(add_text(list, json_is_array(value) ? json_array_get(value, i) : value, &is_text));
    if (is_text)
        *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err is_same(const json_t *field, const json_t *value, const json_t *standing,
                      bool *ret_same) {
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) there = NULL;
    if (is_kind(field, "switch")) {
        *ret_same = (is_yes(value) && is_yes(standing)) || (is_no(value) && is_no(standing));
        return KF_OK;
    }
    KF_TRY(as_list(value, &given));
    KF_TRY(as_list(standing, &there));
    *ret_same = given && there && json_equal(given, there);
    return KF_OK;
}

static kf_err take_switch(struct checking *check, const json_t *field, const json_t *value) {
    if (!is_yes(value) && !is_no(value))
        return complain(check, field, "must be yes or no");
    return kf_json_set(check->values, text_of(field, "name"), json_boolean(is_yes(value)));
}

/* Each text that was looked at and found right, as the value that it stands for. */
static kf_err choose(const json_t *field, json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *value = find_choice(field, json_string_value(json_array_get(list, i)));
        if (value && json_array_set_new(list, i, json_string(value)) != 0)
            return kf_fail(KF_E_MEMORY, "out of memory");
    }
    return KF_OK;
}

static kf_err look_at_all(struct checking *check, const json_t *field, const json_t *list,
                          bool *ret_right) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        KF_AUTO(kf_buf) wrong = {0};
        KF_TRY(look_at(field, json_string_value(json_array_get(list, i)), &wrong));
        *ret_right = wrong.len == 0;
        if (!*ret_right)
            return complain(check, field, kf_buf_str(&wrong));
    }
    return KF_OK;
}

static kf_err take_texts(struct checking *check, const json_t *field, const json_t *value) {
    KF_AUTO_PTR(json_t) list = NULL;
    bool is_list = is_kind(field, "list"), right = true;
    KF_TRY(as_list(value, &list));
    if (!list)
        return complain(check, field, "must be text");
    if (json_array_size(list) == 0)
        return is_needed(check, field) ? complain(check, field, "is needed") : KF_OK;
    if (!is_list && json_array_size(list) > 1)
        return complain(check, field, "can have one value only");
    KF_TRY(look_at_all(check, field, list, &right));
    if (!right)
        return KF_OK;
    KF_TRY(choose(field, list));
    return kf_json_set(check->values, text_of(field, "name"),
                       json_incref(is_list ? list : json_array_get(list, 0)));
}

/* "" is nothing, which take_texts() knows. */
static bool is_switch_value(const json_t *field, const json_t *value) {
    const char *text = json_string_value(value);
    return value && is_kind(field, "switch") && !(text && !*text);
}

static kf_err take_field(struct checking *check, const json_t *field, const json_t *given) {
    const char *name = text_of(field, "name");
    const json_t *standing = json_object_get(field, "value");
    bool same = true;
    if (!name)
        return kf_fail(KF_E_CA_ANSWER, "the CA's form has a field without a name");
    const json_t *value = json_object_get(given, name);
    if (!value || json_is_null(value))
        value = json_is_null(standing) ? NULL : standing;
    else if (says(field, "read_only"))
        KF_TRY(is_same(field, value, standing, &same));
    if (!same)
        return complain(check, field, "is set by the CA and cannot be changed");
    return is_switch_value(field, value) ? take_switch(check, field, value)
                                         : take_texts(check, field, value);
}

/* --- what is no field --- */

static kf_err say_stranger(struct checking *check, const json_t *form, const char *name) {
    struct kf_nearest nearest = {.wanted = name};
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (kf_str_equal(text_of(field, "name"), name))
            return KF_OK;
        kf_nearest_try(&nearest, text_of(field, "name"));
    }
    const char *near = kf_nearest_word(&nearest);
    KF_AUTO_FREE char *text = near ? kf_str("is not a field of this form; is \"%s\" meant?", near)
                                   : strdup("is not a field of this form");
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return kf_json_append(check->problems,
                          json_pack("{s:s, s:s, s:s}", "field", name, "title", name, "text", text));
}

static kf_err find_strangers(struct checking *check, const json_t *form, const json_t *given) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)given, name, value)
        KF_TRY(say_stranger(check, form, name));
    return KF_OK;
}

/* The names of the others, so that a script's author need not try again for each. */
static kf_err name_others(const json_t *problems, kf_buf *ret_text) {
    size_t count = json_array_size(problems);
    for (size_t i = 1; i < count && i <= CHOICES_SAID; i++)
        KF_TRY(kf_buf_printf(ret_text, "%s \"%.60s\"", i == 1 ? "; wrong as well:" : ",",
                             text_of(json_array_get(problems, i), "field")));
    return count > CHOICES_SAID + 1 ? kf_buf_add_str(ret_text, " and others") : KF_OK;
}

static kf_err fail_first(const json_t *problems) {
    const json_t *first = json_array_get(problems, 0);
    const char *name = text_of(first, "field"), *title = text_of(first, "title");
    KF_AUTO(kf_buf) others = {0};
    KF_TRY(name_others(problems, &others));
    const char *more = others.len ? kf_buf_str(&others) : "";
    if (kf_str_equal(name, title))
        return kf_fail(KF_E_USAGE, "\"%s\" %s%s", name, text_of(first, "text"), more);
    return kf_fail(KF_E_USAGE, "\"%s\" (%s) %s%s", title, name, text_of(first, "text"), more);
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
    if (values && !json_is_object(values))
        return kf_fail(KF_E_USAGE, "the fields of a form are a JSON object");
    if (!json_is_array(json_object_get(form, "fields")))
        return kf_fail(KF_E_CA_ANSWER, "the CA's form has no fields");
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
