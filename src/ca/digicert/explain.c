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

kf_err kf_dc_say_approval(const kf_dc *dc, const kf_dc_order *order, struct kf_ca_answer *answer) {
    if (!order->request_id[0])
        return kf_ca_answer_person(answer, "approver",
                                   "order %s: an approver of the CertCentral account decides about "
                                   "it (Certificates > Requests)",
                                   order->id);
    return kf_ca_answer_person(answer, "approver",
                               "order %s: an approver of the CertCentral account decides about "
                               "request %s (Certificates > Requests, or `keyfob connection act %s "
                               "request-approve request=%s`)",
                               order->id, order->request_id, dc->setup->connection,
                               order->request_id);
}

static kf_err say_emails(const kf_dc *dc, const kf_dc_order *order,
                         const struct kf_dc_waiting *waiting, struct kf_ca_answer *answer) {
    return kf_ca_answer_person(answer, "recipient",
                               "order %s: %s must click the link in CertCentral's e-mail (again: "
                               "`keyfob connection act %s order-resend-emails order=%s`)",
                               order->id, waiting->emails, dc->setup->connection, order->id);
}

/* What to publish, when CertCentral tells it. */
static kf_err say_domain(kf_dc *dc, const kf_dc_order *order, const struct kf_dc_waiting *waiting,
                         struct kf_ca_answer *answer) {
    const char *name = dc->setup->connection, *id = waiting->domain_id;
    KF_AUTO(kf_buf) publish = {0};
    if (id[0] && kf_dc_domain_publish(dc, id, waiting->domain, &publish) != KF_OK)
        kf_buf_clear(&publish);
    if (publish.len)
        return kf_ca_answer_person(answer, "you",
                                   "order %s: the domain %s is not validated: %s, then `keyfob "
                                   "connection act %s domain-check domain=%s`",
                                   order->id, waiting->domain, kf_buf_str(&publish), name, id);
    return kf_ca_answer_person(answer, "you",
                               "order %s: the domain %s is not validated%s%s; what to publish says "
                               "`keyfob connection act %s domain-validate`",
                               order->id, waiting->domain, waiting->method[0] ? " by " : "",
                               waiting->method, name);
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
        return kf_dc_say_approval(dc, order, answer);
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
        return say_emails(dc, order, &waiting, answer);
    if (waiting.domain[0])
        return say_domain(dc, order, &waiting, answer);
    if (waiting.organization[0])
        return say_organization(order, &waiting, answer);
    if (kf_str_equal(order->request_status, "needs_approval"))
        return kf_dc_say_approval(dc, order, answer);
    if (order->status == KF_DC_WAITING_PICKUP)
        return kf_ca_answer_person(answer, "recipient",
                                   "order %s: the recipient must follow CertCentral's e-mail",
                                   order->id);
    return say_waiting(dc, order, answer);
}
