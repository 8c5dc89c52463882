// SPDX-License-Identifier: Apache-2.0
// Cancelling an order and revoking a certificate; either may have to be approved by a person there.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"
#include "x509/cert.h"

#define NOTE "withdrawn with keyfob"

/* --- cancel --- */

static kf_err is_canceled(const char *ticket, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "order %s is canceled", ticket);
}

static kf_err put_status(kf_dc *dc, const char *what, const char *id, const json_t *body,
                         kf_dc_reply *ret_reply) {
    KF_AUTO(kf_buf) path = {0};
    KF_TRY(kf_buf_printf(&path, "%s/%s/status", what, id));
    KF_TRY(kf_dc_exchange(dc, "PUT", kf_buf_str(&path), body, ret_reply));
    long status = ret_reply->http.status;
    bool later = status == 401 || status == 408 || status == 429 || status >= 500;
    return later ? kf_dc_refusal(dc, "cancelling the order", ret_reply) : KF_OK;
}

/* An order that nobody has approved yet is no order to be cancelled, but a request to be rejected.
 * `ret_done` false: the key's user may not. */
static kf_err reject_request(kf_dc *dc, const char *ticket, bool *ret_done) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    KF_AUTO(kf_dc_order) found = {0};
    KF_AUTO_PTR(json_t) asked = NULL;
    KF_AUTO_PTR(json_t)
    body = json_pack("{s:s, s:s}", "status", "rejected", "processor_comment", NOTE);
    KF_TRY(kf_json_ready(body));
    KF_TRY(kf_buf_printf(&path, "order/certificate/%s", ticket));
    kf_err err = kf_dc_call(dc, "asking about the order", "GET", kf_buf_str(&path), NULL, &asked);
    if (err == KF_E_NOT_FOUND)
        return KF_OK;
    KF_TRY(err);
    KF_TRY(kf_dc_order_read(asked, &found));
    if (found.status != KF_DC_NEEDS_APPROVAL || !found.request_id[0])
        return KF_OK;
    KF_TRY(put_status(dc, "request", found.request_id, body, &reply));
    *ret_done = kf_dc_ok(&reply);
    return KF_OK;
}

/* Only what waits can be cancelled; for anything else the answer is what became of it. */
kf_err kf_dc_cancel(void *state, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    bool done = false;
    KF_AUTO(kf_dc_reply) reply = {0};
    KF_AUTO_PTR(json_t) body = json_pack("{s:s, s:s}", "status", "canceled", "note", NOTE);
    KF_TRY(kf_json_ready(body));
    if (!ticket || !kf_dc_is_id(ticket))
        return kf_fail(KF_E_INPUT, "\"%s\" is not the number of an order at CertCentral",
                       ticket ? ticket : "");
    KF_TRY(put_status(dc, "order/certificate", ticket, body, &reply));
    if (kf_dc_ok(&reply))
        return is_canceled(ticket, answer);
    KF_TRY(reject_request(dc, ticket, &done));
    return done ? is_canceled(ticket, answer) : kf_dc_poll(dc, order, ticket, answer);
}

/* --- revoke --- */

/* RFC 5280 5.3.1 to CertCentral's words, which it ignores for client certificates. */
static const char *reason_word(int reason) {
    static const char *const words[] = {
        [0] = "unspecified", [1] = "key_compromise",         [3] = "affiliation_changed",
        [4] = "superseded",  [5] = "cessation_of_operation",
    };
    return reason >= 0 && (size_t)reason < KF_COUNT(words) && words[reason] ? words[reason]
                                                                            : words[0];
}

static kf_err is_asked_for(const kf_dc *dc, const json_t *request, struct kf_ca_answer *answer) {
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(request, "id", id);
    if (kf_str_equal(kf_dc_text(request, "status"), "approved") || !*id) {
        answer->outcome = KF_CA_ISSUED;
        return KF_OK;
    }
    return kf_ca_answer_person(answer, "approver",
                               "an approver of the CertCentral account confirms the revocation, "
                               "request %s (Certificates > Requests, or `keyfob connection act %s "
                               "request-approve request=%s`)",
                               id, dc->setup->connection, id);
}

static bool says_revoked(const kf_dc_reply *reply) {
    return strcasestr(reply->error.code, "already_revoked") ||
           strcasestr(reply->error.text, "already revoked");
}

static kf_err answer_revoked(kf_dc *dc, const kf_dc_reply *reply, struct kf_ca_answer *answer) {
    long status = reply->http.status;
    if (kf_dc_ok(reply))
        return is_asked_for(dc, reply->json, answer);
    if (says_revoked(reply)) {
        answer->outcome = KF_CA_ISSUED;
        return kf_ca_answer_text(answer, "it was revoked before");
    }
    if (status == 404) {
        answer->outcome = KF_CA_NOT_FOUND;
        return kf_ca_answer_text(answer, "%s", reply->error.text);
    }
    if (status == 401 || status == 403 || status == 429 || status >= 500)
        return kf_dc_refusal(dc, "revoking the certificate", reply);
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "%s", reply->error.text);
}

kf_err kf_dc_revoke(void *state, const struct kf_ca_revocation *order,
                    struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    const char *comment = order->comment && *order->comment ? order->comment : "keyfob";
    KF_AUTO_PTR(json_t)
    body = json_pack("{s:s, s:s}", "comments", comment, "revocation_reason",
                     reason_word(order->reason));
    KF_TRY(kf_json_ready(body));
    KF_TRY(kf_cert_parse(order->cert, order->cert_len, &cert));
    KF_TRY(kf_buf_printf(&path, "certificate/%s/revoke", kf_cert_serial(cert)));
    KF_TRY(kf_dc_exchange(dc, "PUT", kf_buf_str(&path), body, &reply));
    return answer_revoked(dc, &reply, answer);
}
