// SPDX-License-Identifier: Apache-2.0
// Withdrawing: the state first, the key afterwards.
#include "enroll/withdraw.h"

#include "base/text.h"

/* Found by the public key; before KEY_READY there is only what was recorded before it was made. */
static kf_err destroy_key(kf_flow *flow) {
    const kf_request *request = &flow->request;
    KF_TRY(kf_flow_session(flow, "to destroy the unused key"));
    kf_err err = request->spki.len > 0 ? kf_key_find_public(flow->session, request->spki.data,
                                                            request->spki.len, &flow->key)
                                       : kf_flow_find_made(flow);
    if (err != KF_OK && err != KF_E_NOT_FOUND && err != KF_E_KEY_UNUSABLE)
        return err;
    return kf_flow_destroy_key(flow);
}

/* Only a key that was made for this request and for nothing else: one that was certified again
 * since then stays. */
static kf_err has_own_key(kf_flow *flow, bool *ret_own) {
    const kf_request *request = &flow->request;
    bool shared = false;
    if (request->spki.len > 0)
        KF_TRY(kf_journal_knows_key(flow->context, request->spki.data, request->spki.len,
                                    request->number, &shared));
    *ret_own = request->token_uri && !request->same_key && !shared;
    return KF_OK;
}

/* The token may come back long after the withdrawal. */
kf_err kf_withdraw_sweep(kf_flow *flow) {
    kf_request *request = &flow->request;
    bool own_key = false;
    KF_TRY(has_own_key(flow, &own_key));
    if (own_key)
        KF_TRY(destroy_key(flow));
    request->key_left = 0;
    KF_TRY(kf_journal_save(flow->context, request));
    return kf_journal_note(flow->context, request,
                           own_key ? "the unused key was destroyed"
                                   : "the key stays: another request has it");
}

/* It came too late: what the CA sent along is not thrown away, whatever the person wants next. */
static kf_err keep_issued(kf_flow *flow, const struct kf_ca_answer *answer) {
    kf_request *request = &flow->request;
    if (answer->outcome != KF_CA_ISSUED || request->state != KF_REQUEST_SUBMITTED)
        return KF_OK;
    KF_TRY(kf_flow_take_answer(flow, answer->body, answer->body_len));
    KF_TRY(kf_journal_save(flow->context, request));
    kf_fail(KF_E_STATE, "\"%s\" had issued the certificate of request r-%lld already",
            request->connection, (long long)request->number);
    kf_error_key("The key is safe on the token, and the certificate is kept.");
    kf_error_hint(
        "Install it with `keyfob resume r-%lld`, then have it revoked if it is not wanted.",
        (long long)request->number);
    return KF_E_STATE;
}

/* Has the CA said a final no? Without one the key stays: a certificate for it may still come. */
static kf_err ask_to_cancel(kf_flow *flow) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order;
    KF_TRY(kf_flow_ca(flow));
    kf_flow_ca_order(flow, &order);
    if (kf_ca_connector(flow->ca)->cancel && flow->request.ticket) {
        KF_TRY(kf_ca_cancel(flow->ca, &order, flow->request.ticket, &answer));
        if (answer.outcome == KF_CA_REJECTED || answer.outcome == KF_CA_NOT_FOUND)
            return KF_OK;
        KF_TRY(keep_issued(flow, &answer));
    }
    kf_fail(KF_E_STATE, "\"%s\" may still issue a certificate for request r-%lld",
            flow->request.connection, (long long)flow->request.number);
    kf_error_key("The key is safe on the token.");
    kf_error_hint("Cancel the order with the CA, then run "
                  "`keyfob request withdraw r-%lld --abandon`, which destroys the key.",
                  (long long)flow->request.number);
    return KF_E_STATE;
}

/* An only attempt of which the CA said clearly that it took nothing is none, and what came of the
 * order may be revoked by now. */
static bool may_be_sent(const kf_request *request) {
    enum kf_request_state state = request->state;
    if (state == KF_REQUEST_SUBMITTING)
        return !(request->not_accepted && request->attempt == 1);
    if (state == KF_REQUEST_QUARANTINED)
        return !request->revoked_at;
    return state == KF_REQUEST_SUBMITTED || state == KF_REQUEST_NEEDS_OPERATOR;
}

static kf_err cannot(const kf_request *request, enum kf_request_state state) {
    long long number = (long long)request->number;
    kf_fail(KF_E_STATE, "request r-%lld is %s and cannot be withdrawn", number,
            kf_state_words(state)->title);
    if (!kf_state_is_end(state))
        kf_error_hint("Install it with `keyfob resume r-%lld`, or have it revoked with `keyfob "
                      "revoke r-%lld` and then withdraw it.",
                      number, number);
    return KF_E_STATE;
}

kf_err kf_request_withdraw(kf_context *context, const char *id, bool abandon) {
    KF_AUTO(kf_flow) flow = {0};
    bool own_key = false;
    KF_TRY(kf_flow_open(context, id, &flow));
    kf_request *request = &flow.request;
    if (request->state == KF_REQUEST_WITHDRAWN && request->key_left)
        return kf_withdraw_sweep(&flow);
    bool answered = request->state == KF_REQUEST_SUBMITTED && request->answer.len > 0;
    if (answered || !kf_move_allowed(request->state, KF_REQUEST_WITHDRAWN))
        return cannot(request, answered ? KF_REQUEST_ISSUED : request->state);
    if (may_be_sent(request) && !abandon)
        KF_TRY(ask_to_cancel(&flow));
    KF_TRY(has_own_key(&flow, &own_key));
    request->key_left = own_key;
    KF_TRY(kf_journal_move(context, request, KF_REQUEST_WITHDRAWN, abandon ? "abandoned" : NULL));
    return request->key_left ? kf_withdraw_sweep(&flow) : KF_OK;
}
