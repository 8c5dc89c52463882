// SPDX-License-Identifier: Apache-2.0
// The answers of a CryptoPro UC 2.0 service: bytes in, structs out.
#include "ca/cryptopro/wire_parts.h"

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

const char *kf_cp_text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? text : NULL;
}

bool kf_cp_is_oid(const char *text) {
    size_t len = text ? strlen(text) : 0;
    return len >= 3 && len <= 100 && text[0] >= '0' && text[0] <= '2' && text[1] == '.' &&
           strspn(text, "0123456789.") == len && text[len - 1] != '.' && !strstr(text, "..");
}

kf_err kf_cp_unreadable(const char *what) {
    return kf_fail(KF_E_CA_ANSWER, "the service's answer has no usable %s", what);
}

/* The answer's object `member`, or its array: what is expected is inside of one object. */
kf_err kf_cp_read_member(const void *data, size_t len, const char *member, json_t **ret_json,
                         const json_t **ret_value) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_json_parse_answer(data, len, &json));
    const json_t *value = json_object_get(json, member);
    if (!json_is_array(value) && !json_is_object(value)) {
        kf_json_wipe(json);
        return kf_fail(KF_E_CA_ANSWER, "the service's answer has no \"%s\"", member);
    }
    *ret_json = KF_MOVE(json);
    *ret_value = value;
    return KF_OK;
}

/* An object, also when it stands alone in an array. */
const json_t *kf_cp_only_object(const json_t *value) {
    return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* An array, also of one object that stands alone. */
kf_err kf_cp_as_array(const json_t *value, size_t max, json_t **ret_list) {
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
    ret_request->letter = kf_cp_letter(kf_cp_text_of(object, "Status"));
    return true;
}

kf_err kf_cp_read_request(const void *data, size_t len, struct kf_cp_request *ret_request) {
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_cp_request request = {0};
    const json_t *value = NULL;
    KF_TRY(kf_cp_read_member(data, len, "CertRequest", &json, &value));
    if (!kf_cp_request_of(kf_cp_only_object(value), &request))
        return kf_cp_unreadable("\"CertRequestId\"");
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
    return kf_cp_as_array(value, KF_CP_LIST_MAX, ret_list);
}

/* --- an error's body --- */

static const char *message_of(const json_t *json) {
    static const char *const keys[] = {"Message", "message", "detail", "title", "error", "Error"};
    const char *text = json_string_value(json);
    for (size_t i = 0; !text && i < KF_COUNT(keys); i++)
        text = kf_cp_text_of(json, keys[i]);
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
