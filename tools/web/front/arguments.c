// SPDX-License-Identifier: Apache-2.0
// The arguments of a request.
#include "web/front/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "web/front/match.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

void arguments_wipe(struct exchange *exchange) {
    if (exchange->body)
        explicit_bzero(exchange->body, exchange->body_size);
    free(exchange->body);
    exchange->body = NULL;
    exchange->body_len = exchange->body_size = 0;
}

void arguments_take(struct exchange *exchange, const char *data, size_t len) {
    size_t room = exchange->body_size - exchange->body_len;
    size_t taken = len < room ? len : room;
    if (taken && !exchange->response)
        memcpy(exchange->body + exchange->body_len, data, taken);
    exchange->body_len += taken;
    explicit_bzero((void *)(uintptr_t)data, len); /* MHD's own copy */
}

struct query {
    json_t *args;
    kf_err code;
};

static enum MHD_Result take_query(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    struct query *query = arg;
    KF_AUTO_PTR(json_t) key = NULL;
    KF_AUTO_PTR(json_t) text = NULL;
    KF_AUTO_PTR(json_t) one = json_object();
    query->code = match_decode(name, strlen(name), &key);
    if (query->code == KF_OK)
        query->code = match_decode(value ? value : "", value ? strlen(value) : 0, &text);
    if (query->code == KF_OK) {
        json_object_set(one, json_string_value(key), text);
        query->code = match_merge(query->args, one);
    }
    return query->code == KF_OK ? MHD_YES : MHD_NO;
}

static bool is_write(const struct exchange *exchange) {
    return exchange->route && exchange->route->method != ROUTE_GET;
}

static kf_err read_query(struct exchange *exchange) {
    struct query query = {.args = exchange->args};
    int count = MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, NULL, NULL);
    if (is_write(exchange) && count > 0)
        return kf_fail(KF_E_USAGE, "what is written is said in the body, not in the address");
    MHD_get_connection_values(exchange->connection, MHD_GET_ARGUMENT_KIND, take_query, &query);
    return query.code;
}

static kf_err read_body(struct exchange *exchange) {
    if (exchange->body_len == 0)
        return KF_OK;
    KF_AUTO_PTR(json_t)
    body =
        json_loadb((const char *)exchange->body, exchange->body_len, JSON_REJECT_DUPLICATES, NULL);
    arguments_wipe(exchange);
    if (!json_is_object(body))
        return kf_fail(KF_E_USAGE, "the body is no JSON object");
    return match_merge(exchange->args, body);
}

kf_err arguments_read(struct exchange *exchange) {
    KF_TRY(read_body(exchange));
    return exchange->route ? read_query(exchange) : KF_OK;
}
