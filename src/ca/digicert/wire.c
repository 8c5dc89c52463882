// SPDX-License-Identifier: Apache-2.0
// Members of CertCentral's answers: ids, texts, times, and its errors.
#include "ca/digicert/wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"

bool kf_dc_is_id(const char *text) {
    size_t len = strspn(text, "0123456789");
    return len > 0 && len < KF_DC_ID_MAX && !text[len];
}

bool kf_dc_id(const json_t *object, const char *name, char ret_id[static KF_DC_ID_MAX]) {
    const json_t *value = json_object_get(object, name);
    char id[KF_DC_ID_MAX + 1] = "";
    if (json_is_integer(value))
        snprintf(id, sizeof id, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_string(value))
        snprintf(id, sizeof id, "%s", json_string_value(value));
    if (!kf_dc_is_id(id) || strspn(id, "0") == strlen(id))
        return false;
    memcpy(ret_id, id, KF_DC_ID_MAX);
    return true;
}

const char *kf_dc_text(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

const char *kf_dc_text_in(const json_t *object, const char *outer, const char *name) {
    return kf_dc_text(json_object_get(object, outer), name);
}

bool kf_dc_yes(const json_t *object, const char *name) {
    static const char *const words[] = {"1", "yes", "true", "on"};
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value)) {
        for (size_t i = 0; i < KF_COUNT(words); i++)
            if (strcasecmp(json_string_value(value), words[i]) == 0)
                return true;
        return false;
    }
    return json_is_true(value) || (json_is_integer(value) && json_integer_value(value) != 0);
}

int64_t kf_dc_time(const char *text) {
    struct tm tm = {0};
    int minutes = 0, hours = 0, got = 0;
    char sign = '+';
    if (strlen(text) > 32 || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
                                    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &got) != 6)
        return 0;
    if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    if (sscanf(text + got, "%c%2d:%2d", &sign, &hours, &minutes) < 2)
        hours = minutes = 0;
    int64_t offset = (int64_t)hours * 3600 + (int64_t)minutes * 60;
    return (int64_t)timegm(&tm) - (sign == '-' ? -offset : offset);
}

/* --- errors --- */

static void add_message(const char *message, const char *code, struct kf_dc_error *error) {
    size_t len = strlen(error->text);
    if (!*message)
        message = code;
    if (*message && len < sizeof error->text - 1)
        snprintf(error->text + len, sizeof error->text - len, "%s%s", len ? "; " : "", message);
    if (*code && !error->code[0])
        snprintf(error->code, sizeof error->code, "%s", code);
}

static void read_error(const json_t *item, struct kf_dc_error *error) {
    if (json_is_string(item))
        add_message(json_string_value(item), "", error);
    else
        add_message(kf_dc_text(item, "message"), kf_dc_text(item, "code"), error);
}

void kf_dc_error_read(const json_t *json, struct kf_dc_error *ret_error) {
    const json_t *errors = json_object_get(json, "errors");
    *ret_error = (struct kf_dc_error){0};
    if (!json_is_array(errors)) {
        read_error(errors ? errors : json, ret_error);
        return;
    }
    for (size_t i = 0; i < json_array_size(errors) && i < KF_DC_LIST_MAX; i++)
        read_error(json_array_get(errors, i), ret_error);
}

bool kf_dc_error_is(const struct kf_dc_error *error, const char *word) {
    size_t len = strchr(word, '|') ? strlen(error->code) : strcspn(error->code, "|");
    return len == strlen(word) && strncmp(error->code, word, len) == 0;
}
