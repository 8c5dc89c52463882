// SPDX-License-Identifier: Apache-2.0
// Connections and connectors as documents: keyfob.connection/1, keyfob.connector/1.
#include <string.h>

#include "base/text.h"
#include "ca/connection.h"
#include "ca/settings.h"
#include "x509/json.h"

/* The doors that are not there for every CA. */
static kf_err can_json(const struct kf_connector *connector, json_t **ret_list) {
    const struct {
        const char *name;
        bool there;
    } doors[] = {
        {"test", connector->test},           {"login", connector->login},
        {"logout", connector->logout},       {"register", connector->register_user},
        {"templates", connector->templates}, {"poll", connector->poll},
        {"lookup", connector->lookup},       {"cancel", connector->cancel},
        {"revoke", connector->revoke},       {"roots", connector->roots},
    };
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < KF_COUNT(doors); i++) {
        if (doors[i].there)
            KF_TRY(kf_json_append(list, json_string(doors[i].name)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

/* --- connectors --- */

static kf_err choices_json(const char *choices, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (const char *at = choices + strspn(choices, " "); *at;) {
        size_t len = strcspn(at, " ");
        KF_TRY(kf_json_append(list, json_stringn(at, len)));
        at += len + strspn(at + len, " ");
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err option_json(const struct kf_ca_option *option, json_t **ret_object) {
    static const char *const kinds[] = {
        [KF_OPTION_TEXT] = "text", [KF_OPTION_NUMBER] = "number", [KF_OPTION_SWITCH] = "switch",
        [KF_OPTION_FILE] = "file", [KF_OPTION_CHOICE] = "choice", [KF_OPTION_SECRET] = "secret",
    };
    KF_AUTO_PTR(json_t)
    object = json_pack("{s:s, s:s, s:s, s:b, s:s?, s:s?}", "name", option->name, "title",
                       option->title, "kind", kinds[option->kind], "required", option->required,
                       "help", option->help, "default", option->fallback);
    KF_TRY(kf_json_ready(object));
    if (option->kind == KF_OPTION_CHOICE) {
        json_t *choices = NULL;
        KF_TRY(choices_json(option->choices, &choices));
        KF_TRY(kf_json_set(object, "choices", choices));
    }
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

static kf_err connector_json(const struct kf_connector *connector, json_t **ret_object) {
    KF_AUTO_PTR(json_t)
    object =
        json_pack("{s:s, s:s, s:s, s:b}", "schema", "keyfob.connector/1", "name", connector->name,
                  "title", connector->title, "ca_sets_subject", connector->ca_sets_subject);
    KF_AUTO_PTR(json_t) options = json_array();
    json_t *can = NULL;
    KF_TRY(kf_json_ready(object));
    KF_TRY(kf_json_ready(options));
    for (size_t i = 0; i < connector->option_count; i++) {
        json_t *option = NULL;
        KF_TRY(option_json(&connector->options[i], &option));
        KF_TRY(kf_json_append(options, option));
    }
    KF_TRY(can_json(connector, &can));
    KF_TRY(kf_json_set(object, "can", can));
    KF_TRY(kf_json_set(object, "options", KF_MOVE(options)));
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

kf_err kf_connectors_json(json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    const struct kf_connector *connector;
    for (size_t i = 0; (connector = kf_connector_at(i)); i++) {
        json_t *object = NULL;
        KF_TRY(connector_json(connector, &object));
        KF_TRY(kf_json_append(list, object));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

/* --- connections --- */

/* Only what is an option today and no secret, whatever an older keyfob wrote. */
static kf_err settings_json(const kf_connection *connection, json_t **ret_object) {
    KF_AUTO_PTR(json_t) object = json_object();
    KF_TRY(kf_json_ready(object));
    size_t count = connection->connector ? connection->connector->option_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct kf_ca_option *option = &connection->connector->options[i];
        const char *value =
            kf_settings_get(connection->connector, connection->settings, option->name);
        if (value && option->kind != KF_OPTION_SECRET)
            KF_TRY(kf_json_set(object, option->name, json_string(value)));
    }
    *ret_object = KF_MOVE(object);
    return KF_OK;
}

static kf_err anchors_json(kf_context *context, int64_t connection, json_t **ret_list) {
    KF_AUTO(kf_certs) anchors = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(kf_anchors_load(context, connection, &anchors));
    for (size_t i = 0; i < anchors.count; i++) {
        char until[21];
        kf_time_text(kf_cert_not_after(anchors.items[i]), until);
        KF_TRY(
            kf_json_append(list, json_pack("{s:s, s:s, s:s}", "fingerprint_sha256",
                                           kf_cert_fingerprint(anchors.items[i]), "subject_text",
                                           kf_cert_subject(anchors.items[i]), "not_after", until)));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_connection_json(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO(kf_connection) connection = {0};
    json_t *settings = NULL, *anchors = NULL, *can = NULL;
    char created[21];
    KF_TRY(kf_connection_load(context, name, &connection));
    kf_time_text(connection.created, created);
    KF_AUTO_PTR(json_t)
    object =
        json_pack("{s:s, s:s, s:s, s:s?, s:s}", "schema", "keyfob.connection/1", "name",
                  connection.name, "connector", connection.connector_name, "title",
                  connection.connector ? connection.connector->title : NULL, "created_at", created);
    KF_TRY(kf_json_ready(object));
    KF_TRY(settings_json(&connection, &settings));
    KF_TRY(kf_json_set(object, "settings", settings));
    KF_TRY(anchors_json(context, connection.id, &anchors));
    KF_TRY(kf_json_set(object, "anchors", anchors));
    if (connection.connector) {
        KF_TRY(can_json(connection.connector, &can));
        KF_TRY(kf_json_set(object, "can", can));
    }
    *ret_json = KF_MOVE(object);
    return KF_OK;
}

kf_err kf_connections_json(kf_context *context, json_t **ret_json) {
    kf_db *db = NULL;
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(kf_connection_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT name FROM connections ORDER BY name", NULL));
    for (bool found = true;;) {
        json_t *object = NULL;
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        KF_TRY(kf_connection_json(context, kf_rows_text(&rows, 0), &object));
        KF_TRY(kf_json_append(list, object));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
