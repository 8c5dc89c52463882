// SPDX-License-Identifier: Apache-2.0
// The agent's parts: what it remembers, asking the CAs, writing back, renewing and warning.
#pragma once

#include <keyfob/agent.h>

#include "base/db.h"
#include "enroll/flow.h"

#define KF_AGENT_CAS_MAX 16
#define KF_AGENT_DUE_MAX 200 /* requests of one connection that one round looks at */
#define KF_AGENT_BURST   5   /* requests that may be sent to a CA at once */

/* A CA that is open, for as long as one is asked after the other. */
struct kf_agent_ca {
    char *connection;
    kf_ca *ca;
    kf_signer *signer;
    int64_t opened; /* ms of kf_monotonic_ms() */
};

typedef struct kf_agent {
    kf_context *context;
    struct kf_agent_options options;
    kf_db *db;
    struct kf_agent_ca cas[KF_AGENT_CAS_MAX];
    size_t ca_count;
    bool issued;       /* something was issued in this round: look for its token at once */
    int64_t looked_at; /* when tokens and ends were looked at last */
    int64_t now_seen;  /* by the clock, in the last round */
} kf_agent;

/* --- what it remembers (agent_memory.c) --- */
/* The journal's and the agent's tables. */
kf_err kf_agent_db(kf_context *context, kf_db **ret_db);
/* Tell, unless something was told under `what` of `subject` ("r-17", "connection/corp") before and
 * not forgotten since. */
kf_err kf_agent_tell_once(kf_agent *agent, const char *subject, const char *what,
                          const struct kf_agent_news *news);
void kf_agent_tell(kf_agent *agent, const struct kf_agent_news *news);
/* When it was remembered, 0 = it was not; and with which text (may be NULL; free with free()). */
kf_err kf_agent_recall(kf_agent *agent, const char *subject, const char *what, int64_t *ret_at,
                       char **ret_text);
kf_err kf_agent_remember(kf_agent *agent, const char *subject, const char *what, const char *text);
kf_err kf_agent_forget(kf_agent *agent, const char *subject, const char *what);

/* --- how often a CA is asked (agent_pace.c): at most 30 requests a minute --- */
/* How many requests of `wanted` may be sent to it now; they are counted as sent. */
kf_err kf_agent_take(kf_agent *agent, const char *connection, size_t wanted, size_t *ret_granted);
/* It is let alone for so long; 0: as long as its failures in a row say. */
kf_err kf_agent_rest(kf_agent *agent, const char *connection, int64_t seconds);
/* It answered: no failures. */
kf_err kf_agent_rested(kf_agent *agent, const char *connection);
/* Seconds until something may be sent to it: 0 = now. */
kf_err kf_agent_wait(kf_db *db, const char *connection, int64_t now, int64_t *ret_seconds);

/* --- open CAs (agent_cas.c) --- */
/* Open, or still open; lent until one is closed. */
kf_err kf_agent_ca(kf_agent *agent, const char *connection, const struct kf_agent_ca **ret_ca);
void kf_agent_close_ca(kf_agent *agent, const struct kf_agent_ca *ca);
void kf_agent_close_old_cas(kf_agent *agent);
void kf_agent_close_cas(kf_agent *agent);

/* --- asking (agent_ask.c, agent_changes.c) --- */
struct kf_agent_due {
    int64_t numbers[KF_AGENT_DUE_MAX]; /* of requests */
    size_t count;
};
kf_err kf_agent_ask(kf_agent *agent);
/* One question for all, where the CA has that: what has no news leaves `due`. */
kf_err kf_agent_changes(kf_agent *agent, const struct kf_agent_ca *ca, struct kf_agent_due *due);
/* Seconds until a request is due; INT64_MAX = none. */
kf_err kf_agent_next_ask(kf_agent *agent, int64_t *ret_seconds);
void kf_agent_request_name(int64_t number, char ret_id[static KF_REQUEST_ID_MAX]);

/* --- one request's news (agent_news.c) --- */
/* What became of a request that the flow went on with. */
kf_err kf_agent_outcome(kf_agent *agent, const kf_request *request);
/* The CA is there, and yet this request cannot go on (`err` is the present error); KF_OK: it can.
 */
kf_err kf_agent_request_problem(kf_agent *agent, const kf_request *request, kf_err err);
/* The connection did not work (`err` is the present error), or works again. */
kf_err kf_agent_problem(kf_agent *agent, const char *connection, kf_err err);
kf_err kf_agent_solved(kf_agent *agent, const char *connection);
/* Since a PIN was refused for its client certificate, nobody has asked it with success. */
kf_err kf_agent_is_blocked(kf_agent *agent, const char *connection, bool *ret_blocked);

/* --- tokens (agent_install.c) --- */
kf_err kf_agent_install(kf_agent *agent);
/* A PIN that needs no person; and may it be tried on this token? Once refused, not before a person
 * has put something on it. */
bool kf_agent_has_pin(const kf_agent *agent);
kf_err kf_agent_may_try(kf_agent *agent, const char *token_uri, bool *ret_may);
kf_err kf_agent_pin_refused(kf_agent *agent, const char *token_uri);
bool kf_agent_is_pin_error(kf_err err);
kf_err kf_agent_next_install(kf_agent *agent, int64_t *ret_seconds);

/* --- ends of certificates (agent_renew.c) --- */
kf_err kf_agent_renew(kf_agent *agent);
kf_err kf_agent_next_end(kf_agent *agent, int64_t *ret_seconds);
