// SPDX-License-Identifier: Apache-2.0
// Renewing and revoking certificates of the personal store.
#pragma once

#include <keyfob/request.h>

struct kf_renew_order {
    const char *certificate; /* in the personal store, by any of its names */
    bool same_key;           /* certify the same key again, where the CA does that */
    bool reissue; /* the same order with a new key (a lost token), where the CA knows that */
    const char *connection; /* NULL = the one that it came from */
    const char *token;      /* NULL = where its key is */
    const char *container;  /* NULL = made from the subject and the date */
    enum kf_key_type key;   /* KF_KEY_NONE = as before */
    const char *fields;     /* changes to the CA's form as a JSON object, or NULL */
    int64_t wait;           /* as in struct kf_enroll_order */
};
/* Renew: subject, names, profile and fields come from the old request and certificate. The old
 * certificate and its key stay; it is marked as superseded once the new one is proven on the token.
 * Errors as kf_enroll(); KF_E_STATE when a renewal of it is already under way (named). */
kf_err kf_renew(kf_context *context, const struct kf_renew_order *order,
                char ret_id[static KF_REQUEST_ID_MAX]);

/* By the names of RFC 5280 5.3.1 ("keyCompromise"), in any case, with or without "-" and "_".
 * KF_E_USAGE lists them. */
kf_err kf_revocation_reason_parse(const char *text, int *ret_reason);
const char *kf_revocation_reason_name(int reason); /* NULL for what is none */
/* Ask the CA to revoke a certificate of the personal store, or the one that came for a request
 * ("r-17") and was not installed, quarantined for example; `connection` NULL = the one it came
 * from. KF_OK: revoked, and marked so; KF_E_NEEDS_PERSON or KF_E_PENDING: asked for, not decided
 * yet, and kept (once more asks again). Then `ret_json` (may be NULL) is keyfob.revocation/1
 * {status: revoked|asked, reason, text, connection, subject_text, serial}. KF_E_REJECTED: the CA
 * does not revoke it. The key and the certificate on the token are not touched. */
kf_err kf_revoke(kf_context *context, const char *certificate, const char *connection, int reason,
                 const char *comment, struct json_t **ret_json);
