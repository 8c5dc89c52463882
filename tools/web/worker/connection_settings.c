// SPDX-License-Identifier: Apache-2.0
// Adding and editing a connection: its settings, and its secrets, which go into the keyring.
#include <string.h>

#include "base/text.h"
#include "web/worker/connections.h"

#define WORDS_MAX 64

/* "name=value" for the library. */
typedef struct words {
    char *items[WORDS_MAX];
    size_t count;
} words;

static void words_clear(words *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    list->count = 0;
}

/* A switch may come as true or false, a number as one; null is the default again. */
static char *make_word(const char *name, const json_t *value) {
    if (json_is_integer(value))
        return kf_str("%s=%" JSON_INTEGER_FORMAT, name, json_integer_value(value));
    if (json_is_boolean(value))
        return kf_str("%s=%s", name, json_is_true(value) ? "yes" : "no");
    return kf_str("%s=%s", name, json_is_string(value) ? json_string_value(value) : "");
}

static bool is_nothing(const json_t *value) {
    return json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
}

/* Of a connection that is edited, "" takes a setting back to its default. */
static kf_err read_words(const json_t *settings, bool with_empty, words *list) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)settings, name, value) {
        if (json_is_object(value) || json_is_array(value))
            return kf_fail(KF_E_USAGE, "the setting \"%s\" is not a text", name);
        if (is_nothing(value) && !with_empty)
            continue;
        if (list->count == WORDS_MAX)
            return kf_fail(KF_E_USAGE, "there are more than %d settings", WORDS_MAX);
        char *word = make_word(name, value);
        if (!word)
            return kf_fail(KF_E_MEMORY, "out of memory for the settings");
        list->items[list->count++] = word;
    }
    return KF_OK;
}

/* --- what is wrong with which --- */

static bool is_given(const json_t *settings, const char *name) {
    const json_t *value = json_object_get(settings, name);
    return value && !is_nothing(value);
}

/* The sentences of the library name the option in quotes. */
static void blame_option(struct work *work, const struct kf_connector *connector,
                         const char *sentence) {
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        KF_AUTO_FREE char *quoted = kf_str("\"%s\"", option->name);
        if (quoted && strstr(sentence, quoted)) {
            work_problem(work, option->name, option->title, sentence);
            return;
        }
    }
}

static kf_err blame(struct work *work, const struct kf_connector *connector, kf_err code) {
    bool theirs = code == KF_E_USAGE || code == KF_E_INPUT || code == KF_E_TOO_LARGE ||
                  code == KF_E_NOT_FOUND || code == KF_E_PERMISSION;
    if (connector && theirs && !work->problems)
        blame_option(work, connector, kf_error_sentence(code));
    return code;
}

static kf_err check_required(struct work *work, const struct kf_connector *connector,
                             const json_t *settings) {
    const struct kf_ca_option *first = NULL;
    for (size_t i = 0; connector && i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        bool secret = option->kind == KF_OPTION_SECRET; /* may come later */
        if (!option->required || secret || option->fallback || is_given(settings, option->name))
            continue;
        work_problem(work, option->name, option->title, "is needed");
        first = first ? first : option;
    }
    return first
               ? kf_fail(KF_E_USAGE, "the setting \"%s\" (%s) is needed", first->name, first->title)
               : KF_OK;
}

/* --- secrets --- */

static kf_err keep_secret(struct work *work, const char *connection, const char *option,
                          const json_t *value) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (!json_is_string(value) && !json_is_null(value))
        return kf_fail(KF_E_USAGE, "the secret \"%s\" is neither a text nor null", option);
    if (json_is_string(value) && json_string_length(value) == 0)
        return kf_fail(KF_E_USAGE, "the secret \"%s\" is empty", option);
    if (json_is_string(value))
        KF_TRY(kf_secret_copy(json_string_value(value), json_string_length(value), &secret));
    return kf_connection_secret(work->context, connection, option, secret);
}

static kf_err keep_secrets(struct work *work, const char *connection) {
    const char *option;
    json_t *value;
    json_t *secrets = (json_t *)(uintptr_t)work_object(work, "secrets");
    json_object_foreach(secrets, option, value) {
        KF_TRY(keep_secret(work, connection, option, value));
    }
    return KF_OK;
}

/* --- add --- */

/* Without its secrets the connection would be of no use. */
static kf_err add_whole(struct work *work, const char *name, const char *connector,
                        const words *list) {
    struct kf_error_saved saved;
    KF_TRY(kf_connection_add(work->context, name, connector, (const char *const *)list->items,
                             list->count));
    kf_err code = keep_secrets(work, name);
    if (code == KF_OK)
        return KF_OK;
    kf_error_save(&saved);
    (void)kf_connection_remove(work->context, name);
    kf_error_restore(&saved);
    return code;
}

kf_err connection_add(struct work *work, json_t **ret_result) {
    const char *name = NULL, *type = NULL;
    const json_t *settings = work_object(work, "settings");
    KF_AUTO(words) list = {0};
    KF_TRY(work_need(work, "name", &name));
    KF_TRY(work_need(work, "connector", &type));
    const struct kf_connector *connector = kf_connector_find(type);
    KF_TRY(check_required(work, connector, settings));
    KF_TRY(read_words(settings, false, &list));
    KF_TRY(blame(work, connector, add_whole(work, name, type, &list)));
    return connection_result(work, name, ret_result);
}

/* --- edit --- */

static const struct kf_connector *connector_of(struct work *work, const char *name) {
    KF_AUTO_PTR(json_t) document = NULL;
    if (kf_connection_json(work->context, name, &document) != KF_OK)
        return NULL; /* the edit says it better */
    return kf_connector_find(document_text(document, "connector"));
}

/* Secrets after the settings: they are forgotten with another address. */
static kf_err edit(struct work *work, const char *name, const words *list) {
    if (list->count)
        KF_TRY(
            kf_connection_edit(work->context, name, (const char *const *)list->items, list->count));
    return keep_secrets(work, name);
}

kf_err connection_edit(struct work *work, json_t **ret_result) {
    const char *name = NULL;
    KF_AUTO(words) list = {0};
    KF_TRY(work_need(work, "connection", &name));
    KF_TRY(read_words(work_object(work, "settings"), true, &list));
    if (list.count == 0 && json_object_size(work_object(work, "secrets")) == 0)
        return kf_fail(KF_E_USAGE, "nothing to change was given");
    const struct kf_connector *connector = connector_of(work, name);
    KF_TRY(blame(work, connector, edit(work, name, &list)));
    return connection_result(work, name, ret_result);
}
