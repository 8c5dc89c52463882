// SPDX-License-Identifier: Apache-2.0
// The flow: one request on its way through the states.
#include "enroll/flow.h"

#include <string.h>

#include "base/text.h"

/* What a state asks for next. States without a step are ends. */
static kf_err (*const steps[])(kf_flow *) = {
    [KF_REQUEST_INTENT] = kf_step_make_key,       [KF_REQUEST_KEY_READY] = kf_step_make_csr,
    [KF_REQUEST_CSR_READY] = kf_step_intend_send, [KF_REQUEST_SUBMITTING] = kf_step_send,
    [KF_REQUEST_SUBMITTED] = kf_step_ask,         [KF_REQUEST_ISSUED] = kf_step_verify,
    [KF_REQUEST_VERIFIED] = kf_step_install,      [KF_REQUEST_WRITTEN] = kf_step_finish,
};

/* What an end means for whoever runs into it; DONE is no error. */
static const struct {
    enum kf_request_state state;
    kf_err err;
    const char *words; /* after "request r-1" */
} ends[] = {
    {KF_REQUEST_REJECTED, KF_E_REJECTED, "is rejected"},
    {KF_REQUEST_FAILED, KF_E_FAILED, "failed, no usable key"},
    {KF_REQUEST_WITHDRAWN, KF_E_STATE, "is withdrawn"},
    {KF_REQUEST_QUARANTINED, KF_E_QUARANTINED, "is quarantined"},
    {KF_REQUEST_NEEDS_OPERATOR, KF_E_NEEDS_OPERATOR, "waits for a person to look"},
};

kf_err kf_request_set(char **field, const char *text) {
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    free(*field);
    *field = copy;
    return KF_OK;
}

void kf_flow_clear(kf_flow *flow) {
    kf_ca_close(flow->ca);
    kf_signer_free(flow->signer);
    kf_flow_release_token(flow);
    kf_lock_clear(&flow->lock);
    kf_order_clear(&flow->order);
    kf_request_clear(&flow->request);
    *flow = (kf_flow){0};
}

void kf_flow_pass(kf_flow *from, kf_flow *to) {
    if (!from || !to)
        return;
    kf_tokens *tokens = KF_MOVE(from->tokens);
    if (tokens) { /* the token keeps its session, logged in; others may write to it meanwhile */
        kf_key_free(KF_MOVE(from->key));
        kf_session_free(KF_MOVE(from->session));
    }
    kf_flow_release_token(from);
    kf_flow_release_token(to);
    to->tokens = tokens;
    kf_ca_close(to->ca);
    kf_signer_free(to->signer);
    to->signer = KF_MOVE(from->signer);
    to->ca = KF_MOVE(from->ca);
}

kf_err kf_flow_open(kf_context *context, const char *id, kf_flow *ret_flow) {
    KF_AUTO(kf_flow) flow = {.context = context};
    KF_TRY(kf_journal_load(context, id, &flow.request));
    KF_TRY(kf_journal_lock(context, &flow.request, &flow.lock));
    KF_TRY(kf_journal_load(context, id, &flow.request));
    KF_TRY(kf_order_decode(&flow.request, &flow.order));
    if (!flow.order.profile) /* every order has one; the steps rely on it */
        return kf_fail(KF_E_DATABASE, "the order of request %s has lost its profile", id);
    kf_flow_clear(ret_flow);
    *ret_flow = flow;
    flow = (kf_flow){0};
    return KF_OK;
}

static kf_err end_of(const kf_flow *flow) {
    const kf_request *request = &flow->request;
    for (size_t i = 0; i < KF_COUNT(ends); i++) {
        if (ends[i].state != request->state)
            continue;
        kf_fail(ends[i].err, "request r-%lld %s%s%s", (long long)request->number, ends[i].words,
                request->reason ? ": " : "", request->reason ? request->reason : "");
        if (ends[i].err == KF_E_REJECTED)
            kf_error_hint("Correct what the CA names, then enroll with the same data again: "
                          "`keyfob enroll --from r-%lld`.",
                          (long long)request->number);
        return ends[i].err;
    }
    return KF_OK;
}

/* Every error of a recorded request tells how to go on with it. */
static kf_err say_how_to_go_on(const kf_flow *flow, kf_err err) {
    static const kf_err own_hint[] = {KF_E_TOKEN_AMBIGUOUS, KF_E_PIN_WRONG,    KF_E_PIN_LOCKED,
                                      KF_E_PIN_LOW,         KF_E_REJECTED,     KF_E_QUARANTINED,
                                      KF_E_NEEDS_OPERATOR,  KF_E_NEEDS_PERSON, KF_E_STATE,
                                      KF_E_PENDING,         KF_E_INTERRUPTED};
    long long number = (long long)flow->request.number;
    if (err == KF_E_NEEDS_PERSON)
        kf_error_hint("Do what is said above, then run `keyfob resume r-%lld`.", number);
    bool has_own = err == KF_E_PENDING && strstr(kf_error_next(err), "keyfob resume");
    if ((err == KF_E_PENDING || err == KF_E_INTERRUPTED) && !has_own) {
        kf_error_hint("Wait with `keyfob wait r-%lld`, or go on later with `keyfob resume r-%lld`.",
                      number, number);
        return err;
    }
    if (kf_state_is_end(flow->request.state))
        return err; /* there is nothing to go on with */
    for (size_t i = 0; i < KF_COUNT(own_hint); i++) {
        if (own_hint[i] == err)
            return err;
    }
    if (strstr(kf_error_next(err), "keyfob resume"))
        return err;
    KF_AUTO_FREE char *next = kf_str("%s", kf_error_next(err));
    kf_error_hint("%s Then go on with `keyfob resume r-%lld`.", next ? next : "", number);
    return err;
}

static bool needs_token(const kf_flow *flow) {
    enum kf_request_state state = flow->request.state;
    return flow->request.token_uri &&
           (state == KF_REQUEST_INTENT || state == KF_REQUEST_KEY_READY ||
            state == KF_REQUEST_VERIFIED);
}

kf_err kf_flow_run(kf_flow *flow) {
    while (!kf_state_is_end(flow->request.state)) {
        if (flow->without_token && needs_token(flow))
            return KF_OK;
        /* between the record and the send an interruption would leave it unknown what was sent */
        if (!flow->fresh_send && kf_context_interrupted(flow->context))
            return say_how_to_go_on(flow,
                                    kf_fail(KF_E_INTERRUPTED, "interrupted; request r-%lld is kept",
                                            (long long)flow->request.number));
        kf_err err = steps[flow->request.state](flow);
        if (err != KF_OK)
            return say_how_to_go_on(flow, err);
    }
    return end_of(flow);
}
