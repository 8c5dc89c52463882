// SPDX-License-Identifier: Apache-2.0
// The personal store (the user's certificates, each with the URI of its key) and the trusted roots.
#pragma once

#include <keyfob/cert.h>

struct json_t;

enum kf_store_kind { KF_STORE_PERSONAL, KF_STORE_ROOT, KF_STORE_INTERMEDIATE, KF_STORE_OTHER };

/* Names are the id ("c-3"), a SHA-256 fingerprint (or its first 8 or more digits), or the serial
 * number. */
kf_err kf_store_put(kf_context *context, enum kf_store_kind kind, kf_cert *cert,
                    const char *key_uri, const char *request, char ret_id[static 24]);
kf_err kf_store_get(kf_context *context, const char *name, kf_cert **ret_cert, char **ret_key_uri);
kf_err kf_store_remove(kf_context *context, const char *name);
/* keyfob.certificate/1 with id, store, key_uri, status
 * (valid|expires_soon|expired|not_yet_valid|superseded) and days_left. */
kf_err kf_store_json(kf_context *context, const char *name, struct json_t **ret_json);
kf_err kf_store_list_json(kf_context *context, enum kf_store_kind kind, struct json_t **ret_json);
kf_err kf_store_roots(kf_context *context, kf_certs *ret_roots);
/* Accept a root: the fingerprint must be the one that the person compared. */
kf_err kf_store_accept_root(kf_context *context, kf_cert *cert, const char *fingerprint);
/* The new certificate takes the place of the old one of the same key or renewal; the old row stays,
 * marked. */
kf_err kf_store_supersede(kf_context *context, const char *old_id, const char *new_id);

/* Chain to a trusted root from what is in the store: keyfob.chain/1; KF_E_UNTRUSTED with the reason
 * (the report is given all the same). */
kf_err kf_store_verify(kf_context *context, kf_cert *cert, struct json_t **ret_json);
/* Certificates that end within `seconds`, soonest first; array of keyfob.certificate/1. */
kf_err kf_store_needs_renewal(kf_context *context, int64_t seconds, struct json_t **ret_json);
/* A certificate file; with `chain` its intermediates follow. Free with free(). */
kf_err kf_store_export(kf_context *context, const char *name, enum kf_cert_format format,
                       bool chain, uint8_t **ret_data, size_t *ret_len);
