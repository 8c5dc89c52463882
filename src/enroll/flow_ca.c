// SPDX-License-Identifier: Apache-2.0
// The CA's side of the flow: sending, asking, and what the answers mean. Nothing is sent that is
// not recorded first.
#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"

/* How long an order may still turn up at a CA that says it knows nothing of it (seconds). */
#define LOOKUP_WINDOW 900
/* For a CA that wants to be asked again and does not say when (seconds). */
#define RETRY_DELAY 60
/* A session that waits longer than this for the CA lets go of the token (seconds). */
#define KEEP_TOKEN_WHILE_WAITING 60

kf_err kf_flow_ca(kf_flow *flow) {
    if (flow->ca)
        return KF_OK;
    if (!flow->signer)
        KF_TRY(kf_signer_new(flow->context, &flow->signer));
    return kf_ca_open(flow->context, flow->request.connection, kf_signer_door(flow->signer),
                      &flow->ca);
}

void kf_flow_ca_order(kf_flow *flow, struct kf_ca_order *ret_order) {
    *ret_order = (struct kf_ca_order){
        .client_id = flow->request.client_id,
        .csr = flow->request.csr.data,
        .csr_len = flow->request.csr.len,
        .profile = flow->request.profile,
        .fields = flow->order.fields,
        .memo = flow->request.memo,
        .old_ticket = flow->request.old_ticket,
        .old_cert = flow->request.old_cert.data,
        .old_cert_len = flow->request.old_cert.len,
        .reissue = flow->request.reissue != 0,
    };
}

static kf_err hash_hex(const kf_buf *bytes, char **field) {
    KF_AUTO(kf_buf) hex = {0};
    uint8_t digest[32];
    if (!EVP_Digest(bytes->data, bytes->len, digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "SHA-256 is not available");
    KF_TRY(kf_hex(&hex, digest, sizeof digest, 0));
    return kf_request_set(field, kf_buf_str(&hex));
}

/* --- before sending --- */

static kf_err record_sending(kf_flow *flow, const char *note) {
    kf_request *request = &flow->request;
    request->attempt++;
    request->sent_at = kf_context_now(flow->context);
    request->not_accepted = 0;
    request->login = 0;
    KF_TRY(hash_hex(&request->csr, &request->sent_hash));
    return kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTING, note);
}

/* Once, before the first send: what a look-up compares with is the time before any of them. */
static kf_err remember(kf_flow *flow) {
    struct kf_ca_order order;
    KF_AUTO_FREE char *memo = NULL;
    KF_TRY(kf_flow_ca(flow));
    kf_flow_ca_order(flow, &order);
    KF_TRY(kf_ca_remember(flow->ca, &order, &memo));
    return kf_request_set(&flow->request.memo, memo);
}

kf_err kf_step_intend_send(kf_flow *flow) {
    kf_err err = remember(flow);
    if (err != KF_OK)
        return kf_flow_note_problem(flow, err);
    KF_TRY(record_sending(flow, NULL));
    flow->fresh_send = true;
    return KF_OK;
}

/* --- what an answer means --- */

static kf_err take_words(kf_flow *flow, const struct kf_ca_answer *answer) {
    kf_request *request = &flow->request;
    if (answer->ticket)
        KF_TRY(kf_request_set(&request->ticket, answer->ticket));
    bool person = answer->outcome == KF_CA_NEEDS_PERSON;
    const char *who = !person ? NULL : answer->who ? answer->who : "you";
    return kf_flow_note_words(flow, answer->text, who);
}

static kf_err rejected(kf_flow *flow, const struct kf_ca_answer *answer) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->reason, answer->text ? answer->text : "no reason given"));
    KF_TRY(kf_flow_note_words(flow, NULL, NULL)); /* what was said while it waited */
    KF_TRY(kf_journal_move(flow->context, request, KF_REQUEST_REJECTED, request->reason));
    kf_step(flow->context, "submit", KF_STEP_FAILED, 0, "rejected by \"%s\": %s",
            request->connection, request->reason);
    return KF_OK;
}

/* The certificate's bytes go into the database before anybody reads them. What was revoked is what
 * came before. */
kf_err kf_flow_take_answer(kf_flow *flow, const uint8_t *data, size_t len) {
    kf_request *request = &flow->request;
    bool same = len > 0 && request->answer.len == len && !memcmp(request->answer.data, data, len);
    if (!same)
        request->revoked_at = request->revoked_reason = 0;
    KF_TRY(kf_buf_set(&request->answer, data, len));
    return hash_hex(&flow->request.answer, &flow->request.answer_hash);
}

static kf_err accepted(kf_flow *flow, const struct kf_ca_answer *answer) {
    kf_request *request = &flow->request;
    KF_TRY(take_words(flow, answer));
    KF_TRY(kf_request_set(&request->memo, NULL)); /* nobody has to look for it any more */
    if (answer->outcome == KF_CA_ISSUED)
        KF_TRY(kf_flow_take_answer(flow, answer->body, answer->body_len));
    kf_flow_plan_next(flow, answer->delay);
    KF_TRY(kf_journal_move(flow->context, request, KF_REQUEST_SUBMITTED, request->ca_text));
    kf_step(flow->context, "submit", KF_STEP_DONE, 0, "request sent to \"%s\"",
            request->connection);
    return KF_OK;
}

static kf_err not_accepted(kf_flow *flow, const struct kf_ca_answer *answer) {
    kf_request *request = &flow->request;
    request->not_accepted = 1;
    kf_flow_plan_next(flow, answer->delay);
    KF_TRY(kf_request_set(&request->problem, answer->text));
    KF_TRY(kf_journal_save(flow->context, request));
    return kf_fail(KF_E_CA_UNREACHABLE, "\"%s\" did not take the request: %s", request->connection,
                   answer->text ? answer->text : "try again later");
}

static kf_err ask_a_person(kf_flow *flow, const char *why) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->reason, why));
    KF_TRY(kf_request_set(&request->problem, NULL));
    request->login = 0;
    return kf_journal_move(flow->context, request, KF_REQUEST_NEEDS_OPERATOR, request->reason);
}

/* A CA that has answered is there; one that says "not now" means everybody. */
static void note_answer(kf_flow *flow, const struct kf_ca_answer *answer) {
    flow->reached = true;
    if (answer->outcome == KF_CA_RETRY)
        flow->ca_rest = answer->delay > 0 ? answer->delay : RETRY_DELAY;
}

/* --- SUBMITTING --- */

static kf_err submit(kf_flow *flow) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order;
    flow->fresh_send = false;
    kf_flow_ca_order(flow, &order);
    kf_err err = kf_ca_submit(flow->ca, &order, &answer);
    if (err == KF_OK)
        note_answer(flow, &answer);
    if (err == KF_E_NEEDS_OPERATOR) /* taken, and only a person can find out what became of it */
        return ask_a_person(flow, kf_error_sentence(err));
    if (err == KF_E_CA_LOGIN)
        flow->request.not_accepted = 1; /* a CA that wants a sign-in has taken nothing */
    if (err != KF_OK)
        return kf_flow_note_problem(flow, err);
    if (answer.outcome == KF_CA_REJECTED)
        return rejected(flow, &answer);
    if (answer.outcome == KF_CA_RETRY)
        return not_accepted(flow, &answer);
    if (answer.outcome == KF_CA_NOT_FOUND)
        return kf_flow_note_problem(flow, kf_fail(KF_E_CA_ANSWER,
                                                  "\"%s\" answered the order with \"not found\"",
                                                  flow->request.connection));
    return accepted(flow, &answer);
}

static kf_err send_again(kf_flow *flow, const char *why) {
    KF_TRY(record_sending(flow, why));
    return submit(flow);
}

/* Class A: ask by our own id, and send again only when the time in which it may still turn up is
 * over. */
static kf_err look_up(kf_flow *flow) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order;
    kf_flow_ca_order(flow, &order);
    kf_err err = kf_ca_lookup(flow->ca, &order, &answer);
    if (err == KF_OK)
        note_answer(flow, &answer);
    if (err == KF_E_UNSUPPORTED && flow->looked)
        return send_again(flow, "sent again by a person");
    if (err == KF_E_NEEDS_OPERATOR || err == KF_E_UNSUPPORTED)
        return ask_a_person(flow, kf_error_sentence(err));
    if (err != KF_OK)
        return kf_flow_note_problem(flow, err);
    if (answer.outcome == KF_CA_REJECTED)
        return rejected(flow, &answer);
    if (answer.outcome == KF_CA_RETRY)
        return kf_flow_note_problem(
            flow, kf_fail(KF_E_CA_UNREACHABLE, "\"%s\" cannot say whether it has the order: %s",
                          flow->request.connection, answer.text ? answer.text : "try again later"));
    if (answer.outcome != KF_CA_NOT_FOUND)
        return accepted(flow, &answer);
    int64_t now = kf_context_now(flow->context);
    if (flow->request.sent_at > now) /* by a clock that was wrong */
        flow->request.sent_at = now;
    int64_t left = flow->request.sent_at + LOOKUP_WINDOW - now;
    if (left <= 0)
        return send_again(flow, "the CA does not know the order: sent again");
    return kf_flow_note_problem(
        flow, kf_fail(KF_E_CA_UNREACHABLE,
                      "it is not known yet whether \"%s\" has the order; keyfob looks "
                      "again and sends it only once (%lld s from now)",
                      flow->request.connection, (long long)left));
}

/* What may have been sent is never sent again blindly: it depends on how the CA treats the same
 * order twice. */
kf_err kf_step_send(kf_flow *flow) {
    if (flow->request.answer.len > 0) /* imported, and a crash before the next record */
        return kf_journal_move(flow->context, &flow->request, KF_REQUEST_SUBMITTED, NULL);
    KF_TRY(kf_flow_ca(flow));
    if (flow->fresh_send)
        return submit(flow);
    if (flow->request.not_accepted)
        return send_again(flow, "the CA had not taken it: sent again");
    switch (kf_ca_connector(flow->ca)->duplicates) {
    case KF_CA_LOOKUP:
        return look_up(flow);
    case KF_CA_SAME:
        return send_again(flow, "the same order, which this CA counts once");
    case KF_CA_UNKNOWN:
        break;
    }
    return ask_a_person(flow, "it is unknown whether the order arrived");
}

/* --- SUBMITTED --- */

static kf_err poll(kf_flow *flow) {
    KF_AUTO(kf_answer) answer = {0};
    struct kf_ca_order order;
    KF_TRY(kf_flow_ca(flow));
    kf_flow_ca_order(flow, &order);
    kf_err err = kf_ca_poll(flow->ca, &order, flow->request.ticket, &answer);
    if (err == KF_OK)
        note_answer(flow, &answer);
    if (err == KF_E_NEEDS_OPERATOR)
        return ask_a_person(flow, kf_error_sentence(err));
    if (err != KF_OK)
        return kf_flow_note_problem(flow, err);
    if (answer.outcome == KF_CA_REJECTED)
        return rejected(flow, &answer);
    if (answer.outcome == KF_CA_NOT_FOUND) /* it was accepted once: perhaps the wrong CA answers */
        return kf_flow_note_problem(flow, kf_fail(KF_E_CA_ANSWER,
                                                  "\"%s\" does not know the order any more",
                                                  flow->request.connection));
    KF_TRY(take_words(flow, &answer));
    kf_flow_plan_next(flow, answer.delay);
    if (answer.outcome == KF_CA_ISSUED)
        KF_TRY(kf_flow_take_answer(flow, answer.body, answer.body_len));
    return kf_journal_save(flow->context, &flow->request);
}

static kf_err still_waiting(const kf_flow *flow) {
    const kf_request *request = &flow->request;
    long long number = (long long)request->number;
    if (request->ca_who)
        return kf_fail(KF_E_NEEDS_PERSON, "request r-%lld waits: %s", number,
                       request->ca_text ? request->ca_text : "a person must act");
    return kf_fail(KF_E_PENDING, "request r-%lld is being processed by \"%s\"%s%s", number,
                   request->connection, request->ca_text ? ": " : "",
                   request->ca_text ? request->ca_text : "");
}

/* Until the next time to ask; KF_E_PENDING when nobody wants to wait that long. */
static kf_err wait_a_while(kf_flow *flow) {
    const kf_request *request = &flow->request;
    int64_t now = kf_context_now(flow->context);
    int64_t until = request->next_poll < flow->deadline ? request->next_poll : flow->deadline;
    if (flow->deadline <= now)
        return still_waiting(flow);
    if (until - now > KEEP_TOKEN_WHILE_WAITING || now - request->updated > KEEP_TOKEN_WHILE_WAITING)
        kf_flow_release_token(flow);
    kf_step(flow->context, "wait", KF_STEP_WAIT, 0, "processing at \"%s\"%s%s", request->connection,
            request->ca_text ? ": " : "", request->ca_text ? request->ca_text : "");
    if (!kf_context_sleep(flow->context, (until - now) * 1000))
        return kf_fail(KF_E_INTERRUPTED, "interrupted; request r-%lld is kept",
                       (long long)request->number);
    return KF_OK;
}

static bool worth_waiting(kf_err err) {
    return err == KF_E_CA_UNREACHABLE || err == KF_E_CA_ANSWER || err == KF_E_BUSY;
}

kf_err kf_step_ask(kf_flow *flow) {
    kf_request *request = &flow->request;
    if (request->answer.len > 0)
        return kf_journal_move(flow->context, request, KF_REQUEST_ISSUED, NULL);
    if (flow->ask_now || request->next_poll <= kf_context_now(flow->context)) {
        flow->ask_now = false;
        kf_err err = poll(flow);
        if (err != KF_OK && !(worth_waiting(err) && flow->deadline > kf_context_now(flow->context)))
            return err;
        if (request->state != KF_REQUEST_SUBMITTED || request->answer.len > 0)
            return KF_OK;
    }
    return wait_a_while(flow);
}
