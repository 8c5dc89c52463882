// SPDX-License-Identifier: Apache-2.0
// Test doubles of CA services: an HTTP(S) server of our own in a thread, with faults that can be
// switched on, and one file of behaviour a service. Never shipped.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- for tests --- */

typedef struct kf_double kf_double;

/* How it shows itself over TLS. All but PLAIN, OK and MTLS must be refused by a client. */
enum double_tls {
    DOUBLE_PLAIN, /* http on 127.0.0.1 */
    DOUBLE_TLS,
    DOUBLE_TLS_EXPIRED,
    DOUBLE_TLS_WRONG_HOST,
    DOUBLE_TLS_SELF_SIGNED,
    DOUBLE_TLS_1_0,
    DOUBLE_TLS_CLIENT /* wants a client certificate of the double's CA */
};

/* Starts on a free port of 127.0.0.1; `service` is "privacyidea", "digicert", "cryptopro", or
 * "plain" (answers every request with 200 "{}"). Aborts the test when it cannot. */
kf_double *double_start(const char *service, enum double_tls tls);
void double_stop(kf_double *d);
const char *double_url(const kf_double *d); /* "https://127.0.0.1:41234" */
/* PEM files in a private folder, removed at the stop: the root of the TLS certificate, and the root
 * of the certificates that the service issues. */
const char *double_tls_root(const kf_double *d);
const char *double_ca_root(const kf_double *d);

/* Knobs are texts. Those of the server, for any service (each "" = off):
 *   fault   what happens to the next requests that match `fault-path`:
 *       "refuse"           closed before an answer
 *       "lose"             processed, then the connection is reset: answer lost after commit
 *       "redirect"         302 to `redirect-to`; "redirect:307": that status
 *       "html", "empty"    200 with a page, 200 without a body
 *       "truncate"         Content-Length larger than what comes
 *       "cut:N"            closed after N bytes of the answer; "cut:-N": before its last N
 *       "mangle:N"         one bit of the answer's body is another; N chooses which
 *       "oversize"         2 MiB; "oversize-stream": 64 MiB without a Content-Length
 *       "endless-headers"
 *       "slow", "stall"    one byte a second, nothing for 60 s
 *       "garbage", "deep"  no HTTP, JSON of depth 100,000
 *       "status:429"       that status, and Retry-After from `retry-after`
 *     The service sees the request for "lose", "truncate", "cut", "mangle" and "slow" only; for
 *     another one too when it is written "after:html", "after:status:502", ...
 *     Setting "" also puts the next two back to their first values.
 *   fault-count   how many requests ("1"; "-1" = until switched off)
 *   fault-path    only requests whose "METHOD path" contains this text; "POST /order" also matches
 *                 every POST whose path contains "/order"
 * Every service knows these for the certificates it issues:
 *   issue   "" = for the CSR as asked
 *       "other-key", "other-order" (one issued before for another key)
 *       "wrong-chain" (not under double_ca_root()), "extra-root" (an unknown root comes along)
 *       "expired", "ca" (CA:TRUE), "long" (20 years)
 *   days    how long a certificate is valid ("365")
 *   purpose its extended key usage in OpenSSL's words, where the CSR asks for none ("clientAuth")
 *   usage, san   the same for its key usage and its names; "" = digitalSignature, none
 *   decide  what happens to new orders
 *       "issue"    at once
 *       "pend"     until double_set(d, "pending", "issue" or "reject")
 *       "reject"
 *       "approval" a person at the CA must act, where the service knows that
 * Further ones stand in the service's own file. Unknown knobs abort the test. */
void double_set(kf_double *d, const char *knob, const char *value);
/* Counters: "requests", "connections", "orders" (made and kept), "certificates", "logins", and
 * those of the service. */
long double_count(kf_double *d, const char *counter);
/* The last request that matched "METHOD path-part": its header, "body", "query" or "path"; "" when
 * none. The text lives until the next call. */
const char *double_seen(kf_double *d, const char *request, const char *header);

/* --- for the services' files --- */

struct double_request {
    const char *method, *path /* decoded, without query */, *query /* raw, "" when none */;
    const char *body; /* NUL-terminated */
    size_t body_len;
    json_t *json; /* the body when it is JSON, or NULL */
    const struct double_headers *headers;
};
/* "" when absent; names without regard to case. */
const char *double_header(const struct double_request *request, const char *name);
/* A value of the query, or of a body of name=value&..., decoded; "" when absent. Lives as long as
 * the request. */
const char *double_query(const struct double_request *request, const char *name);
const char *double_form(const struct double_request *request, const char *name);

struct double_reply {
    int status;
    char *body; /* malloc'ed by the double_reply_...() below */
    size_t body_len;
    const char *type; /* static */
    char extra[512];  /* further header lines, each ended with CRLF */
};
/* Takes `json` over. */
void double_reply_json(struct double_reply *reply, int status, json_t *json);
void double_reply_data(struct double_reply *reply, int status, const char *type, const void *data,
                       size_t len);

struct double_service {
    const char *name;
    /* Knobs of its own: name, first value, name, first value, ..., NULL. */
    const char *const *knobs;
    void *(*start)(kf_double *d); /* the state */
    void (*stop)(void *state);
    /* One request at a time: the server holds a lock. `decide`/"pending" are read by the service.
     */
    void (*handle)(kf_double *d, void *state, const struct double_request *request,
                   struct double_reply *reply);
};
extern const struct double_service double_plain, double_privacyidea, double_digicert,
    double_cryptopro;

const char *double_knob(const kf_double *d, const char *knob);
void double_add(kf_double *d, const char *counter, long n);

/* --- the doubles' CA (issuer.c) --- */
/* A certificate for the key in `csr` (PEM or DER or bare base64): PEM, malloc'ed, chain without the
 * root when `chain`; "issue" is obeyed. `subject` "CN=..,O=.." replaces that of the CSR, or NULL.
 * `copy_san`: take the CSR's alternative names over; its usages always are. NULL when the CSR is
 * bad.
 */
char *double_issue(kf_double *d, const char *csr, size_t len, const char *subject, bool copy_san,
                   bool chain);
/* The same key? Both PEM, DER or bare base64; a certificate or a CSR each. */
bool double_same_key(const char *a, size_t a_len, const char *b, size_t b_len);
/* The CA's own certificates as PEM (root last), malloc'ed, and as a degenerate PKCS#7 in DER. */
char *double_ca_chain(kf_double *d);
unsigned char *double_ca_p7b(kf_double *d, size_t *ret_len);
/* One PEM certificate to DER, malloc'ed. */
unsigned char *double_pem_to_der(const char *pem, size_t *ret_len);
