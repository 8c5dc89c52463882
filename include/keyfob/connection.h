// SPDX-License-Identifier: Apache-2.0
// Connections: configured, named CA services with their trust anchors.
#pragma once

#include <keyfob/cert.h>
#include <keyfob/connector.h>

/* `settings` are "name=value" words, checked against the connector's options. KF_E_EXISTS,
 * KF_E_USAGE, also for a secret option: see kf_connection_secret(), which may come later. */
kf_err kf_connection_add(kf_context *context, const char *name, const char *connector,
                         const char *const *settings, size_t count);
/* Its anchors and secrets go with it. KF_E_STATE while requests wait on it, KF_E_PERMISSION when a
 * secret cannot be taken out of a keyring that is locked. */
kf_err kf_connection_remove(kf_context *context, const char *name);
/* Change settings; "name=" takes one back to its default. Secrets go to no other address
 * than the one they were given to: with another host or port in "url" they are forgotten, and a
 * sign-in counts as signed out. What was known of the account is unknown again.
 * KF_E_USAGE; KF_E_BUSY when somebody else changed them meanwhile. */
kf_err kf_connection_edit(kf_context *context, const char *name, const char *const *settings,
                          size_t count);
/* Set (NULL: forget) one of the connector's secret options: in the keyring of the desktop session
 * where there is one, otherwise in a file that is closed to others. KF_E_USAGE; KF_E_PERMISSION
 * when a keyring that has it is locked. */
kf_err kf_connection_secret(kf_context *context, const char *name, const char *option,
                            const kf_secret *secret);
/* keyfob.connection/1 of one, or an array of all. `secrets` says of each secret option whether it
 * is set, `can` lists what the connector can do.
 * `standing` (anonymous|connected|signed_out|unconfirmed|refused|unknown), `account`,
 * `standing_text`, `checked_at` and `reached_at` are what the last check or sign-in saw, `problem`
 * why the last check could not reach the CA. */
kf_err kf_connection_json(kf_context *context, const char *name, struct json_t **ret_json);
kf_err kf_connections_json(kf_context *context, struct json_t **ret_json);
/* Reach the CA; one line for a person, safe to show. Free with free(). What came of it is kept. */
kf_err kf_connection_test(kf_context *context, const char *name, char **ret_text);
/* How the account stands, asked now and kept: keyfob.connection/1. That a sign-in is wanted is an
 * answer ("signed_out"); that the CA could not be reached is kept as `problem` and returned. */
kf_err kf_connection_check(kf_context *context, const char *name, struct json_t **ret_json);

/* One round of signing in: KF_CA_ISSUED signed in; KF_CA_NEEDS_PERSON `text` is the CA's question,
 * to be answered with the `ticket`; KF_CA_WAIT something happens elsewhere (a push to a phone):
 * again with the `ticket` and no secret after `delay` seconds; KF_CA_REJECTED. KF_E_UNSUPPORTED for
 * a CA without accounts. */
kf_err kf_connection_login(kf_context *context, const char *name, const struct kf_ca_login *login,
                           struct kf_ca_answer *ret_answer);
/* Forget the session, and with `all` every secret of the connection, whether the CA answers or not:
 * that it does not is returned all the same. */
kf_err kf_connection_logout(kf_context *context, const char *name, bool all);
/* Register a new user: `fields` as KF_FORM_REGISTER wants them, checked first. */
kf_err kf_connection_register(kf_context *context, const char *name, const char *fields,
                              struct kf_ca_answer *ret_answer);
/* The CA's templates: array of {name, title, ...}, see connector.h. */
kf_err kf_connection_templates(kf_context *context, const char *name, struct json_t **ret_json);
/* A form, see form.h. KF_E_UNSUPPORTED when this CA has none of the kind. */
kf_err kf_connection_form(kf_context *context, const char *name, enum kf_ca_form which,
                          const char *template, struct json_t **ret_form);
/* The lists that the CA keeps, and what can be done there; the kinds and actions stand in
 * keyfob.connector/1. The fields (JSON object) are checked against the action's. */
kf_err kf_connection_records(kf_context *context, const char *name, const char *kind,
                             const char *id, struct json_t **ret_json);
kf_err kf_connection_act(kf_context *context, const char *name, const char *action,
                         const char *fields, struct json_t **ret_json);
/* What this CA would ignore, override or refuse, before anything is made: see kf_ca_plan, where
 * NULL is as good as "". keyfob.lint/1; a refusal is an item of the level "error", a sign-in that
 * is wanted is KF_E_CA_LOGIN. */
kf_err kf_connection_explain(kf_context *context, const char *name, const struct kf_ca_plan *plan,
                             struct json_t **ret_json);
/* What the CA says its certificates are, and the anchors accepted so far. */
kf_err kf_connection_roots(kf_context *context, const char *name, kf_certs *ret_offered,
                           kf_certs *ret_accepted);
/* Accept an anchor: `fingerprint` (SHA-256 hex, colons and case do not matter) must be of a CA
 * certificate in `from`, which need not be self-signed. Once more is fine. `ret_cert` may be NULL.
 * KF_E_USAGE, KF_E_NOT_FOUND, KF_E_INPUT when it is not a CA's. */
kf_err kf_connection_accept(kf_context *context, const char *name, const kf_certs *from,
                            const char *fingerprint, kf_cert **ret_cert);
/* keyfob.connector/1: the connectors with their options, kinds and actions. */
kf_err kf_connectors_json(struct json_t **ret_json);
