// SPDX-License-Identifier: Apache-2.0
// keyfob connection records, act: what a CA keeps, and what can be done there.
#include <string.h>

#include "fields.h"
#include "form_ask.h"
#include "login.h"

#define COLUMNS_MAX 16

/* --- any document of a CA as lines --- */

static kf_err format_any(const struct run *run, const json_t *row, const json_t *value,
                         kf_buf *out);

static kf_err format_members(const struct run *run, const json_t *object, kf_buf *out) {
    const char *key;
    json_t *item;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)object, key, item) {
        KF_AUTO(kf_buf) text = {0};
        KF_TRY(format_any(run, object, item, &text));
        if (text.len == 0)
            continue;
        KF_TRY(kf_buf_add_str(out, first ? "" : ", "));
        KF_TRY(kf_text_escape(out, key, strlen(key)));
        KF_TRY(kf_buf_printf(out, "=%s", kf_buf_str(&text)));
        first = false;
    }
    return KF_OK;
}

static kf_err format_items(const struct run *run, const json_t *array, kf_buf *out) {
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) {
        KF_TRY(kf_buf_add_str(out, i ? (json_is_object(item) ? "; " : ", ") : ""));
        KF_TRY(format_any(run, array, item, out));
    }
    return KF_OK;
}

static kf_err format_any(const struct run *run, const json_t *row, const json_t *value,
                         kf_buf *out) {
    if (json_is_object(value))
        return format_members(run, value, out);
    if (json_is_array(value))
        return format_items(run, value, out);
    return format_text(run, row, value, out);
}

/* "common_name" as "Common name" */
static void title_of(const char *key, char ret_title[static 64]) {
    kf_text_escape_into(ret_title, 64, key, strlen(key));
    for (char *at = ret_title; *at; at++)
        if (*at == '_')
            *at = ' ';
    if (ret_title[0] >= 'a' && ret_title[0] <= 'z')
        ret_title[0] = (char)(ret_title[0] - 'a' + 'A');
}

struct member {
    char title[64], path[72];
};

/* Each member is a line; `but` is one that was told already, or NULL. */
static kf_err show_members(struct run *run, const json_t *object, const char *but) {
    size_t count = 0, room = json_object_size(object);
    KF_AUTO_FREE struct member *members = calloc(room ? room : 1, sizeof *members);
    KF_AUTO_FREE struct column *columns = calloc(room ? room : 1, sizeof *columns);
    const char *key;
    json_t *value;
    if (!members || !columns)
        return kf_fail(KF_E_MEMORY, "out of memory for a document");
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        bool simple = strlen(key) < 64 && !strpbrk(key, ".|");
        if (!simple || (but && strcmp(key, but) == 0) || strcmp(key, "schema") == 0)
            continue;
        title_of(key, members[count].title);
        snprintf(members[count].path, sizeof members[count].path, "%s", key);
        columns[count] = (struct column){members[count].title, members[count].path, format_any};
        count++;
    }
    return out_card(run, object, columns, count);
}

/* --- records --- */

/* "id=ID|name=NAME" as columns; the texts live in `words`. */
static size_t read_columns(char *words, struct column columns[static COLUMNS_MAX]) {
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, "|", &rest); word && count < COLUMNS_MAX;
         word = strtok_r(NULL, "|", &rest)) {
        char *equals = strchr(word, '=');
        if (!equals)
            continue;
        *equals = '\0';
        columns[count++] = (struct column){equals + 1, word, format_any};
    }
    return count;
}

static const struct kf_ca_kind *find_kind(const struct kf_connector *connector, const char *name) {
    for (size_t i = 0; i < connector->kind_count; i++)
        if (strcmp(connector->kinds[i].name, name) == 0)
            return &connector->kinds[i];
    return NULL;
}

static const struct column kind_columns[] = {{"RECORDS", "name", NULL}, {"TITLE", "title", NULL}};

static kf_err list_kinds(struct run *run, const struct kf_connector *connector) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < connector->kind_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", connector->kinds[i].name,
                                              "title", connector->kinds[i].title));
    return out_list(run, list, kind_columns, KF_COUNT(kind_columns), "list");
}

static kf_err show_records(struct run *run, const struct kf_ca_kind *kind, const json_t *list) {
    KF_AUTO_FREE char *words = strdup(kind->columns);
    struct column columns[COLUMNS_MAX];
    if (!words)
        return kf_fail(KF_E_MEMORY, "out of memory for a table");
    return out_list(run, list, columns, read_columns(words, columns), "record");
}

struct records {
    const char *connection, *kind, *id;
    json_t *document;
};

static kf_err load_records(struct run *run, void *arg) {
    struct records *wanted = arg;
    return kf_connection_records(run->context, wanted->connection, wanted->kind, wanted->id,
                                 &wanted->document);
}

kf_err cmd_connection_records(struct run *run) {
    const struct kf_connector *connector = NULL;
    struct records wanted = {.connection = run_argument(run, 0),
                             .kind = run_argument(run, 1),
                             .id = run_argument(run, 2)};
    KF_TRY(run_connector(run, run_argument(run, 0), &connector));
    if (!wanted.kind)
        return list_kinds(run, connector);
    const struct kf_ca_kind *kind = find_kind(connector, wanted.kind);
    if (!kind) {
        kf_fail(KF_E_USAGE, "\"%s\" keeps no \"%s\"", wanted.connection, wanted.kind);
        kf_error_hint("`keyfob connection records %s` shows what it keeps.", wanted.connection);
        return KF_E_USAGE;
    }
    KF_TRY(login_and(run, wanted.connection, load_records, &wanted));
    KF_AUTO_PTR(json_t) document = wanted.document;
    return wanted.id ? show_members(run, document, NULL) : show_records(run, kind, document);
}

/* --- act --- */

static const struct kf_ca_action *find_action(const struct kf_connector *connector,
                                              const char *name) {
    for (size_t i = 0; i < connector->action_count; i++)
        if (strcmp(connector->actions[i].name, name) == 0)
            return &connector->actions[i];
    return NULL;
}

static const struct column action_columns[] = {{"ACTION", "name", NULL},
                                               {"TITLE", "title", NULL},
                                               {"FIELDS", "fields", format_list},
                                               {"HELP", "help", NULL}};

static json_t *field_names(const struct kf_ca_action *action) {
    json_t *names = json_array();
    for (size_t i = 0; i < action->field_count; i++)
        json_array_append_new(names, json_string(action->fields[i].name));
    return names;
}

static kf_err list_actions(struct run *run, const struct kf_connector *connector) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < connector->action_count; i++) {
        const struct kf_ca_action *action = &connector->actions[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:o}", "name", action->name,
                                              "title", action->title, "help", action->help,
                                              "fields", field_names(action)));
    }
    return out_list(run, list, action_columns, KF_COUNT(action_columns), "action");
}

static bool is_file(const json_t *form, const char *word) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    return strcmp(json_text(form_field(form, name), "kind"), "file") == 0;
}

/* FIELD=VALUE; a file's text as FIELD=@FILE. */
static kf_err add_word(const json_t *form, const char *word, json_t *fields) {
    const char *equals = strchr(word, '=');
    if (!equals || equals[1] != '@' || !is_file(form, word))
        return fields_set(fields, word, "the action");
    KF_AUTO_FREE char *path = kf_str("%.*s=%s", (int)(equals - word), word, equals + 2);
    return path ? fields_set_file(fields, path) : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err read_fields(struct run *run, const struct kf_ca_action *action, char **ret_text) {
    KF_AUTO_PTR(json_t) form = NULL;
    KF_AUTO_PTR(json_t) given = NULL;
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_TRY(kf_form_new(action->title, action->fields, action->field_count, &form));
    KF_TRY(fields_given(run, &given));
    for (size_t i = 2; i < run->line->argument_count; i++)
        KF_TRY(add_word(form, run_argument(run, i), given));
    KF_TRY(form_fill(run, form, FORM_MISSING, given, &fields));
    return fields_text(fields, ret_text);
}

struct act {
    const char *connection, *action;
    char *fields;
    json_t *document;
};

static kf_err do_act(struct run *run, void *arg) {
    struct act *act = arg;
    return kf_connection_act(run->context, act->connection, act->action, act->fields,
                             &act->document);
}

/* What was done, then what the person must know or publish. */
static kf_err show_act(struct run *run, const json_t *document) {
    const char *text = json_text(document, "text");
    KF_AUTO(kf_buf) shown = {0};
    KF_TRY(kf_text_escape(&shown, text, strlen(text)));
    if (shown.len)
        KF_TRY(out_done(run, NULL, "%s", kf_buf_str(&shown)));
    return show_members(run, document, "text");
}

kf_err cmd_connection_act(struct run *run) {
    const struct kf_connector *connector = NULL;
    struct act act = {.connection = run_argument(run, 0), .action = run_argument(run, 1)};
    KF_TRY(run_connector(run, run_argument(run, 0), &connector));
    if (!act.action)
        return list_actions(run, connector);
    const struct kf_ca_action *action = find_action(connector, act.action);
    if (!action) {
        kf_fail(KF_E_USAGE, "\"%s\" has no action \"%s\"", act.connection, act.action);
        kf_error_hint("`keyfob connection act %s` shows what can be done.", act.connection);
        return KF_E_USAGE;
    }
    KF_TRY(read_fields(run, action, &act.fields));
    kf_err code = login_and(run, act.connection, do_act, &act);
    KF_AUTO_PTR(json_t) document = act.document;
    free(act.fields);
    return code == KF_OK ? show_act(run, document) : code;
}
