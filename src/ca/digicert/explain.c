// SPDX-License-Identifier: Apache-2.0
// Why an order waits: who must do what, in a sentence, from its state and its validations.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* Ask for something that only explains: any failure leaves the explanation shorter. */
static json_t *ask(kf_dc *dc, const kf_dc_order *order, const char *what) {
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO(kf_dc_reply) reply = {0};
    if (kf_buf_printf(&path, "order/certificate/%s/%s", order->id, what) != KF_OK ||
        kf_dc_exchange(dc, "GET", kf_buf_str(&path), NULL, &reply) != KF_OK || !kf_dc_ok(&reply))
        return NULL;
    return KF_MOVE(reply.json);
}

/* A young order may be issued any moment; then the caller's own schedule. */
static int64_t pace(const kf_dc *dc, const kf_dc_order *order) {
    int64_t age = kf_context_now(dc->setup->context) - order->created;
    return order->created && age >= 0 && age < 120 ? 15 : 0;
}

static kf_err say_waiting(kf_dc *dc, const kf_dc_order *order, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_WAIT;
    answer->delay = pace(dc, order);
    if (order->status == KF_DC_UNKNOWN)
        return kf_ca_answer_text(answer,
                                 "order %s is \"%s\", a state that keyfob does not know; it keeps "
                                 "waiting",
                                 order->id, order->word);
    return kf_ca_answer_text(answer, "order %s is %s", order->id, order->word);
}

static kf_err say_approval(const kf_dc_order *order, struct kf_ca_answer *answer) {
    return kf_ca_answer_person(answer, "approver",
                               "order %s: an approver of the CertCentral account approves or "
                               "rejects request %s (Certificates > Requests, or the action "
                               "\"request-approve\")",
                               order->id, order->request_id[0] ? order->request_id : "for it");
}

static kf_err say_emails(const kf_dc_order *order, const struct kf_dc_waiting *waiting,
                         struct kf_ca_answer *answer) {
    return kf_ca_answer_person(answer, "recipient",
                               "order %s: %s must click the link in CertCentral's e-mail; the "
                               "action \"order-resend-emails\" sends it again",
                               order->id, waiting->emails);
}

static kf_err say_domain(kf_dc *dc, const kf_dc_order *order, const struct kf_dc_waiting *waiting,
                         struct kf_ca_answer *answer) {
    KF_AUTO(kf_buf) publish = {0};
    if (waiting->domain_id[0] &&
        kf_dc_domain_publish(dc, waiting->domain_id, waiting->domain, &publish) != KF_OK)
        kf_buf_clear(&publish);
    if (publish.len)
        return kf_ca_answer_person(answer, "you",
                                   "order %s: the domain %s is not validated: %s; then the action "
                                   "\"domain-check\"",
                                   order->id, waiting->domain, kf_buf_str(&publish));
    return kf_ca_answer_person(answer, "you",
                               "order %s: the domain %s is not validated%s%s; the action "
                               "\"domain-validate\" says what to publish",
                               order->id, waiting->domain, waiting->method[0] ? " by " : "",
                               waiting->method);
}

static kf_err say_organization(const kf_dc_order *order, const struct kf_dc_waiting *waiting,
                               struct kf_ca_answer *answer) {
    return kf_ca_answer_person(answer, "approver",
                               "order %s: the organization is not validated: %s; its contact "
                               "answers DigiCert's validation call or e-mail, once for 825 days",
                               order->id, waiting->organization);
}

kf_err kf_dc_explain(kf_dc *dc, const kf_dc_order *order, struct kf_ca_answer *answer) {
    struct kf_dc_waiting waiting = {0};
    if (order->status == KF_DC_NEEDS_APPROVAL)
        return say_approval(order, answer);
    if (order->status == KF_DC_NEEDS_CSR)
        return kf_ca_answer_person(answer, "you",
                                   "order %s has no CSR and CertCentral takes none afterwards: "
                                   "cancel it and order again",
                                   order->id);
    if (order->status == KF_DC_PROCESSING || order->status == KF_DC_UNKNOWN)
        return say_waiting(dc, order, answer);
    KF_AUTO_PTR(json_t) emails = ask(dc, order, "email-validation");
    KF_AUTO_PTR(json_t) validations = ask(dc, order, "validation");
    kf_dc_waiting_emails(emails, &waiting);
    kf_dc_waiting_validations(validations, &waiting);
    if (waiting.emails[0])
        return say_emails(order, &waiting, answer);
    if (waiting.domain[0])
        return say_domain(dc, order, &waiting, answer);
    if (waiting.organization[0])
        return say_organization(order, &waiting, answer);
    if (kf_str_equal(order->request_status, "needs_approval"))
        return say_approval(order, answer);
    if (order->status == KF_DC_WAITING_PICKUP)
        return kf_ca_answer_person(answer, "recipient",
                                   "order %s: the recipient must follow CertCentral's e-mail",
                                   order->id);
    return say_waiting(dc, order, answer);
}
