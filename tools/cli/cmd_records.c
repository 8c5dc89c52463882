// SPDX-License-Identifier: Apache-2.0
// keyfob connection records: what a CA keeps for the person.
#include <string.h>

#include "document_view.h"
#include "login.h"

#define COLUMNS_MAX 16

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
    return wanted.id ? document_show(run, document, NULL) : show_records(run, kind, document);
}
