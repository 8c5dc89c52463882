// SPDX-License-Identifier: Apache-2.0
// The lab CA: a small certification authority on this computer, for trying out, tests and CI.
#pragma once

#include <keyfob/cert.h>
#include <keyfob/connector.h>

struct json_t;

struct kf_labca_order {
    const char *name;     /* folder ca/NAME in the data folder */
    const char *subject;  /* RFC 4514; NULL = "CN=NAME,O=keyfob lab" */
    const char *key_uri;  /* PKCS#11 URI of an existing key for the CA; NULL = a P-256 key in a file
                             (0600) */
    bool approval;        /* requests wait for `ca approve` */
    int64_t days;         /* 0 = 3650 */
    const char *profiles; /* blank-separated profiles that it issues; NULL = every one but the CA
                             profiles */
};
/* `signer` (kf_signer_door()) is needed where the CA's key is on a token; otherwise it may be NULL.
 * Makes the CA and a connection of the same name whose anchor is its root. KF_E_EXISTS. */
kf_err kf_labca_init(kf_context *context, const struct kf_ca_signer *signer,
                     const struct kf_labca_order *order, kf_cert **ret_root);
/* The CA's requests: keyfob.ca-request/1 array {id, state: waiting|issued|rejected|revoked,
 * subject_text, profile, serial, ...}. NULL name = the only CA. */
kf_err kf_labca_list(kf_context *context, const char *name, struct json_t **ret_json);
kf_err kf_labca_approve(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                        int64_t id);
kf_err kf_labca_reject(kf_context *context, const char *name, int64_t id, const char *reason);
/* `serial` as hex or the request's number; `reason` as in RFC 5280 ("keyCompromise"), NULL =
 * unspecified. The revocation is on record first, then the new list is signed and written to
 * ca/NAME/ca.crl; once more is fine and renews the list. */
kf_err kf_labca_revoke(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                       const char *serial, const char *reason);
/* A new CRL as DER; also written to ca/NAME/ca.crl. Free with free(). */
kf_err kf_labca_crl(kf_context *context, const struct kf_ca_signer *signer, const char *name,
                    uint8_t **ret_der, size_t *ret_len);
