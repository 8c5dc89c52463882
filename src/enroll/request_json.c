// SPDX-License-Identifier: Apache-2.0
// Requests as documents: keyfob.request/1 and keyfob.status/1.
#include <jansson.h>
#include <keyfob/renew.h>
#include <string.h>

#include "base/text.h"
#include "enroll/next.h"
#include "enroll/order.h"
#include "store/store.h"
#include "x509/cert.h"
#include "x509/general_name.h"
#include "x509/json.h"

#define EXPIRING (28 * 24 * 3600)

static json_t *time_json(int64_t seconds) {
    char text[21];
    if (seconds == 0)
        return json_null();
    kf_time_text(seconds, text);
    return json_string(text);
}

static json_t *token_json(const kf_request *request) {
    if (!request->token_uri)
        return json_null();
    return json_pack("{s:s s:s? s:s?}", "uri", request->token_uri, "label", request->token_label,
                     "serial", request->token_serial);
}

static json_t *key_json(const kf_request *request, const kf_order *order) {
    KF_AUTO(kf_buf) id = {0};
    if (!request->token_uri)
        return json_null();
    (void)kf_hex(&id, request->cka_id.data, request->cka_id.len, 0);
    return json_pack("{s:s s:s? s:s? s:s}", "type", kf_key_type_name(order->key), "uri",
                     request->key_uri, "container", request->container, "first_id",
                     kf_buf_str(&id));
}

/* The leaf, once it was checked. */
static json_t *certificate_json(const kf_request *request) {
    KF_AUTO(kf_certs) chain = {0};
    json_t *json = NULL;
    if (request->chain.len == 0 ||
        kf_certs_read(request->chain.data, request->chain.len, &chain) != KF_OK ||
        kf_cert_json(chain.items[0], &json) != KF_OK)
        return json_null();
    if (request->cert_id)
        json_object_set_new(json, "id", json_string(request->cert_id));
    return json;
}

/* As in keyfob.certificate/1. */
static json_t *names_json(const kf_order *order) {
    json_t *list = json_array();
    for (size_t i = 0; i < order->spec.san_count; i++)
        json_array_append_new(list, json_pack("{s:s s:s}", "kind", kf_san_word(order->sans[i].kind),
                                              "value", order->sans[i].value));
    return list;
}

static json_t *sending_json(const kf_request *request) {
    return json_pack("{s:s? s:I s:o s:s? s:s? s:s? s:o}", "client_id", request->client_id,
                     "attempts", (json_int_t)request->attempt, "sent_at",
                     time_json(request->sent_at), "ticket", request->ticket, "ca_text",
                     request->ca_text, "ca_who", request->ca_who, "ca_since",
                     time_json(request->ca_since));
}

/* A request that cannot be asked about shows that first: its state may be stale. */
static const char *mark_of(const kf_request *request) {
    bool open = request->state != KF_REQUEST_DONE && request->state != KF_REQUEST_REJECTED &&
                request->state != KF_REQUEST_FAILED && request->state != KF_REQUEST_WITHDRAWN;
    return open && request->problem ? "problem" : kf_state_words(request->state)->mark;
}

/* As the journal's list has it. */
static const char *view_of(const json_t *next) {
    const json_t *first = json_array_get(next, 0);
    if (!first)
        return "done";
    bool you = kf_str_equal(json_string_value(json_object_get(first, "actor")), "you");
    return you ? "action" : "pending";
}

static json_t *text_json(const char *text) {
    return text ? json_string(text) : json_null();
}

/* Of what came and was not installed; afterwards the store knows. */
static void set_revocation(json_t *json, const kf_request *request) {
    if (!request->revoked_at && !request->revocation)
        return;
    json_object_set_new(json, "revoked_at", time_json(request->revoked_at));
    json_object_set_new(json, "revoked_reason",
                        text_json(kf_revocation_reason_name((int)request->revoked_reason)));
    json_object_set_new(json, "revocation", text_json(request->revocation));
}

static kf_err request_document(const kf_request *request, json_t **ret_json) {
    KF_AUTO(kf_order) order = {0};
    char id[KF_REQUEST_ID_MAX];
    json_t *next = NULL;
    KF_TRY(kf_order_decode(request, &order));
    KF_TRY(kf_next_json(request, &next));
    kf_request_id(request, id);
    const struct kf_state_words *words = kf_state_words(request->state);
    json_t *json = json_pack(
        "{s:s s:s s:s s:s s:s s:b s:s s:s s:s? s:s? s:o s:o s:o s:O}", "schema", "keyfob.request/1",
        "id", id, "state", words->name, "status", words->status, "title", words->title, "installed",
        request->state == KF_REQUEST_DONE, "subject_text", order.spec.subject, "connection",
        request->connection, "profile", request->profile, "container", request->container, "token",
        token_json(request), "key", key_json(request, &order), "alternative_names",
        names_json(&order), "fields", json_object_get(order.json, "fields"));
    if (!json) {
        json_decref(next);
        return kf_fail(KF_E_DATABASE, "request %s has text that is not UTF-8", id);
    }
    json_object_set_new(json, "mark", json_string(mark_of(request)));
    json_object_set_new(json, "view", json_string(view_of(next)));
    json_object_set_new(json, "link", json_string(request->problem ? "problem" : "ok"));
    json_object_set_new(json, "problem", text_json(request->problem));
    json_object_set_new(json, "reason", text_json(request->reason));
    json_object_set_new(json, "renews", text_json(request->renews));
    json_object_set_new(json, "same_key", json_boolean(request->same_key));
    set_revocation(json, request);
    json_object_set_new(json, "created_at", time_json(request->created));
    json_object_set_new(json, "updated_at", time_json(request->updated));
    json_object_set_new(json, "checked_at", time_json(request->checked_at));
    bool waits = request->state == KF_REQUEST_SUBMITTED || request->state == KF_REQUEST_SUBMITTING;
    json_object_set_new(json, "next_check_at", waits ? time_json(request->next_poll) : json_null());
    json_object_set_new(json, "order", sending_json(request));
    json_object_set_new(json, "certificate", certificate_json(request));
    json_object_set_new(json, "next", next);
    *ret_json = json;
    return KF_OK;
}

kf_err kf_request_json(kf_context *context, const char *id, json_t **ret_json) {
    KF_AUTO(kf_request) request = {0};
    KF_TRY(kf_journal_load(context, id, &request));
    return request_document(&request, ret_json);
}

kf_err kf_requests_json(kf_context *context, bool open_only, json_t **ret_json) {
    KF_AUTO_FREE int64_t *numbers = NULL;
    size_t count = 0;
    KF_TRY(kf_journal_numbers(context, open_only ? KF_JOURNAL_OPEN : KF_JOURNAL_ALL, &numbers,
                              &count));
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < count; i++) {
        char id[KF_REQUEST_ID_MAX];
        json_t *item = NULL;
        snprintf(id, sizeof id, "r-%lld", (long long)numbers[i]);
        KF_TRY(kf_request_json(context, id, &item));
        KF_TRY(kf_json_append(list, item));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_request_history_json(kf_context *context, const char *id, json_t **ret_json) {
    KF_AUTO(kf_request) request = {0};
    KF_TRY(kf_journal_load(context, id, &request));
    return kf_journal_history(context, &request, ret_json);
}

kf_err kf_request_csr(kf_context *context, const char *id, uint8_t **ret_der, size_t *ret_len) {
    KF_AUTO(kf_request) request = {0};
    KF_TRY(kf_journal_load(context, id, &request));
    if (request.csr.len == 0)
        return kf_fail(KF_E_STATE, "request %s has no signed request yet", id);
    *ret_len = request.csr.len;
    *ret_der = KF_MOVE(request.csr.data);
    return KF_OK;
}

/* A problem is what stands still until the person acts, or until the CA can be reached. */
static bool is_problem(const json_t *request) {
    const json_t *next = json_array_get(json_object_get(request, "next"), 0);
    const char *actor = json_string_value(json_object_get(next, "actor"));
    const char *link = json_string_value(json_object_get(request, "link"));
    return kf_str_equal(actor, "you") || kf_str_equal(link, "problem");
}

/* What ends soon, each with the open request that renews it ("renewing"), or null. */
static kf_err expiring_json(kf_context *context, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *certificate;
    KF_TRY(kf_store_needs_renewal(context, EXPIRING, &list));
    json_array_foreach(list, i, certificate) {
        char request[KF_REQUEST_ID_MAX];
        const char *id = json_string_value(json_object_get(certificate, "id"));
        KF_TRY(kf_journal_renewing(context, id, request));
        KF_TRY(kf_json_set(certificate, "renewing", *request ? json_string(request) : json_null()));
    }
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

kf_err kf_status_json(kf_context *context, json_t **ret_json) {
    json_t *requests = NULL, *expiring = NULL;
    KF_TRY(expiring_json(context, &expiring));
    kf_err err = kf_requests_json(context, true, &requests);
    if (err != KF_OK) {
        json_decref(expiring);
        return err;
    }
    size_t problems = 0;
    for (size_t i = 0; i < json_array_size(requests); i++)
        problems += is_problem(json_array_get(requests, i));
    *ret_json = json_pack("{s:s s:o s:o s:I}", "schema", "keyfob.status/1", "requests", requests,
                          "expiring", expiring, "problems", (json_int_t)problems);
    return kf_json_ready(*ret_json);
}
