// SPDX-License-Identifier: Apache-2.0
// What connectors hand out as JSON: its shape and its size.
#include "ca/shape.h"

#include <keyfob/error.h>

#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "x509/json.h"

#define BYTES_MAX    ((size_t)8 * 1024 * 1024)
#define DEPTH_MAX    32
#define NAME_MAX_LEN 128
#define MEMBER_MAX   16384 /* bytes of a subject or the name of a template */

/* --- size --- */

/* About the bytes that it takes as text; more than BYTES_MAX for what is too deep. */
static size_t weigh(const json_t *json, int depth) {
    size_t sum = 8, i;
    const char *key;
    json_t *item;
    if (depth > DEPTH_MAX)
        return BYTES_MAX + 1;
    if (json_is_string(json))
        return sum + json_string_length(json);
    if (json_is_array(json)) {
        for (i = 0; i < json_array_size(json) && sum <= BYTES_MAX; i++)
            sum += weigh(json_array_get(json, i), depth + 1);
        return sum;
    }
    json_object_foreach((json_t *)(uintptr_t)json, key, item) {
        if (sum > BYTES_MAX)
            break;
        sum += strlen(key) + weigh(item, depth + 1);
    }
    return sum;
}

static const char *too_large(const json_t *json) {
    return weigh(json, 0) > BYTES_MAX ? "too much" : NULL;
}

static bool has_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text;
}

/* --- forms --- */

/* What --set NAME=VALUE can name. */
static bool is_field_name(const char *name) {
    size_t len = name ? strlen(name) : 0;
    return len > 0 && len <= NAME_MAX_LEN && !strchr(name, '=') && kf_text_plain(name, len);
}

static const char *shape_choices(const json_t *choices) {
    size_t i;
    json_t *choice;
    if (choices && !json_is_array(choices))
        return "a field whose choices are no list";
    if (json_array_size(choices) > KF_FORM_CHOICES_MAX)
        return "a field with too many choices";
    json_array_foreach(choices, i, choice) {
        if (!json_is_string(json_object_get(choice, "value")))
            return "a choice without a value";
    }
    return NULL;
}

static const char *shape_field(const json_t *field) {
    static const char kinds[] = "text number switch choice list date file secret";
    const char *kind = json_string_value(json_object_get(field, "kind"));
    if (!is_field_name(json_string_value(json_object_get(field, "name"))))
        return "a field without a name that can be typed";
    if (!has_text(field, "title"))
        return "a field without a title";
    if (!kind || !kf_str_has_word(kinds, kind))
        return "a field of a kind that does not exist";
    return shape_choices(json_object_get(field, "choices"));
}

static const char *named_twice(const json_t *fields) {
    KF_AUTO_PTR(json_t) seen = json_object();
    size_t i;
    json_t *field;
    json_array_foreach(fields, i, field) {
        const char *name = json_string_value(json_object_get(field, "name"));
        if (json_object_get(seen, name))
            return "two fields of the same name";
        json_object_set_new(seen, name, json_true());
    }
    return NULL;
}

const char *kf_shape_form(const json_t *form) {
    const json_t *fields = json_object_get(form, "fields");
    const char *wrong = NULL;
    size_t i;
    json_t *field;
    if (!json_is_array(fields))
        return "no fields";
    if (json_array_size(fields) > KF_FORM_FIELDS_MAX)
        return "too many fields";
    json_array_foreach(fields, i, field) {
        if ((wrong = shape_field(field)))
            return wrong;
    }
    wrong = named_twice(fields);
    return wrong ? wrong : too_large(form);
}

const char *kf_shape_order_form(const json_t *form) {
    const char *wrong = kf_shape_form(form);
    size_t i;
    json_t *field;
    if (wrong)
        return wrong;
    json_array_foreach(json_object_get(form, "fields"), i, field) {
        if (kf_str_equal(json_string_value(json_object_get(field, "kind")), "secret"))
            return "an order's field that is a secret, which the journal would keep";
    }
    return NULL;
}

/* --- lists and results --- */

const char *kf_shape_templates(const json_t *list) {
    size_t i;
    json_t *template;
    if (!json_is_array(list) || json_array_size(list) > KF_FORM_CHOICES_MAX)
        return "no list";
    json_array_foreach(list, i, template) {
        if (!has_text(template, "name") || !has_text(template, "title"))
            return "a template without a name or a title";
    }
    return too_large(list);
}

const char *kf_shape_records(const json_t *list) {
    size_t i;
    json_t *record;
    if (!json_is_array(list))
        return "no list";
    if (json_array_size(list) > KF_RECORDS_MAX)
        return "too many records";
    json_array_foreach(list, i, record) {
        if (!json_is_object(record))
            return "a record that is no object";
    }
    return too_large(list);
}

const char *kf_shape_record(const json_t *record) {
    return json_is_object(record) ? too_large(record) : "no object";
}

const char *kf_shape_result(const json_t *result) {
    return has_text(result, "text") ? too_large(result) : "no text of what was done";
}

/* --- before an order --- */

static const char *shape_notes(const json_t *notes) {
    size_t i;
    json_t *note;
    if (notes && !json_is_array(notes))
        return "notes that are no list";
    if (json_array_size(notes) > KF_NOTES_MAX)
        return "too many notes";
    json_array_foreach(notes, i, note) {
        const char *level = json_string_value(json_object_get(note, "level"));
        if (!level || !kf_str_has_word("note warning", level) || !has_text(note, "text"))
            return "a note without a level or a text";
    }
    return too_large(notes);
}

static bool is_object(const char *text) {
    KF_AUTO_PTR(json_t) json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    return json_is_object(json);
}

const char *kf_shape_prepared(const struct kf_ca_prepared *prepared) {
    const char *const members[] = {prepared->subject, prepared->template_name,
                                   prepared->template_oid};
    for (size_t i = 0; i < KF_COUNT(members); i++) {
        if (members[i] && strlen(members[i]) > MEMBER_MAX)
            return "a subject or a template of an impossible size";
    }
    if (prepared->fields && (strlen(prepared->fields) > BYTES_MAX || !is_object(prepared->fields)))
        return "fields that are no JSON object";
    return shape_notes(prepared->notes);
}
