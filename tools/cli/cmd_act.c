// SPDX-License-Identifier: Apache-2.0
// keyfob connection act: what can be done at a CA.
#include <string.h>

#include "document_view.h"
#include "fields.h"
#include "form_ask.h"
#include "login.h"

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
    return document_show(run, document, "text");
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
