// SPDX-License-Identifier: Apache-2.0
// The answers of a CryptoPro UC 2.0 service: bytes in, structs out.
#include "ca/cryptopro/wire.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/text.h"
#include "ca/http.h"

#define WORDS_MAX 300

/* --- letters --- */

static const struct {
    char letter;
    const char *words;
} letters[] = {
    [KF_CP_UNKNOWN] = {'\0', "in a status that keyfob does not know"},
    [KF_CP_QUEUED] = {'q', "queued: an operator of the CA has not looked at it yet"},
    [KF_CP_ACCEPTED] = {'a', "accepted by an operator, not sent to the CA yet"},
    [KF_CP_PENDING] = {'p', "sent to the CA, which has not answered yet"},
    [KF_CP_COMPLETE] = {'c', "complete"},
    [KF_CP_ACKNOWLEDGED] = {'k', "complete, and confirmed by the user"},
    [KF_CP_REJECTED] = {'r', "rejected by an operator"},
    [KF_CP_DENIED] = {'d', "denied by the CA"},
    [KF_CP_ERRORED] = {'e', "CA error: the service could not process it"},
};

enum kf_cp_letter kf_cp_letter(const char *status) {
    for (size_t i = KF_CP_QUEUED; status && status[0] && !status[1] && i < KF_COUNT(letters); i++) {
        if ((status[0] | 0x20) == letters[i].letter)
            return (enum kf_cp_letter)i;
    }
    return KF_CP_UNKNOWN;
}

const char *kf_cp_letter_words(enum kf_cp_letter letter) {
    return letters[letter].words;
}

/* --- members --- */

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

static bool is_oid(const char *text) {
    size_t len = text ? strlen(text) : 0;
    return len >= 3 && len <= 100 && text[0] >= '0' && text[0] <= '2' && text[1] == '.' &&
           strspn(text, "0123456789.") == len && text[len - 1] != '.' && !strstr(text, "..");
}

static kf_err unreadable(const char *what) {
    return kf_fail(KF_E_CA_ANSWER, "the service's answer has no usable %s", what);
}

/* The answer's object `member`, or its array: what is expected is inside of one object. */
static kf_err read_member(const void *data, size_t len, const char *member, json_t **ret_json,
                          const json_t **ret_value) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_json_parse_answer(data, len, &json));
    const json_t *value = json_object_get(json, member);
    if (!json_is_array(value) && !json_is_object(value)) {
        kf_cp_wipe(json);
        return kf_fail(KF_E_CA_ANSWER, "the service's answer has no \"%s\"", member);
    }
    *ret_json = KF_MOVE(json);
    *ret_value = value;
    return KF_OK;
}

/* An object, also when it stands alone in an array. */
static const json_t *only_object(const json_t *value) {
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* An array, also of one object that stands alone. */
static kf_err as_array(const json_t *value, size_t max, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    if (json_array_size(value) > max)
        return kf_fail(KF_E_CA_ANSWER,
                       "the service's answer has a list of %zu items, more than %zu",
                       json_array_size(value), max);
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_is_array(value) ? json_array_get(value, i) : (json_t *)(uintptr_t)value;
        if (json_is_object(item))
            KF_TRY(kf_json_append(list, json_incref(item)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* jansson gives no other way to the bytes of a text than this. */
static void wipe_text(json_t *text) {
    OPENSSL_cleanse((char *)(uintptr_t)json_string_value(text), json_string_length(text));
}

void kf_cp_wipe(json_t *json) {
    const char *key;
    size_t i;
    json_t *value;
    if (json_is_string(json))
        wipe_text(json);
    json_object_foreach(json, key, value) kf_cp_wipe(value);
    json_array_foreach(json, i, value) kf_cp_wipe(value);
}

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
        .oid = text_of(object, "Oid"),
        .name = text_of(object, "Name"),
        .title = text_of(object, "LocalizedName"),
        .value = text_of(object, "DefaultValue"),
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
    if (!is_oid(field.oid) || has_oid(fields, field.oid))
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
    KF_TRY(read_member(data, len, "RDN", &fields.json, &rdn));
    KF_TRY(as_array(rdn, KF_CP_FIELDS_MAX, &list));
    json_array_foreach(list, i, object) take_field(&fields, object);
    kf_cp_fields_clear(ret_fields);
    *ret_fields = fields;
    fields = (kf_cp_fields){0};
    return KF_OK;
}

/* --- the registration --- */

void kf_cp_registration_clear(kf_cp_registration *registration) {
    kf_cp_wipe(registration->json);
    json_decref(registration->json);
    *registration = (kf_cp_registration){0};
}

kf_err kf_cp_read_registration(const void *data, size_t len, kf_cp_registration *ret_registration) {
    KF_AUTO(kf_cp_registration) registration = {0};
    const json_t *value = NULL;
    KF_TRY(read_member(data, len, "RegRequest", &registration.json, &value));
    const json_t *object = only_object(value);
    if (!json_is_object(object))
        return unreadable("registration");
    registration.id = text_of(object, "RegRequestId");
    registration.token = text_of(object, "Token");
    registration.password = text_of(object, "Password");
    registration.letter = kf_cp_letter(text_of(object, "Status"));
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
        if (!is_oid(oid) || !text || !*text)
            continue;
        if (json_array_size(names) == KF_CP_FIELDS_MAX)
            return unreadable("profile: there are too many names in it");
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
    KF_TRY(read_member(data, len, "Profile", &json, &profile));
    KF_TRY(as_array(profile, KF_CP_LIST_MAX, &list));
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
        .oid = text_of(object, "Oid"),
        .name = text_of(object, "Name"),
        .title = text_of(object, "LocalizedName"),
        .key_spec = json_is_integer(key_spec) && number >= 0 && number <= 2 ? (int)number : -1,
        .automatic = json_is_true(json_object_get(object, "AutoApproval")),
    };
    if (!is_oid(template.oid))
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
    KF_TRY(read_member(data, len, "Template", &templates.json, &member));
    KF_TRY(as_array(member, KF_CP_TEMPLATES_MAX, &list));
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

/* --- certificate requests --- */

bool kf_cp_id_of(const json_t *object, const char *key, char ret_id[static KF_CP_ID_MAX + 1]) {
    const json_t *id = json_object_get(object, key);
    const char *text = json_string_value(id);
    int len = -1;
    if (text && kf_text_plain(text, strlen(text)))
        len = snprintf(ret_id, KF_CP_ID_MAX + 1, "%s", text);
    else if (json_is_integer(id))
        len = snprintf(ret_id, KF_CP_ID_MAX + 1, "%lld", (long long)json_integer_value(id));
    return len > 0 && len <= KF_CP_ID_MAX;
}

bool kf_cp_request_of(const json_t *object, struct kf_cp_request *ret_request) {
    if (!kf_cp_id_of(object, "CertRequestId", ret_request->id))
        return false;
    ret_request->letter = kf_cp_letter(text_of(object, "Status"));
    return true;
}

kf_err kf_cp_read_request(const void *data, size_t len, struct kf_cp_request *ret_request) {
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_cp_request request = {0};
    const json_t *value = NULL;
    KF_TRY(read_member(data, len, "CertRequest", &json, &value));
    if (!kf_cp_request_of(only_object(value), &request))
        return unreadable("\"CertRequestId\"");
    *ret_request = request;
    return KF_OK;
}

kf_err kf_cp_read_list(const void *data, size_t len, const char *member, json_t **ret_list) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_json_parse_answer(data, len, &json));
    const json_t *value = json_object_get(json, member);
    if (json_is_object(json) && json_is_null(value)) { /* nothing to list */
        *ret_list = json_array();
        return kf_json_ready(*ret_list);
    }
    if (!json_is_array(value) && !json_is_object(value))
        return kf_fail(KF_E_CA_ANSWER, "the service's answer has no \"%s\"", member);
    return as_array(value, KF_CP_LIST_MAX, ret_list);
}

/* --- an error's body --- */

static const char *message_of(const json_t *json) {
    static const char *const keys[] = {"Message", "message", "detail", "title", "error", "Error"};
    const char *text = json_string_value(json);
    for (size_t i = 0; !text && i < KF_COUNT(keys); i++)
        text = text_of(json, keys[i]);
    return text;
}

static kf_err add_words(kf_buf *words, const char *text, size_t len) {
    char shown[WORDS_MAX];
    len = strnlen(text, len);
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    kf_text_escape_into(shown, sizeof shown, text, len < WORDS_MAX ? len : WORDS_MAX);
    return kf_buf_add_str(words, shown);
}

kf_err kf_cp_read_words(const void *data, size_t len, kf_buf *ret_words) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO(kf_buf) words = {0};
    const char *text = data;
    KF_TRY(kf_buf_add_str(&words, ""));
    if (len && kf_json_parse_answer(data, len, &json) == KF_OK && message_of(json))
        KF_TRY(add_words(&words, message_of(json), strlen(message_of(json))));
    else if (len && !json && !memchr(text, '<', len) && kf_utf8_valid(text, len))
        KF_TRY(add_words(&words, text, len));
    kf_error_clear();
    kf_buf_move(ret_words, &words);
    return KF_OK;
}
