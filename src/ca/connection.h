// SPDX-License-Identifier: Apache-2.0
// A connection as it lies in the database.
#pragma once

#include <jansson.h>
#include <keyfob/connection.h>

#include "base/auto.h"
#include "base/context.h"

#define KF_CONNECTION_NAME_MAX 64

/* Start with `= {0}`. */
typedef struct kf_connection {
    int64_t id;
    char *name, *connector_name;
    char *secrets; /* whose secrets they are in the keyring (base/keyring.h): unlike the id never
                      used again; NULL for one that is not recorded */
    const struct kf_connector *connector; /* NULL when this keyfob does not have it */
    json_t *settings;
    int64_t created;
} kf_connection;

void kf_connection_clear(kf_connection *connection);
/* KF_E_USAGE with the rule. The same rule holds for lab CAs, whose name is a folder. */
kf_err kf_connection_name_check(const char *name);
/* The database with this room's tables. */
kf_err kf_connection_db(kf_context *context, kf_db **ret_db);
/* KF_E_NOT_FOUND. */
kf_err kf_connection_load(kf_context *context, const char *name, kf_connection *ret_connection);
/* KF_E_UNSUPPORTED when this keyfob does not have its connector. */
kf_err kf_connection_has_connector(const kf_connection *connection);
/* Both. */
kf_err kf_connection_load_usable(kf_context *context, const char *name,
                                 kf_connection *ret_connection);
/* Open it once without keeping anything: connectors look at their options there. */
kf_err kf_connection_try(kf_context *context, const kf_connection *connection);
/* Forget every secret of the connection. */
kf_err kf_connection_forget(kf_context *context, const char *name);
/* KF_E_EXISTS when it is taken. */
kf_err kf_connection_name_free(kf_context *context, const char *name);

/* What its connector can do: array of the names of the doors that are there. */
kf_err kf_connector_can_json(const struct kf_connector *connector, json_t **ret_list);

/* As kf_connection_add(); with `anchor` (or NULL) accepted without any question, in one
 * transaction. */
kf_err kf_connection_add_trusted(kf_context *context, const char *name, const char *connector,
                                 const char *const *settings, size_t count, const kf_cert *anchor);

/* Accepts the anchor; once more is fine. */
kf_err kf_anchor_add(kf_context *context, int64_t connection, const kf_cert *cert);
kf_err kf_anchors_load(kf_context *context, int64_t connection, kf_certs *ret_anchors);
