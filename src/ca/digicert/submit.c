// SPDX-License-Identifier: Apache-2.0
// Placing an order, once: what the answer means, and what no answer means. An order costs money.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define SOON 15 /* seconds until the order is asked about */

/* --- the answer to a placed order --- */

static kf_err is_placed(const kf_dc *dc, const kf_dc_order *placed, bool csr_later,
                        struct kf_ca_answer *answer) {
    KF_TRY(kf_ca_answer_ticket(answer, placed->id));
    answer->delay = SOON;
    if (placed->chain.len) {
        answer->outcome = KF_CA_ISSUED;
        return kf_ca_answer_body(answer, placed->chain.data, placed->chain.len);
    }
    if (kf_str_equal(placed->request_status, "needs_approval"))
        return kf_dc_say_approval(dc, placed, answer);
    if (csr_later)
        return kf_ca_answer_person(answer, "recipient",
                                   "order %s has no CSR: the recipient makes the key in a browser, "
                                   "with the link in CertCentral's e-mail",
                                   placed->id);
    answer->outcome = KF_CA_WAIT;
    return kf_ca_answer_text(answer, "order %s at %s", placed->id, kf_http_host(dc->http));
}

/* --- what the status says about the order's fate --- */

static kf_err is_refused(const kf_dc_reply *reply, struct kf_ca_answer *answer) {
    answer->outcome = KF_CA_REJECTED;
    if (reply->error.text[0])
        return kf_ca_answer_text(answer, "%s", reply->error.text);
    return kf_ca_answer_text(answer, "CertCentral refused the order (HTTP %ld)",
                             reply->http.status);
}

/* Nothing was taken, and with another key, or another right, it would be. */
static kf_err wants_another_key(const kf_dc *dc, const kf_dc_reply *reply) {
    struct kf_error_saved saved;
    kf_dc_refusal(dc, "placing the order", reply);
    kf_error_save(&saved);
    saved.code = KF_E_CA_LOGIN;
    kf_error_restore(&saved);
    return KF_E_CA_LOGIN;
}

static kf_err unknown_fate(const kf_dc *dc, const kf_dc_reply *reply) {
    return kf_fail(KF_E_CA_UNREACHABLE, "it is unknown whether %s took the order: HTTP %ld%s%s",
                   kf_http_host(dc->http), reply->http.status, reply->error.text[0] ? ", " : "",
                   reply->error.text);
}

/* Of an answer that came, whatever it says. A 2xx without an order's number may have placed one. */
static kf_err read_answer(const kf_dc *dc, const kf_dc_reply *reply, bool csr_later,
                          struct kf_ca_answer *answer) {
    KF_AUTO(kf_dc_order) placed = {0};
    if (reply->http.status == 401 || reply->http.status == 403)
        return wants_another_key(dc, reply);
    if (reply->http.status >= 400 && reply->http.status < 500)
        return is_refused(reply, answer);
    if (!kf_dc_ok(reply))
        return unknown_fate(dc, reply);
    if (kf_dc_order_read(reply->json, &placed) != KF_OK)
        return unknown_fate(dc, reply);
    return is_placed(dc, &placed, csr_later, answer);
}

/* --- the two kinds --- */

static kf_err path_of(const kf_dc *dc, const struct kf_ca_order *order, const json_t *fields,
                      kf_buf *ret_path) {
    struct kf_dc_product product = {0};
    if (order->reissue) {
        if (!order->old_ticket || !kf_dc_is_id(order->old_ticket))
            return kf_fail(KF_E_USAGE, "the number of the order to be reissued is not known");
        return kf_buf_printf(ret_path, "order/certificate/%s/reissue", order->old_ticket);
    }
    KF_TRY(kf_dc_product_of(dc, fields, &product));
    return kf_buf_printf(ret_path, "order/certificate/%s", product.id);
}

static kf_err json_of(const kf_dc *dc, const struct kf_ca_order *order, json_t **ret_json) {
    return order->reissue ? kf_dc_reissue_json(dc, order, ret_json)
                          : kf_dc_order_json(dc, order, ret_json);
}

kf_err kf_dc_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    kf_dc *dc = state;
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(json_t) body = NULL;
    KF_AUTO(kf_dc_reply) reply = {0};
    bool settled = false;
    KF_TRY(kf_dc_fields(order->fields, &fields));
    KF_TRY(path_of(dc, order, fields, &path));
    KF_TRY(json_of(dc, order, &body));
    kf_err err = kf_dc_exchange(dc, "POST", kf_buf_str(&path), body, &reply);
    if (err == KF_E_CA_LOGIN)
        return err;
    KF_TRY(kf_http_unsettled(err, &reply.http, answer, &settled));
    if (settled)
        return KF_OK;
    return read_answer(dc, &reply, kf_dc_yes(fields, "csr_later"), answer);
}
