// SPDX-License-Identifier: Apache-2.0
// One question to CertCentral, one answer: JSON both ways, and what its statuses mean.
#include <string.h>

#include "base/text.h"
#include "ca/digicert/digicert.h"

#define PAGE_ITEMS 100

void kf_dc_reply_clear(kf_dc_reply *reply) {
    if (!reply)
        return;
    kf_http_answer_clear(&reply->http);
    json_decref(reply->json);
    *reply = (kf_dc_reply){0};
}

bool kf_dc_ok(const kf_dc_reply *reply) {
    return reply->http.status >= 200 && reply->http.status < 300;
}

static kf_err no_key(const kf_dc *dc) {
    kf_err err = kf_fail(KF_E_CA_LOGIN, "the API key of the connection \"%s\" is not set",
                         dc->setup->connection);
    kf_error_hint("Type the key that CertCentral shows under Automation > API keys: `keyfob "
                  "connection login %s`.",
                  dc->setup->connection);
    return err;
}

/* Nobody but an error page speaks anything else; an error's status counts without its body. */
static kf_err read_body(kf_dc *dc, kf_dc_reply *reply) {
    if (!reply->http.body.len)
        return KF_OK;
    kf_err err = kf_json_parse_answer(reply->http.body.data, reply->http.body.len, &reply->json);
    if (err != KF_OK && kf_dc_ok(reply))
        return kf_fail_in(err, "%s answered with \"%s\" where JSON was expected",
                          kf_http_host(dc->http),
                          reply->http.type[0] ? reply->http.type : "no media type");
    if (err == KF_OK && !kf_dc_ok(reply))
        kf_dc_error_read(reply->json, &reply->error);
    return KF_OK;
}

kf_err kf_dc_exchange(kf_dc *dc, const char *method, const char *path, const json_t *body,
                      kf_dc_reply *ret_reply) {
    KF_AUTO_FREE char *text = NULL;
    struct kf_http_request request = {.method = method, .path = path, .accept = "application/json"};
    kf_dc_reply_clear(ret_reply);
    ret_reply->http.unsent = !dc->has_key;
    if (!dc->has_key)
        return no_key(dc);
    if (body) {
        text = json_dumps(body, JSON_COMPACT);
        if (!text)
            return kf_fail(KF_E_MEMORY, "out of memory for a message to CertCentral");
        request.body_len = strlen(text);
    }
    request.body = text;
    request.type = "application/json"; /* wanted with every request, also without a body */
    KF_TRY(kf_http_send(dc->http, &request, &ret_reply->http));
    return read_body(dc, ret_reply);
}

static kf_err refused_key(const kf_dc *dc, const char *what, const kf_dc_reply *reply) {
    const char *said = reply->error.text;
    kf_err code = reply->http.status == 401 ? KF_E_CA_LOGIN : KF_E_PERMISSION;
    kf_err err = kf_fail(code, "%s: CertCentral %s (HTTP %ld)%s%s", what,
                         reply->http.status == 401 ? "does not accept the API key"
                                                   : "does not allow this to the user of the key",
                         reply->http.status, *said ? ": " : "", said);
    if (reply->http.status == 401)
        kf_error_hint("Set another API key: `keyfob connection login %s`.", dc->setup->connection);
    else
        kf_error_hint("Ask an administrator of the CertCentral account, or set another API key: "
                      "`keyfob connection login %s`.",
                      dc->setup->connection);
    return err;
}

kf_err kf_dc_refusal(const kf_dc *dc, const char *what, const kf_dc_reply *reply) {
    long status = reply->http.status;
    const char *said = reply->error.text;
    const char *colon = *said ? ": " : "";
    if (status == 401 || status == 403)
        return refused_key(dc, what, reply);
    if (status == 404)
        return kf_fail(KF_E_NOT_FOUND, "%s: CertCentral does not know it%s%s", what, colon, said);
    if (status == 429)
        return kf_fail(KF_E_CA_UNREACHABLE, "%s: CertCentral asks for fewer requests%s%s", what,
                       colon, said);
    if (status >= 500 || status == 408)
        return kf_fail(KF_E_CA_UNREACHABLE, "%s: CertCentral answered with HTTP %ld%s%s", what,
                       status, colon, said);
    return kf_fail(KF_E_REJECTED, "%s: CertCentral refused (HTTP %ld)%s%s", what, status, colon,
                   said);
}

kf_err kf_dc_call(kf_dc *dc, const char *what, const char *method, const char *path,
                  const json_t *body, json_t **ret_json) {
    KF_AUTO(kf_dc_reply) reply = {0};
    kf_err err = kf_dc_exchange(dc, method, path, body, &reply);
    if (err != KF_OK)
        return err == KF_E_CA_LOGIN ? err : kf_fail_in(err, "%s", what);
    if (!kf_dc_ok(&reply))
        return kf_dc_refusal(dc, what, &reply);
    if (ret_json)
        *ret_json = reply.json ? KF_MOVE(reply.json) : json_object();
    return ret_json ? kf_json_ready(*ret_json) : KF_OK;
}

static kf_err next_page(kf_dc *dc, const char *what, const char *path, const char *query,
                        size_t offset, json_t **ret_json) {
    KF_AUTO(kf_buf) whole = {0};
    KF_TRY(kf_buf_printf(&whole, "%s?limit=%d&offset=%zu%s%s", path, PAGE_ITEMS, offset,
                         *query ? "&" : "", query));
    return kf_dc_call(dc, what, "GET", kf_buf_str(&whole), NULL, ret_json);
}

/* A service that knows no pages gives all at once, and the same again: `total` tells. */
kf_err kf_dc_list(kf_dc *dc, const char *what, const char *path, const char *query,
                  const char *name, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (bool more = true; more;) {
        KF_AUTO_PTR(json_t) page = NULL;
        size_t before = json_array_size(list);
        KF_TRY(next_page(dc, what, path, query, before, &page));
        json_t *items = json_object_get(page, name);
        if (json_array_size(items) && json_array_extend(list, items) != 0)
            return kf_fail(KF_E_MEMORY, "out of memory for a list of CertCentral");
        json_int_t total =
            json_integer_value(json_object_get(json_object_get(page, "page"), "total"));
        size_t now = json_array_size(list);
        more = now > before && now < KF_DC_LIST_MAX && (json_int_t)now < total;
    }
    KF_TRY(kf_json_ready(list));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_dc_each_record(const json_t *list, kf_err (*record_of)(const json_t *, json_t **),
                         json_t **ret_records) {
    KF_AUTO_PTR(json_t) records = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *record = NULL;
        KF_TRY(record_of(json_array_get(list, i), &record));
        KF_TRY(kf_json_append(records, record));
    }
    KF_TRY(kf_json_ready(records));
    *ret_records = KF_MOVE(records);
    return KF_OK;
}
