// SPDX-License-Identifier: Apache-2.0
// Requests: one enrollment each, from key generation to the installed certificate; they survive
// restarts.
#pragma once

#include <keyfob/csr.h>

struct json_t;

#define KF_REQUEST_ID_MAX 24 /* "r-17" */

/* The states, in the order of the main path; what follows KF_REQUEST_DONE are the other ends. */
enum kf_request_state {
    KF_REQUEST_INTENT,     /* "draft": recorded, with the CKA_ID that the key will have */
    KF_REQUEST_KEY_READY,  /* "key" */
    KF_REQUEST_CSR_READY,  /* "csr" */
    KF_REQUEST_SUBMITTING, /* "submitting": it may have been sent */
    KF_REQUEST_SUBMITTED,  /* "waiting" */
    KF_REQUEST_ISSUED,     /* "issued": the CA's answer is in the database, unread */
    KF_REQUEST_VERIFIED,   /* "verified" */
    KF_REQUEST_WRITTEN,    /* "written": on the token, read back */
    KF_REQUEST_DONE,       /* "done" */
    KF_REQUEST_REJECTED,
    KF_REQUEST_FAILED, /* the key could not be made */
    KF_REQUEST_WITHDRAWN,
    KF_REQUEST_QUARANTINED,
    KF_REQUEST_NEEDS_OPERATOR
};
const char *kf_request_state_name(enum kf_request_state state);

struct kf_enroll_order {
    const char *connection;
    const char *token;       /* selector; NULL = the only one */
    const char *profile;     /* NULL = "tls-client" */
    enum kf_key_type key;    /* KF_KEY_NONE = the profile's first that the token offers */
    const char *container;   /* label; NULL = made from the subject and the date */
    struct kf_csr_spec spec; /* `profile` in it is ignored */
    const char *fields;      /* the CA's form as a JSON object, or NULL */
    enum kf_id_style id_style;
    bool exportable;  /* the key of a software container may leave it later, see medium.h */
    int64_t wait;     /* seconds to wait for the CA; 0 = do not, -1 = as long as it takes */
    const char *from; /* take subject, names and fields from this request, or NULL */
    /* An own request made elsewhere (CSR later or from another program): PEM or DER. No key is
     * made; the certificate goes to the store only. */
    const uint8_t *csr;
    size_t csr_len;
};

/* The name of at most `max` bytes that a container gets when the order has none: from the subject's
 * common name, or the first other name, and the month: "anna-smith-2026-11". Free with free(). */
kf_err kf_enroll_name(kf_context *context, const struct kf_csr_spec *spec, size_t max,
                      char **ret_name);
/* What the CA makes of an order before anything is recorded or made: the same checks, and what
 * would be sent: {connection, subject, key, fields, notes}. */
kf_err kf_enroll_plan(kf_context *context, const struct kf_enroll_order *order,
                      struct json_t **ret_json);
/* Enroll: goes as far as it can. KF_OK done; KF_E_PENDING waits for the CA; any error leaves a
 * request that can be resumed, named in `ret_id` ("" when nothing was recorded yet). */
kf_err kf_enroll(kf_context *context, const struct kf_enroll_order *order,
                 char ret_id[static KF_REQUEST_ID_MAX]);

/* Go on with one request from wherever it stands; needs the database, the token and the PIN. `wait`
 * as above. KF_E_BUSY when another process works on it. */
kf_err kf_request_resume(kf_context *context, const char *id, int64_t wait);
/* Resume every request that can go on; KF_OK when none is left open, otherwise the last code.
 * Counts may be NULL. */
kf_err kf_resume_all(kf_context *context, size_t *ret_done, size_t *ret_open);
/* Ask the CA once, now; stops before the token is needed. */
kf_err kf_request_check(kf_context *context, const char *id);
/* Write an issued certificate to the token. KF_E_STATE when it is not issued. */
kf_err kf_request_install(kf_context *context, const char *id);
/* The certificate came by another way (manual connector, e-mail): kept as the CA's answer, then as
 * usual. */
kf_err kf_request_import(kf_context *context, const char *id, const uint8_t *data, size_t len);
/* Before anything was sent: the key is destroyed. Later: the CA is asked to cancel and the key
 * stays until it says no, unless `abandon`, which destroys it all the same. */
kf_err kf_request_withdraw(kf_context *context, const char *id, bool abandon);
/* A person has looked: send again after NEEDS_OPERATOR or a CA that wants a retry, ask again after
 * QUARANTINED. KF_E_STATE at the other ends: a new order with `from`. */
kf_err kf_request_retry(kf_context *context, const char *id);

/* keyfob.request/1; list newest first. `next` is [{actor, what, do, since, ...}] in the order in
 * which things happen, what keyfob does meanwhile included. `history` adds the audit rows. */
/* `mark` is what people see first: draft, processing, issued_to_install, issued_installed,
 * rejected, failed, withdrawn, quarantined, needs_operator, or problem where the CA cannot be asked
 * about one that is open. `view` is the list it stands in, see below. */
kf_err kf_request_json(kf_context *context, const char *id, struct json_t **ret_json);
kf_err kf_requests_json(kf_context *context, bool open_only, struct json_t **ret_json);
/* A page of them, newest first; NULL and 0 are the defaults. */
struct kf_request_query {
    const char
        *view; /* "all" (NULL), "pending" (others act), "action" (this person acts), "done" */
    const char *search; /* words that all are in it: names, connection, container, token, id, ...;
                           case does not matter */
    const char *after;  /* the last request of the page before, "r-17" */
    size_t limit;       /* 0 = 100; at most 1000 */
};
/* keyfob.requests/1 {items: keyfob.request/1 [], counts {all, pending, action, done}, next: `after`
 * of the next page, or null}. The counts are of all requests. KF_E_USAGE. */
kf_err kf_requests_page_json(kf_context *context, const struct kf_request_query *query,
                             struct json_t **ret_json);
kf_err kf_request_history_json(kf_context *context, const char *id, struct json_t **ret_json);
/* The CSR of a request (DER). Free with free(). */
kf_err kf_request_csr(kf_context *context, const char *id, uint8_t **ret_der, size_t *ret_len);
/* Short text of what is open and who must act next: keyfob.status/1 {requests, expiring, problems}:
 * `expiring` are certificates with the request that is `renewing` them or null, `problems` counts
 * the requests that wait for this person or cannot reach their CA. */
kf_err kf_status_json(kf_context *context, struct json_t **ret_json);
