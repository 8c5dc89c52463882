// SPDX-License-Identifier: Apache-2.0
// Connections as documents: keyfob.connection/1.
#include <string.h>

#include "base/keyring.h"
#include "base/text.h"
#include "ca/connection.h"
#include "ca/settings.h"
#include "ca/standing.h"
#include "x509/json.h"

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

/* Which of the secret options are set; what they are stays in the keyring. */
static kf_err secrets_json(kf_context *context, const kf_connection *connection,
                           json_t **ret_object) {
    KF_AUTO_PTR(json_t) object = json_object();
    KF_TRY(kf_json_ready(object));
    for (size_t i = 0; i < connection->connector->option_count; i++) {
        const struct kf_ca_option *option = &connection->connector->options[i];
        bool kept = false;
        if (option->kind != KF_OPTION_SECRET)
            continue;
        KF_TRY(kf_keyring_has(context, connection->secrets, option->name, &kept));
        KF_TRY(kf_json_set(object, option->name, json_boolean(kept)));
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

/* What a connector that this keyfob has adds to the document. */
static kf_err add_connector(kf_context *context, const kf_connection *connection, json_t *object) {
    const struct kf_connector *connector = connection->connector;
    json_t *can = NULL, *secrets = NULL;
    KF_TRY(kf_connector_can_json(connector, &can));
    KF_TRY(kf_json_set(object, "can", can));
    KF_TRY(secrets_json(context, connection, &secrets));
    return kf_json_set(object, "secrets", secrets);
}

static bool has_accounts(const struct kf_connector *connector) {
    return connector && (connector->account || connector->login || connector->register_user);
}

kf_err kf_connection_json(kf_context *context, const char *name, json_t **ret_json) {
    KF_AUTO(kf_connection) connection = {0};
    json_t *settings = NULL, *anchors = NULL;
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
    KF_TRY(kf_standing_json(context, connection.id, has_accounts(connection.connector), object));
    if (connection.connector)
        KF_TRY(add_connector(context, &connection, object));
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
