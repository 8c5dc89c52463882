// SPDX-License-Identifier: Apache-2.0
// Requests that an approver of the account decides about, and what can be done for an order.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

/* --- requests --- */

static kf_err request_record(const json_t *item, json_t **ret_record) {
    char id[KF_DC_ID_MAX] = "", order[KF_DC_ID_MAX] = "";
    const json_t *from = json_object_get(item, "requester");
    kf_dc_id(item, "id", id);
    if (!kf_dc_id(json_object_get(item, "order"), "id", order))
        kf_dc_id(item, "order_id", order);
    *ret_record =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "type", kf_dc_text(item, "type"),
                  "status", kf_dc_text(item, "status"), "order", order, "date",
                  kf_dc_text(item, "date"), "requester", kf_dc_text(from, "email"));
    return kf_json_ready(*ret_record);
}

kf_err kf_dc_requests(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO(kf_buf) path = {0};
    KF_TRY(kf_buf_printf(&path, "request/%s", id ? id : ""));
    if (id)
        return kf_dc_call(dc, "asking about the request", "GET", kf_buf_str(&path), NULL, ret_json);
    KF_TRY(kf_dc_list(dc, "listing the requests", "request", "", "requests", &list));
    return kf_dc_each_record(list, request_record, ret_json);
}

static kf_err decide(kf_dc *dc, const json_t *fields, const char *status, json_t **ret_json) {
    char buf[24];
    const char *id = kf_dc_field(fields, "request", buf), *comment = kf_dc_text(fields, "comment");
    KF_AUTO(kf_buf) path = {0};
    KF_AUTO_PTR(json_t)
    body = json_pack("{s:s, s:s}", "status", status, "processor_comment",
                     *comment ? comment : "keyfob");
    KF_TRY(kf_json_ready(body));
    if (!kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE, "\"%s\" is not the number of a request", id);
    KF_TRY(kf_buf_printf(&path, "request/%s/status", id));
    KF_TRY(kf_dc_call(dc, "deciding about the request", "PUT", kf_buf_str(&path), body, NULL));
    KF_AUTO_FREE char *text = kf_str("request %s is %s", id, status);
    *ret_json =
        json_pack("{s:s, s:s, s:s}", "text", text ? text : status, "id", id, "status", status);
    return kf_json_ready(*ret_json);
}

kf_err kf_dc_request_approve(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    return decide(dc, fields, "approved", ret_json);
}

kf_err kf_dc_request_reject(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    return decide(dc, fields, "rejected", ret_json);
}

/* --- orders --- */

static kf_err order_record(const json_t *item, json_t **ret_record) {
    const json_t *certificate = json_object_get(item, "certificate");
    const char *name = kf_dc_text(certificate, "common_name");
    char id[KF_DC_ID_MAX] = "";
    kf_dc_id(item, "id", id);
    if (!*name)
        name = json_string_value(json_array_get(json_object_get(certificate, "emails"), 0));
    *ret_record = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "status", kf_dc_text(item, "status"), "name",
        name ? name : "", "product", kf_dc_text_in(item, "product", "name_id"), "date",
        kf_dc_text(item, "date_created"), "valid_till", kf_dc_text(certificate, "valid_till"));
    return kf_json_ready(*ret_record);
}

/* All there is to know of one: what it waits for as well, where the account may ask. */
static kf_err whole_order(kf_dc *dc, const char *id, json_t **ret_json) {
    static const char *const more[] = {"validation", "email-validation"};
    KF_AUTO_PTR(json_t) order = NULL;
    KF_AUTO(kf_buf) path = {0};
    KF_TRY(kf_buf_printf(&path, "order/certificate/%s", id));
    KF_TRY(kf_dc_call(dc, "asking about the order", "GET", kf_buf_str(&path), NULL, &order));
    for (size_t i = 0; i < KF_COUNT(more); i++) {
        KF_AUTO(kf_buf) next = {0};
        json_t *part = NULL;
        KF_TRY(kf_buf_printf(&next, "%s/%s", kf_buf_str(&path), more[i]));
        if (kf_dc_call(dc, "asking about the order", "GET", kf_buf_str(&next), NULL, &part) ==
            KF_OK)
            KF_TRY(kf_json_set(order, more[i], part));
    }
    *ret_json = KF_MOVE(order);
    return KF_OK;
}

kf_err kf_dc_orders(kf_dc *dc, const char *id, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = NULL;
    if (id)
        return whole_order(dc, id, ret_json);
    KF_TRY(kf_dc_list(dc, "listing the orders", "order/certificate", "sort=-date_created", "orders",
                      &list));
    return kf_dc_each_record(list, order_record, ret_json);
}

static kf_err put_order(kf_dc *dc, const json_t *fields, const char *what, const char *path,
                        json_t **ret_answer) {
    char buf[24];
    const char *id = kf_dc_field(fields, "order", buf);
    KF_AUTO(kf_buf) whole = {0};
    if (!kf_dc_is_id(id))
        return kf_fail(KF_E_USAGE, "\"%s\" is not the number of an order", id);
    KF_TRY(kf_buf_printf(&whole, "order/certificate/%s/%s", id, path));
    return kf_dc_call(dc, what, "PUT", kf_buf_str(&whole), NULL, ret_answer);
}

kf_err kf_dc_order_resend(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    KF_TRY(
        put_order(dc, fields, "sending the e-mails again", "email-validation/resend-emails", NULL));
    KF_AUTO_FREE char *text = kf_str("CertCentral sends the e-mails of order %s again",
                                     kf_dc_field(fields, "order", buf));
    *ret_json = json_pack("{s:s}", "text", text ? text : "");
    return kf_json_ready(*ret_json);
}

kf_err kf_dc_order_check_dcv(kf_dc *dc, const json_t *fields, json_t **ret_json) {
    char buf[24];
    KF_AUTO_PTR(json_t) answer = NULL;
    KF_TRY(put_order(dc, fields, "checking the order's domains", "check-dcv", &answer));
    KF_AUTO_FREE char *text =
        kf_str("order %s is %s, its domains: %s", kf_dc_field(fields, "order", buf),
               kf_dc_text(answer, "order_status"), kf_dc_text(answer, "dcv_status"));
    *ret_json =
        json_pack("{s:s, s:s, s:s}", "text", text ? text : "", "status",
                  kf_dc_text(answer, "order_status"), "dcv", kf_dc_text(answer, "dcv_status"));
    return kf_json_ready(*ret_json);
}
