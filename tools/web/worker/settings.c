// SPDX-License-Identifier: Apache-2.0
// web.json: {settings: {...}, draft: {...} or null, saved_at}.
#include "web/worker/settings.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define FILE_NAME "web.json"
#define FILE_MAX  ((size_t)256 * 1024)

static const struct setting {
    const char *name;
    json_type type; /* JSON_FALSE stands for both */
    const char *words, *word;
    json_int_t min, max, number; /* for JSON_FALSE the default */
} settings[] = {
    {.name = "language", .type = JSON_STRING, .words = "auto en ru zh xx", .word = "auto"},
    {.name = "theme", .type = JSON_STRING, .words = "system light dark", .word = "system"},
    {.name = "single_keys", .type = JSON_FALSE, .number = true},
    {.name = "notify", .type = JSON_FALSE, .number = false},
    {.name = "pin_entry", .type = JSON_STRING, .words = "auto page window", .word = "auto"},
    {.name = "lock_after", .type = JSON_INTEGER, .min = 300, .max = 3600, .number = 600},
    {.name = "warn_days", .type = JSON_INTEGER, .min = 1, .max = 365, .number = 28},
    {.name = "welcomed", .type = JSON_FALSE, .number = false},
};

/* --- the file --- */

/* A file that is no JSON any more is as none: there is nothing in it that could not be set again.
 */
static kf_err file_read(kf_context *context, json_t **ret_file) {
    KF_AUTO_FREE char *path = NULL;
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_context_data_path(context, FILE_NAME, &path));
    kf_err code = kf_file_read_private(path, FILE_MAX, &text);
    if (code != KF_OK && code != KF_E_NOT_FOUND)
        return code;
    kf_error_clear();
    json_t *file = json_loadb(kf_buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
    if (file && !json_is_object(file)) {
        json_decref(file);
        file = NULL;
    }
    return work_result(file ? file : json_object(), ret_file);
}

static kf_err file_write(kf_context *context, const json_t *file) {
    KF_AUTO_FREE char *path = NULL;
    KF_AUTO_FREE char *text = json_dumps(file, JSON_INDENT(1));
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the settings");
    KF_TRY(kf_context_data_path(context, FILE_NAME, &path));
    return kf_file_write(path, text, strlen(text), 0600);
}

/* --- settings --- */

static bool takes(const struct setting *setting, const json_t *value) {
    switch (setting->type) {
    case JSON_STRING:
        return json_is_string(value) && kf_str_has_word(setting->words, json_string_value(value));
    case JSON_INTEGER:
        return json_is_integer(value) && json_integer_value(value) >= setting->min &&
               json_integer_value(value) <= setting->max;
    default:
        return json_is_boolean(value);
    }
}

static json_t *usual(const struct setting *setting) {
    switch (setting->type) {
    case JSON_STRING:
        return json_string(setting->word);
    case JSON_INTEGER:
        return json_integer(setting->number);
    default:
        return json_boolean(setting->number);
    }
}

static kf_err whole(const json_t *file, json_t **ret_settings) {
    const json_t *kept = json_object_get(file, "settings");
    json_t *all = json_pack("{s:s}", "schema", "keyfob.settings/1");
    for (size_t i = 0; all && i < KF_COUNT(settings); i++) {
        json_t *value = json_object_get(kept, settings[i].name);
        json_object_set_new(all, settings[i].name,
                            value && takes(&settings[i], value) ? json_incref(value)
                                                                : usual(&settings[i]));
    }
    return work_result(all, ret_settings);
}

kf_err settings_read(kf_context *context, json_t **ret_settings) {
    KF_AUTO_PTR(json_t) file = NULL;
    KF_TRY(file_read(context, &file));
    return whole(file, ret_settings);
}

static kf_err fail_value(const struct setting *setting) {
    if (setting->type == JSON_STRING)
        return kf_fail(KF_E_INPUT, "\"%s\" takes one of: %s", setting->name, setting->words);
    if (setting->type == JSON_INTEGER)
        return kf_fail(KF_E_INPUT, "\"%s\" takes %lld to %lld", setting->name,
                       (long long)setting->min, (long long)setting->max);
    return kf_fail(KF_E_INPUT, "\"%s\" takes true or false", setting->name);
}

static kf_err check(const char *name, const json_t *value) {
    for (size_t i = 0; i < KF_COUNT(settings); i++)
        if (strcmp(settings[i].name, name) == 0)
            return takes(&settings[i], value) ? KF_OK : fail_value(&settings[i]);
    return kf_fail(KF_E_USAGE, "there is no setting \"%s\"", name);
}

kf_err settings_change(kf_context *context, const json_t *changes, json_t **ret_settings) {
    KF_AUTO_PTR(json_t) file = NULL;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)changes, name, value) {
        KF_TRY(check(name, value));
    }
    KF_TRY(file_read(context, &file));
    if (!json_is_object(json_object_get(file, "settings")))
        json_object_set_new(file, "settings", json_object());
    if (json_object_update(json_object_get(file, "settings"), (json_t *)(uintptr_t)changes) != 0)
        return kf_fail(KF_E_MEMORY, "out of memory for the settings");
    KF_TRY(file_write(context, file));
    return whole(file, ret_settings);
}

/* --- the draft --- */

static bool is_secret(const char *name) {
    return kf_str_has_word(
        "password passphrase key_phrase secret secrets pin puk so_pin otp answer", name);
}

static void leave_out_secrets(json_t *json) {
    const char *name;
    json_t *value;
    void *next;
    size_t i;
    json_object_foreach_safe(json, next, name, value) {
        if (is_secret(name))
            json_object_del(json, name);
        else
            leave_out_secrets(value);
    }
    json_array_foreach(json, i, value) {
        leave_out_secrets(value);
    }
}

static kf_err draft_of(const json_t *file, json_t **ret_draft) {
    json_t *draft = json_object_get(file, "draft"), *at = json_object_get(file, "saved_at");
    bool is_there = json_is_object(draft);
    return work_result(json_pack("{s:O?, s:O?}", "draft", is_there ? draft : NULL, "saved_at",
                                 is_there ? at : NULL),
                       ret_draft);
}

kf_err draft_read(kf_context *context, json_t **ret_draft) {
    KF_AUTO_PTR(json_t) file = NULL;
    KF_TRY(file_read(context, &file));
    return draft_of(file, ret_draft);
}

static kf_err checked_copy(const json_t *draft, json_t **ret_copy) {
    if (!json_is_object(draft))
        return kf_fail(KF_E_INPUT, "the draft is not an object");
    if (json_dumpb(draft, NULL, 0, JSON_COMPACT) > DRAFT_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the draft is larger than %zu bytes", DRAFT_MAX);
    KF_TRY(work_result(json_deep_copy(draft), ret_copy));
    leave_out_secrets(*ret_copy);
    return KF_OK;
}

kf_err draft_save(kf_context *context, const json_t *draft, json_t **ret_draft) {
    KF_AUTO_PTR(json_t) file = NULL;
    KF_AUTO_PTR(json_t) copy = NULL;
    char now[21];
    if (draft && !json_is_null(draft))
        KF_TRY(checked_copy(draft, &copy));
    KF_TRY(file_read(context, &file));
    json_object_del(file, "draft");
    json_object_del(file, "saved_at");
    kf_time_text(kf_context_now(context), now);
    if (copy) {
        json_object_set_new(file, "saved_at", json_string(now));
        json_object_set_new(file, "draft", KF_MOVE(copy));
    }
    KF_TRY(file_write(context, file));
    return draft_of(file, ret_draft);
}
