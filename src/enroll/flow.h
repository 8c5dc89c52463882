// SPDX-License-Identifier: Apache-2.0
// The flow: one request on its way through the states, with whatever it holds open on the way.
#pragma once

#include <keyfob/signer.h>

#include "ca/ca.h"
#include "enroll/order.h"
#include "token/key.h"

typedef struct kf_flow {
    kf_context *context;
    kf_request request;
    kf_order order;
    kf_lock lock; /* the request's */

    /* the token's side, opened when it is first needed */
    kf_tokens *tokens;
    kf_lock token_lock;
    kf_session *session;
    kf_key *key;

    /* the CA's side */
    kf_signer *signer;
    kf_ca *ca;

    int64_t deadline; /* wait for the CA until then; 0 = do not wait */
    bool fresh_key; /* INTENT was recorded by this process: nothing can be on the token under its id
                     */
    bool fresh_send;    /* SUBMITTING was recorded by this process and nothing was sent yet */
    bool looked;        /* a person has, and the CA does not have the order */
    bool ask_now;       /* ask the CA although its time has not come */
    bool without_token; /* stop where the token would be needed */
    bool without_pin;   /* use of the token what needs no login */
    bool reached;       /* the CA has answered */
    int64_t ca_rest;    /* seconds for which it wants to be let alone, 0 = it did not say so */
} kf_flow;

void kf_flow_clear(kf_flow *flow);
/* Hand over what several requests may use one after the other: the tokens, which stay logged in,
 * and the opened CA. NULL for either is nothing. */
void kf_flow_pass(kf_flow *from, kf_flow *to);

/* Take the request's lock and load it again under the lock. */
kf_err kf_flow_open(kf_context *context, const char *id, kf_flow *ret_flow);

/* Go through the states until an end, an error, or something that must be waited for. KF_OK: done.
 */
kf_err kf_flow_run(kf_flow *flow);

/* --- the token's side (flow_token.c) --- */
/* The token of the request, with an open session that is logged in; `why` as in kf_session_login().
 */
kf_err kf_flow_session(kf_flow *flow, const char *why);
/* The token that `selector` names, for a request that is not recorded yet. */
kf_err kf_flow_choose_token(kf_flow *flow, const char *selector, kf_token **ret_token);
kf_err kf_flow_login(kf_flow *flow, kf_token *token, const char *why);
/* Let go of session, lock and modules: before a long wait. */
void kf_flow_release_token(kf_flow *flow);

/* --- the container's name (container_name.c) --- */
/* What the order says, or made from its subject. */
kf_err kf_flow_name_container(kf_flow *flow, const struct kf_enroll_order *order);
/* Is it free, with a session? One that was made up is numbered; one that a person gave is
 * KF_E_EXISTS. */
kf_err kf_flow_check_container(kf_flow *flow, bool given);

/* --- its key (flow_key.c) --- */
/* The request's key, found by its public half. */
kf_err kf_flow_key(kf_flow *flow, const char *why);
/* With a session, before the public half is known: the key under the recorded id, or the new one of
 * a token that chooses the id itself. `flow->key` stays NULL when there is none; KF_E_KEY_UNUSABLE
 * when it is half a pair, KF_E_NEEDS_OPERATOR when there are several. */
kf_err kf_flow_find_made(kf_flow *flow);
/* With a session: destroy `flow->key` and whatever is left under the request's ids. */
kf_err kf_flow_destroy_key(kf_flow *flow);

/* --- the CA's side (flow_ca.c) --- */
kf_err kf_flow_ca(kf_flow *flow);
/* Put what the CA sent into the request, with its hash; not recorded yet. */
kf_err kf_flow_take_answer(kf_flow *flow, const uint8_t *data, size_t len);
void kf_flow_ca_order(kf_flow *flow, struct kf_ca_order *ret_order);

/* --- when to ask again (schedule.c) --- */
/* After the CA was asked: `ca_delay` as in struct kf_ca_answer. Not recorded yet. */
void kf_flow_plan_next(kf_flow *flow, int64_t ca_delay);
/* The connection failed: the request stays where it is, the problem is recorded, and `err` goes on.
 */
kf_err kf_flow_note_problem(kf_flow *flow, kf_err err);
/* What the CA says now, and who must act (NULL: the CA); since when is kept while it stays the
 * same. Not recorded yet. */
kf_err kf_flow_note_words(kf_flow *flow, const char *text, const char *who);

/* --- the steps, one a state --- */
kf_err kf_step_make_key(kf_flow *flow);    /* INTENT */
kf_err kf_step_make_csr(kf_flow *flow);    /* KEY_READY */
kf_err kf_step_intend_send(kf_flow *flow); /* CSR_READY */
kf_err kf_step_send(kf_flow *flow);        /* SUBMITTING */
kf_err kf_step_ask(kf_flow *flow);         /* SUBMITTED */
kf_err kf_step_verify(kf_flow *flow);      /* ISSUED */
kf_err kf_step_install(kf_flow *flow);     /* VERIFIED */
kf_err kf_step_finish(kf_flow *flow);      /* WRITTEN */

/* Replace a string of the request by a copy (NULL empties it). */
kf_err kf_request_set(char **field, const char *text);
/* The moment until which to wait: `wait` as in struct kf_enroll_order. 0 = do not wait. */
int64_t kf_flow_deadline(const kf_context *context, int64_t wait);
