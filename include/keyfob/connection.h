// SPDX-License-Identifier: Apache-2.0
// Connections: configured, named CA services with their trust anchors.
#pragma once

#include <keyfob/cert.h>
#include <keyfob/connector.h>

/* `settings` are "name=value" words, checked against the connector's options. KF_E_EXISTS,
 * KF_E_USAGE. */
kf_err kf_connection_add(kf_context *context, const char *name, const char *connector,
                         const char *const *settings, size_t count);
kf_err kf_connection_remove(kf_context *context,
                            const char *name); /* KF_E_STATE while requests wait on it */
/* keyfob.connection/1 of one, or an array of all. Secret options are left out. */
kf_err kf_connection_json(kf_context *context, const char *name, struct json_t **ret_json);
kf_err kf_connections_json(kf_context *context, struct json_t **ret_json);
/* Reach the CA; one line for a person. Free with free(). */
kf_err kf_connection_test(kf_context *context, const char *name, char **ret_text);
/* What the CA says its certificates are, and the anchors accepted so far. */
kf_err kf_connection_roots(kf_context *context, const char *name, kf_certs *ret_offered,
                           kf_certs *ret_accepted);
/* Accept an anchor: `fingerprint` (SHA-256 hex, colons and case do not matter) must be of a CA
 * certificate in `from`, which need not be self-signed. Once more is fine. `ret_cert` may be NULL.
 * KF_E_USAGE, KF_E_NOT_FOUND, KF_E_INPUT when it is not a CA's. */
kf_err kf_connection_accept(kf_context *context, const char *name, const kf_certs *from,
                            const char *fingerprint, kf_cert **ret_cert);
/* keyfob.connector/1: the connectors with their options. */
kf_err kf_connectors_json(struct json_t **ret_json);
