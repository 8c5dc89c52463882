// SPDX-License-Identifier: Apache-2.0
// Connections that are changed: their settings, their secrets, and their end.
#include <string.h>

#include "base/keyring.h"
#include "base/text.h"
#include "ca/connection.h"
#include "ca/http/origin.h"
#include "ca/settings.h"
#include "ca/standing.h"
#include "x509/json.h"

/* --- settings --- */

static kf_err update(kf_context *context, kf_db *db, const kf_connection *before,
                     const json_t *settings) {
    KF_AUTO(kf_connection) now = {0};
    KF_AUTO_FREE char *text = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    KF_TRY(kf_connection_load(context, before->name, &now));
    if (now.id != before->id || !json_equal(now.settings, before->settings))
        return kf_fail(KF_E_BUSY, "another process has changed the connection \"%s\" meanwhile",
                       before->name);
    KF_TRY(kf_db_run(db, "UPDATE connections SET settings = ? WHERE id = ?", "si", text, now.id));
    return kf_standing_reset(context, now.id);
}

/* The trial is the connector's own code, so it happens outside the transaction. */
static kf_err try_settings(kf_context *context, const kf_connection *connection, json_t *settings) {
    kf_connection changed = *connection;
    changed.settings = settings;
    return kf_connection_try(context, &changed);
}

/* An address that cannot be read as one is another unless it is the same word by word. */
static bool is_same_origin(const char *a, const char *b) {
    struct kf_origin first, second;
    if (kf_str_equal(a, b))
        return true;
    bool both =
        a && b && kf_origin_parse(a, &first) == KF_OK && kf_origin_parse(b, &second) == KF_OK;
    kf_error_clear();
    return both && first.port == second.port && kf_str_equal(first.scheme, second.scheme) &&
           kf_str_equal(first.host, second.host);
}

/* A password or an API key was given to one service: it is not shown to another. Before the change
 * is recorded, so that no crash comes between. */
static kf_err forget_secrets(kf_context *context, const kf_connection *before,
                             const json_t *edited) {
    const struct kf_connector *connector = before->connector;
    if (is_same_origin(kf_settings_get(connector, before->settings, "url"),
                       kf_settings_get(connector, edited, "url")))
        return KF_OK;
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        bool set = false;
        if (option->kind == KF_OPTION_SECRET)
            KF_TRY(kf_keyring_has(context, before->secrets, option->name, &set));
        if (!set)
            continue;
        KF_TRY(kf_keyring_forget(context, before->secrets, option->name));
        kf_step(context, "note", KF_STEP_NOTE, 0,
                "the secret \"%s\" was given to another address and is forgotten", option->name);
    }
    return KF_OK;
}

kf_err kf_connection_edit(kf_context *context, const char *name, const char *const *settings,
                          size_t count) {
    kf_db *db = NULL;
    KF_AUTO(kf_connection) before = {0};
    KF_AUTO_PTR(json_t) edited = NULL;
    KF_TRY(kf_connection_load_usable(context, name, &before));
    KF_TRY(kf_settings_edit(before.connector, before.settings, settings, count, &edited));
    KF_TRY(try_settings(context, &before, edited));
    KF_TRY(forget_secrets(context, &before, edited));
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_db_begin(db));
    return kf_db_end(db, update(context, db, &before, edited));
}

/* --- secrets --- */

kf_err kf_connection_secret(kf_context *context, const char *name, const char *option,
                            const kf_secret *secret) {
    KF_AUTO(kf_connection) connection = {0};
    KF_TRY(kf_connection_load_usable(context, name, &connection));
    KF_TRY(kf_settings_is_secret(connection.connector, option));
    return secret ? kf_keyring_put(context, connection.secrets, option, secret)
                  : kf_keyring_forget(context, connection.secrets, option);
}

kf_err kf_connection_forget(kf_context *context, const char *name) {
    KF_AUTO(kf_connection) connection = {0};
    KF_TRY(kf_connection_load(context, name, &connection));
    return kf_keyring_forget(context, connection.secrets, NULL);
}

/* --- the end --- */

/* This room cannot see the journal, which belongs to the flow above it. So the journal's view of
 * what is open is read as plain data, and only if it is there: a database in which nobody has
 * enrolled yet has none. */
static kf_err count_open(kf_db *db, const char *connection, int64_t *ret_open) {
    KF_AUTO(kf_rows) table = {0};
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    *ret_open = 0;
    KF_TRY(
        kf_rows_open(db, &table, "SELECT 1 FROM sqlite_master WHERE name = 'open_requests'", NULL));
    KF_TRY(kf_rows_next(&table, &found));
    if (!found)
        return KF_OK;
    KF_TRY(kf_rows_open(db, &rows, "SELECT count(*) FROM open_requests WHERE connection = ?", "s",
                        connection));
    KF_TRY(kf_rows_next(&rows, &found));
    *ret_open = kf_rows_int(&rows, 0);
    return KF_OK;
}

static kf_err check_idle(kf_db *db, const kf_connection *connection) {
    int64_t open = 0;
    KF_TRY(count_open(db, connection->name, &open));
    if (open) {
        kf_fail(KF_E_STATE, "%lld request%s not finished on the connection \"%s\"", (long long)open,
                open == 1 ? " is" : "s are", connection->name);
        kf_error_hint("See them with `keyfob request list`; finish or withdraw them first.");
        return KF_E_STATE;
    }
    return KF_OK;
}

static kf_err remove_in(kf_db *db, const kf_connection *connection) {
    KF_TRY(check_idle(db, connection));
    /* the id alone may be another's by now */
    return kf_db_run(db, "DELETE FROM connections WHERE id = ? AND coalesce(secrets, '') = ?", "is",
                     connection->id, connection->secrets);
}

/* The secrets go first: were the row gone, nobody could find them any more. The keyring may ask the
 * person, so that happens outside the transaction. */
kf_err kf_connection_remove(kf_context *context, const char *name) {
    kf_db *db = NULL;
    KF_AUTO(kf_connection) connection = {0};
    KF_TRY(kf_connection_load(context, name, &connection));
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(check_idle(db, &connection));
    KF_TRY(kf_keyring_forget(context, connection.secrets, NULL));
    KF_TRY(kf_db_begin(db));
    return kf_db_end(db, remove_in(db, &connection));
}
