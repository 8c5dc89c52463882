// SPDX-License-Identifier: Apache-2.0
// What the headers of a request decide.
#include "web/front/entry.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/auto.h"
#include "web/front/answer.h"
#include "web/front/match.h"

#define BODY_KEPT   ((size_t)64 * 1024)
#define HEADERS_MAX ((size_t)16 * 1024)

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static enum MHD_Result count_host(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    *(size_t *)arg += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    return MHD_YES;
}

static struct guarded guarded_of(const struct exchange *exchange) {
    struct guarded request = {
        .method = exchange->method,
        .target = exchange->target,
        .host = exchange_header(exchange, MHD_HTTP_HEADER_HOST),
        .origin = exchange_header(exchange, MHD_HTTP_HEADER_ORIGIN),
        .fetch_site = exchange_header(exchange, "Sec-Fetch-Site"),
        .content_type = exchange_header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE),
        .token = exchange_header(exchange, "X-Keyfob-Token"),
        .content_length = exchange_header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH),
        .transfer_encoding = exchange_header(exchange, MHD_HTTP_HEADER_TRANSFER_ENCODING),
        .port = exchange->front->port};
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, count_host,
                              &request.host_count);
    return request;
}

struct cookie_search {
    struct front *front;
    struct session *found;
};

/* All cookies of that name: another port may have set one of its own. */
static enum MHD_Result try_cookie(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    struct cookie_search *search = arg;
    if (!search->found && value && strcmp(name, search->front->cookie) == 0)
        search->found = session_find(search->front->sessions, value);
    return MHD_YES;
}

static struct session *find_session(const struct exchange *exchange) {
    struct cookie_search search = {.front = exchange->front};
    MHD_get_connection_values(exchange->connection, MHD_COOKIE_KIND, try_cookie, &search);
    return search.found;
}

static bool refused(struct exchange *exchange, struct refusal refusal) {
    if (refusal.status)
        exchange_fail(exchange, (unsigned)refusal.status, refusal.code);
    return refusal.status != 0;
}

/* A person who came by another name sees where to go. */
static bool host_refused(struct exchange *exchange, const struct guarded *request) {
    struct refusal refusal = guard_host(request);
    const char *accept = exchange_header(exchange, MHD_HTTP_HEADER_ACCEPT);
    if (!refusal.status || !accept || !strstr(accept, "text/html"))
        return refused(exchange, refusal);
    exchange_answer(exchange, 421,
                    answer_page("Wrong address",
                                "keyfob answers only to its own address on this computer. Other "
                                "names are refused, as other sites could reach it through them.",
                                exchange->front->address));
    return true;
}

static bool headers_too_large(struct exchange *exchange) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!info || info->header_size <= HEADERS_MAX)
        return false;
    exchange_fail(exchange, 431, kf_fail(KF_E_TOO_LARGE, "headers have at most 16 KiB"));
    return true;
}

static bool is_api(const char *target) {
    size_t len = strlen(API_PREFIX);
    return strncmp(target, API_PREFIX, len) == 0 && (target[len] == '/' || target[len] == '\0');
}

/* The session opens without one. */
static bool opens(const struct exchange *exchange) {
    return strcmp(exchange->route->op, "session.open") == 0;
}

/* RFC 9110 15.5.6: the answer names the methods that are there. */
static void fail_method(struct exchange *exchange, kf_err code) {
    char methods[24];
    match_methods(exchange->target + strlen(API_PREFIX), methods);
    exchange_fail(exchange, 405, code);
    if (exchange->response)
        MHD_add_response_header(exchange->response, MHD_HTTP_HEADER_ALLOW, methods);
}

static bool route_refused(struct exchange *exchange) {
    KF_AUTO_PTR(json_t) params = NULL;
    kf_err code = match_route(exchange->method, exchange->target + strlen(API_PREFIX),
                              &exchange->route, &params);
    if (code == KF_OK)
        code = match_merge(exchange->args, params);
    if (code == KF_E_UNSUPPORTED)
        fail_method(exchange, code);
    else if (code != KF_OK)
        exchange_fail(exchange, 0, code);
    return code != KF_OK;
}

static bool api_refused(struct exchange *exchange, const struct guarded *request) {
    if (refused(exchange, guard_site(request)))
        return true;
    if (route_refused(exchange))
        return true;
    struct session *session = find_session(exchange);
    if (session)
        snprintf(exchange->owner, sizeof exchange->owner, "%s", session->id);
    return !opens(exchange) && refused(exchange, guard_session(request, session));
}

static bool body_refused(struct exchange *exchange, const struct guarded *request) {
    size_t max = exchange->route ? route_body_max(exchange->route) : 0;
    size_t len = 0;
    if (refused(exchange, guard_body(request, max, &len)) || len == 0)
        return exchange->response;
    exchange->body = calloc(1, len);
    if (!exchange->body)
        exchange_fail(exchange, 0, kf_fail(KF_E_MEMORY, "out of memory for a request"));
    exchange->body_size = exchange->body ? len : 0;
    return !exchange->body;
}

static void check_headers(struct exchange *exchange) {
    struct guarded request = guarded_of(exchange);
    if (headers_too_large(exchange) || host_refused(exchange, &request) ||
        refused(exchange, guard_method(&request)))
        return;
    if (is_api(exchange->target) && api_refused(exchange, &request))
        return;
    if (!exchange->route && strcmp(exchange->method, "GET") != 0 &&
        strcmp(exchange->method, "HEAD") != 0) {
        exchange_fail(exchange, 405, kf_fail(KF_E_USAGE, "the page's files are only read"));
        return;
    }
    body_refused(exchange, &request);
}

void entry_check(struct exchange *exchange) {
    check_headers(exchange);
    struct guarded request = guarded_of(exchange);
    struct kf_error_saved present;
    size_t len = 0;
    kf_error_save(&present);
    exchange->early = exchange->response && guard_body(&request, BODY_KEPT, &len).status != 0;
    kf_error_restore(&present);
}
