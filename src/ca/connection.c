// SPDX-License-Identifier: Apache-2.0
// Connections in the database: added after a trial, removed when nothing waits on them.
#include "ca/connection.h"

#include <string.h>

#include "base/text.h"
#include "ca/opened.h"
#include "ca/settings.h"
#include "x509/json.h"

static const char *const schema[] = {
    "CREATE TABLE connections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " connector TEXT NOT NULL, settings TEXT NOT NULL, created INTEGER NOT NULL);"
    "CREATE TABLE anchors (connection INTEGER NOT NULL REFERENCES connections (id)"
    " ON DELETE CASCADE, fingerprint TEXT NOT NULL, cert BLOB NOT NULL,"
    " accepted INTEGER NOT NULL, PRIMARY KEY (connection, fingerprint)) WITHOUT ROWID;",

    /* How it stands; and whose secrets are whose, as SQLite gives the id of a removed row away
     * again. */
    "ALTER TABLE connections ADD COLUMN standing TEXT;"
    "ALTER TABLE connections ADD COLUMN account TEXT;"
    "ALTER TABLE connections ADD COLUMN standing_text TEXT;"
    "ALTER TABLE connections ADD COLUMN checked_at INTEGER;"
    "ALTER TABLE connections ADD COLUMN reached_at INTEGER;"
    "ALTER TABLE connections ADD COLUMN problem TEXT;"
    "ALTER TABLE connections ADD COLUMN secrets TEXT;"
    "UPDATE connections SET secrets = 'connection/' || lower(hex(randomblob(16)));",
};

kf_err kf_connection_db(kf_context *context, kf_db **ret_db) {
    KF_TRY(kf_context_db(context, ret_db));
    return kf_db_schema(*ret_db, "ca", schema, KF_COUNT(schema));
}

void kf_connection_clear(kf_connection *connection) {
    if (!connection)
        return;
    free(connection->name);
    free(connection->connector_name);
    free(connection->secrets);
    json_decref(connection->settings);
    *connection = (kf_connection){0};
}

kf_err kf_connection_name_check(const char *name) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789 ._-";
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > KF_CONNECTION_NAME_MAX || strspn(name, allowed) != len ||
        strchr(" .-", name[0]) || name[len - 1] == ' ')
        return kf_fail(KF_E_USAGE,
                       "\"%.80s\" is not a name: 1 to %d of A-Z a-z 0-9 \".\" \"_\" \"-\" and "
                       "blanks, beginning with a letter, a digit or \"_\"",
                       name ? name : "", KF_CONNECTION_NAME_MAX);
    return KF_OK;
}

static kf_err take_row(kf_rows *rows, kf_connection *ret_connection) {
    KF_AUTO(kf_connection) row = {.id = kf_rows_int(rows, 0), .created = kf_rows_int(rows, 4)};
    row.name = strdup(kf_rows_text(rows, 1));
    row.connector_name = strdup(kf_rows_text(rows, 2));
    row.secrets = strdup(kf_rows_text(rows, 5));
    if (!row.name || !row.connector_name || !row.secrets)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    row.settings = json_loads(kf_rows_text(rows, 3), JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(row.settings))
        return kf_fail(KF_E_DATABASE, "the settings of the connection \"%s\" are damaged",
                       row.name);
    row.connector = kf_connector_find(row.connector_name);
    kf_connection_clear(ret_connection);
    *ret_connection = row;
    row = (kf_connection){0};
    return KF_OK;
}

kf_err kf_connection_load(kf_context *context, const char *name, kf_connection *ret_connection) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT id, name, connector, settings, created, coalesce(secrets, '')"
                        " FROM connections"
                        " WHERE name = ?",
                        "s", name));
    KF_TRY(kf_rows_next(&rows, &found));
    if (found)
        return take_row(&rows, ret_connection);
    kf_fail(KF_E_NOT_FOUND, "there is no connection \"%s\"", name);
    kf_error_hint("See what there is with `keyfob connection list`, or add it with `keyfob "
                  "connection add`; `keyfob ca init lab` makes a lab CA.");
    return KF_E_NOT_FOUND;
}

kf_err kf_connection_has_connector(const kf_connection *connection) {
    return connection->connector
               ? KF_OK
               : kf_fail(KF_E_UNSUPPORTED,
                         "the connection \"%s\" is for a connector \"%s\", which this keyfob "
                         "does not have",
                         connection->name, connection->connector_name);
}

kf_err kf_connection_load_usable(kf_context *context, const char *name,
                                 kf_connection *ret_connection) {
    KF_AUTO(kf_connection) connection = {0};
    KF_TRY(kf_connection_load(context, name, &connection));
    KF_TRY(kf_connection_has_connector(&connection));
    kf_connection_clear(ret_connection);
    *ret_connection = connection;
    connection = (kf_connection){0};
    return KF_OK;
}

static kf_err fail_exists(const char *name) {
    kf_fail(KF_E_EXISTS, "there is already a connection \"%s\"", name);
    kf_error_hint("Choose another name, or remove it first with `keyfob connection remove`.");
    return KF_E_EXISTS;
}

kf_err kf_connection_name_free(kf_context *context, const char *name) {
    KF_AUTO(kf_connection) connection = {0};
    kf_err err = kf_connection_load(context, name, &connection);
    if (err == KF_OK)
        return fail_exists(name);
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    return KF_OK;
}

static kf_err find_connector(const char *name, const struct kf_connector **ret_connector) {
    KF_AUTO(kf_buf) known = {0};
    *ret_connector = kf_connector_find(name);
    if (*ret_connector)
        return KF_OK;
    for (size_t i = 0; i < kf_connector_count(); i++)
        KF_TRY(kf_buf_printf(&known, "%s\"%s\"", i ? ", " : "", kf_connector_at(i)->name));
    return kf_fail(KF_E_USAGE, "there is no connector \"%s\"; there are %s", name ? name : "",
                   kf_buf_str(&known));
}

kf_err kf_connection_try(kf_context *context, const kf_connection *connection) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    kf_connection copy = {.name = strdup(connection->name),
                          .connector_name = strdup(connection->connector_name),
                          .connector = connection->connector,
                          .settings = json_incref(connection->settings)};
    return kf_ca_open_as(context, &copy, NULL, &ca);
}

static kf_err insert(kf_context *context, kf_db *db, const kf_connection *connection,
                     const kf_cert *anchor) {
    KF_AUTO_FREE char *settings = json_dumps(connection->settings, JSON_COMPACT | JSON_SORT_KEYS);
    if (!settings)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    kf_err err = kf_db_run(db,
                           "INSERT INTO connections (name, connector, settings, created, secrets)"
                           " VALUES (?, ?, ?, ?, 'connection/' || lower(hex(randomblob(16))))",
                           "sssi", connection->name, connection->connector_name, settings,
                           kf_context_now(context));
    if (err == KF_E_EXISTS)
        return fail_exists(connection->name);
    KF_TRY(err);
    return anchor ? kf_anchor_add(context, kf_db_last_id(db), anchor) : KF_OK;
}

kf_err kf_connection_add_trusted(kf_context *context, const char *name, const char *connector,
                                 const char *const *settings, size_t count, const kf_cert *anchor) {
    kf_db *db = NULL;
    KF_AUTO(kf_connection) connection = {0};
    KF_TRY(kf_connection_name_check(name));
    KF_TRY(find_connector(connector, &connection.connector));
    KF_TRY(kf_settings_parse(connection.connector, settings, count, &connection.settings));
    connection.name = strdup(name);
    connection.connector_name = strdup(connector);
    if (!connection.name || !connection.connector_name)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    KF_TRY(kf_connection_name_free(context, name));
    KF_TRY(kf_connection_try(context, &connection));
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_db_begin(db));
    return kf_db_end(db, insert(context, db, &connection, anchor));
}

kf_err kf_connection_add(kf_context *context, const char *name, const char *connector,
                         const char *const *settings, size_t count) {
    return kf_connection_add_trusted(context, name, connector, settings, count, NULL);
}
