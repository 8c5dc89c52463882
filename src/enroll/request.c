// SPDX-License-Identifier: Apache-2.0
// What a person does with a recorded request: check, install, import, retry.
#include "base/text.h"
#include "enroll/flow.h"
#include "x509/cert.h"

kf_err kf_request_check(kf_context *context, const char *id) {
    KF_AUTO(kf_flow) flow = {0};
    KF_TRY(kf_flow_open(context, id, &flow));
    flow.ask_now = true;
    flow.without_token = true;
    return kf_flow_run(&flow);
}

kf_err kf_request_install(kf_context *context, const char *id) {
    KF_AUTO(kf_flow) flow = {0};
    KF_TRY(kf_flow_open(context, id, &flow));
    enum kf_request_state state = flow.request.state;
    if (state != KF_REQUEST_ISSUED && state != KF_REQUEST_VERIFIED && state != KF_REQUEST_WRITTEN)
        return kf_fail(KF_E_STATE, "request %s is %s: there is no certificate to install", id,
                       kf_state_words(state)->title);
    return kf_flow_run(&flow);
}

/* --- the answer came by another way --- */

static bool may_import(enum kf_request_state state) {
    return state == KF_REQUEST_SUBMITTING || state == KF_REQUEST_SUBMITTED ||
           state == KF_REQUEST_NEEDS_OPERATOR || state == KF_REQUEST_QUARANTINED ||
           state == KF_REQUEST_CSR_READY;
}

/* A wrong file is refused here, where the person can name another; later it would be quarantined.
 */
static kf_err check_key_of(const kf_request *request, const uint8_t *data, size_t len) {
    KF_AUTO(kf_certs) certs = {0};
    KF_TRY(kf_certs_read(data, len, &certs));
    for (size_t i = 0; i < certs.count; i++) {
        if (kf_cert_has_spki(certs.items[i], request->spki.data, request->spki.len))
            return KF_OK;
    }
    return kf_fail(KF_E_KEY_MISMATCH, "no certificate in the file is for the key of request r-%lld",
                   (long long)request->number);
}

static kf_err move_to_submitted(kf_flow *flow, const char *note) {
    kf_request *request = &flow->request;
    if (request->state == KF_REQUEST_CSR_READY)
        KF_TRY(kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTING, note));
    if (request->state == KF_REQUEST_SUBMITTED)
        return kf_journal_save(flow->context, request);
    return kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTED, note);
}

kf_err kf_request_import(kf_context *context, const char *id, const uint8_t *data, size_t len) {
    KF_AUTO(kf_flow) flow = {0};
    KF_TRY(kf_flow_open(context, id, &flow));
    kf_request *request = &flow.request;
    if (!may_import(request->state))
        return kf_fail(KF_E_STATE, "request %s is %s and does not wait for a certificate", id,
                       kf_state_words(request->state)->title);
    KF_TRY(check_key_of(request, data, len));
    KF_TRY(kf_flow_take_answer(&flow, data, len));
    KF_TRY(kf_request_set(&request->reason, NULL));
    KF_TRY(kf_request_set(&request->ca_text, NULL)); /* what it waited for came */
    KF_TRY(kf_request_set(&request->ca_who, NULL));
    KF_TRY(kf_request_set(&request->problem, NULL));
    request->login = 0;
    KF_TRY(move_to_submitted(&flow, "the certificate was imported from a file"));
    return kf_flow_run(&flow);
}

/* --- once more --- */

/* What was refused stays in the journal until there is something else. */
static kf_err retry_quarantined(kf_flow *flow) {
    kf_request *request = &flow->request;
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order;
    if (!request->ticket)
        return kf_fail(KF_E_STATE, "\"%s\" gave no order number that could be asked again",
                       request->connection);
    KF_TRY(kf_flow_ca(flow));
    kf_flow_ca_order(flow, &order);
    KF_TRY(kf_ca_poll(flow->ca, &order, request->ticket, &answer));
    if (answer.outcome != KF_CA_ISSUED)
        return kf_fail(KF_E_QUARANTINED,
                       "\"%s\" has no other certificate for request r-%lld, which stays "
                       "quarantined%s%s",
                       request->connection, (long long)request->number, answer.text ? ": " : "",
                       answer.text ? answer.text : "");
    KF_TRY(kf_flow_take_answer(flow, answer.body, answer.body_len));
    KF_TRY(kf_request_set(&request->reason, NULL));
    return kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTED, "asked again by a person");
}

/* With a ticket the CA has the order: it is asked again. Without one it is looked for again where
 * that is possible; what that cannot tell, the person has seen: the CA does not have it. */
static kf_err retry_unknown(kf_flow *flow) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->reason, NULL));
    if (request->ticket)
        return kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTED,
                               "asked again by a person");
    KF_TRY(kf_flow_ca(flow));
    bool looks = kf_ca_connector(flow->ca)->duplicates == KF_CA_LOOKUP;
    request->not_accepted = !looks;
    flow->looked = true;
    return kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTING,
                           looks ? "looked for again by a person" : "sent again by a person");
}

kf_err kf_request_retry(kf_context *context, const char *id) {
    KF_AUTO(kf_flow) flow = {0};
    KF_TRY(kf_flow_open(context, id, &flow));
    enum kf_request_state state = flow.request.state;
    if (state == KF_REQUEST_QUARANTINED)
        KF_TRY(retry_quarantined(&flow));
    else if (state == KF_REQUEST_NEEDS_OPERATOR)
        KF_TRY(retry_unknown(&flow));
    else if (kf_state_is_end(state)) {
        kf_fail(KF_E_STATE, "request %s is %s and is not sent again", id,
                kf_state_words(state)->title);
        kf_error_hint("Make a new request with the same data: `keyfob enroll --from %s`.", id);
        return KF_E_STATE;
    }
    flow.ask_now = true;
    return kf_flow_run(&flow);
}
