// SPDX-License-Identifier: Apache-2.0
// Fetching an issued certificate: without the root, else with it, else as a list.
#include <string.h>

#include "ca/digicert/digicert.h"

/* A file; empty when there is none there now. */
static kf_err fetch_file(kf_dc *dc, const char *path, kf_buf *ret_pem) {
    KF_AUTO(kf_dc_reply) reply = {0};
    const struct kf_http_request request = {.method = "GET",
                                            .path = path,
                                            .type = "application/json",
                                            .accept = "application/x-pem-file, */*"};
    KF_TRY(kf_http_send(dc->http, &request, &reply.http));
    long status = reply.http.status;
    if (status == 401 || status == 403 || status == 429 || status >= 500)
        return kf_dc_refusal(dc, "downloading the certificate", &reply);
    if (kf_dc_ok(&reply) && kf_dc_has_certificate(reply.http.body.data, reply.http.body.len))
        kf_buf_move(ret_pem, &reply.http.body);
    return KF_OK;
}

static kf_err fetch_chain(kf_dc *dc, const char *certificate_id, kf_buf *ret_pem) {
    KF_AUTO(kf_buf) path = {0}, pem = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_buf_printf(&path, "certificate/%s/chain", certificate_id));
    kf_err err =
        kf_dc_call(dc, "downloading the certificate", "GET", kf_buf_str(&path), NULL, &json);
    if (err == KF_E_NOT_FOUND || err == KF_E_REJECTED)
        return KF_OK;
    KF_TRY(err);
    KF_TRY(kf_dc_chain_read(json_object_get(json, "intermediates"), &pem));
    if (kf_dc_has_certificate(pem.data, pem.len))
        kf_buf_move(ret_pem, &pem);
    return KF_OK;
}

kf_err kf_dc_download(kf_dc *dc, const kf_dc_order *order, kf_buf *ret_pem) {
    static const char *const formats[] = {"pem_noroot", "pem_all"};
    bool by_id = order->certificate_id[0] != '\0';
    for (size_t i = 0; i < KF_COUNT(formats) && !ret_pem->len; i++) {
        KF_AUTO(kf_buf) path = {0};
        KF_TRY(by_id ? kf_buf_printf(&path, "certificate/%s/download/format/%s",
                                     order->certificate_id, formats[i])
                     : kf_buf_printf(&path, "certificate/download/order/%s/format/%s", order->id,
                                     formats[i]));
        KF_TRY(fetch_file(dc, kf_buf_str(&path), ret_pem));
    }
    return ret_pem->len || !by_id ? KF_OK : fetch_chain(dc, order->certificate_id, ret_pem);
}
