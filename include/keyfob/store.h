// SPDX-License-Identifier: Apache-2.0
// The personal store (the user's certificates, each with the URI of its key) and the trusted roots.
#pragma once

#include <keyfob/cert.h>

struct json_t;

enum kf_store_kind { KF_STORE_PERSONAL, KF_STORE_ROOT, KF_STORE_INTERMEDIATE, KF_STORE_OTHER };

/* Names are the id ("c-3"), a SHA-256 fingerprint (or its first 8 or more digits), the serial
 * number, or the whole common name. KF_E_NOT_FOUND; KF_E_USAGE lists the ids of all that match. */

/* Keep a certificate; the same one again keeps its id and takes over what is given of `key_uri`
 * (RFC 7512, without a PIN) and `request`, which may be NULL. Usable inside a transaction. A root
 * is KF_E_POLICY: see kf_store_accept_root(). */
kf_err kf_store_put(kf_context *context, enum kf_store_kind kind, kf_cert *cert,
                    const char *key_uri, const char *request, char ret_id[static 24]);
/* Each out parameter may be NULL; `ret_key_uri` becomes NULL when none is known, free with free().
 */
kf_err kf_store_get(kf_context *context, const char *name, kf_cert **ret_cert, char **ret_key_uri);
/* Forget a certificate. Never touches a key, nor the certificate on a token. What it took the place
 * of is current again. */
kf_err kf_store_remove(kf_context *context, const char *name);
/* keyfob.certificate/1 with id, store (personal|root|intermediate|other), key_uri, request, status
 * (valid|expires_soon|expired|not_yet_valid|superseded|revoked; soon is 28 days), superseded_by,
 * days_left (0 on the last day, negative afterwards), revoked_at, revoked_reason, and while the CA
 * has not decided on a revocation: revocation {text, asked_at}. */
kf_err kf_store_json(kf_context *context, const char *name, struct json_t **ret_json);
kf_err kf_store_list_json(kf_context *context, enum kf_store_kind kind, struct json_t **ret_json);
/* All of them, so the list may be longer than KF_CERT_COUNT_MAX. */
kf_err kf_store_roots(kf_context *context, kf_certs *ret_roots);
/* Trust a CA certificate: the whole SHA-256 fingerprint that the person compared (colons, blanks
 * and case do not matter). Another one is KF_E_UNTRUSTED, no fingerprint or no CA KF_E_INPUT. */
kf_err kf_store_accept_root(kf_context *context, kf_cert *cert, const char *fingerprint);
/* The new certificate takes the place of the old one of the same key or renewal; the old row stays,
 * marked. Both are personal; KF_E_STATE when the new one is superseded itself. */
kf_err kf_store_supersede(kf_context *context, const char *old_id, const char *new_id);

/* Chain to a trusted root from what is in the store: keyfob.chain/1; KF_E_UNTRUSTED with the reason
 * (the report is given all the same): {schema, trusted, reason, chain: [{subject_text,
 * fingerprint_sha256, not_after}]}. */
kf_err kf_store_verify(kf_context *context, kf_cert *cert, struct json_t **ret_json);
/* Mark as revoked, or as asked for with the CA's words; see kf_revoke(), which asks the CA.
 * `reason` is a number of RFC 5280 5.3.1. Key and certificate stay. */
kf_err kf_store_revoked(kf_context *context, const char *id, int reason);
kf_err kf_store_revocation_asked(kf_context *context, const char *id, int reason, const char *text);
/* Current personal certificates, not revoked, that end within `seconds`, soonest first; array of
 * keyfob.certificate/1. */
kf_err kf_store_needs_renewal(kf_context *context, int64_t seconds, struct json_t **ret_json);
/* A certificate file; with `chain` its intermediates follow (never the root). Free with free(). */
kf_err kf_store_export(kf_context *context, const char *name, enum kf_cert_format format,
                       bool chain, uint8_t **ret_data, size_t *ret_len);
