// SPDX-License-Identifier: Apache-2.0
// One request and its answer.
#include "web/front/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "web/errors.h"
#include "web/front/answer.h"
#include "web/front/daemon.h"
#include "web/front/handlers.h"
#include "web/front/match.h"
#include "web/front/static.h"
#include "web/front/stream.h"

#define BODY_KEPT   ((size_t)64 * 1024)
#define HEADERS_MAX ((size_t)16 * 1024)

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* --- answering --- */

void exchange_answer(struct exchange *exchange, unsigned status, struct MHD_Response *response) {
    if (exchange->response || exchange->queued) {
        MHD_destroy_response(response);
        return;
    }
    if (response)
        answer_protect(response);
    exchange->response = response;
    exchange->status = response ? status : 0;
    if (!exchange->suspended)
        return;
    exchange->suspended = false;
    daemon_unwatch(exchange->connection);
    MHD_resume_connection(exchange->connection);
}

void exchange_json(struct exchange *exchange, unsigned status, const json_t *document) {
    exchange_answer(exchange, status, answer_json(document));
}

void exchange_fail(struct exchange *exchange, unsigned status, kf_err code) {
    KF_AUTO_PTR(json_t) error = error_json(code);
    exchange_json(exchange, status ? status : (unsigned)kf_error_info(code)->http, error);
}

const char *exchange_header(const struct exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

struct session *exchange_session(const struct exchange *exchange) {
    return session_named(exchange->front->sessions, exchange->owner);
}

void exchange_wait(struct exchange *exchange) {
    if (exchange->response)
        return;
    exchange->suspended = true;
    MHD_suspend_connection(exchange->connection);
    daemon_watch(exchange->connection, exchange);
}

void exchange_abandon(struct exchange *exchange) {
    if (exchange->stream) {
        stream_stop(exchange->stream);
        return;
    }
    if (exchange->call)
        calls_abandon(exchange->front->calls, exchange->call);
    exchange->call = 0;
    exchange_fail(exchange, 0, kf_fail(KF_E_INTERRUPTED, "nobody waits for the answer any more"));
}

void exchanges_end(struct front *front) {
    for (struct exchange *at = front->exchanges; at; at = at->next)
        if (at->suspended)
            exchange_abandon(at);
}

/* --- its life --- */

static struct exchange *exchange_new(struct front *front, struct MHD_Connection *connection,
                                     const char *url, const char *method) {
    struct exchange *made = calloc(1, sizeof *made);
    char *target = strdup(url);
    json_t *args = json_object();
    if (!made || !target || !args) {
        free(made);
        free(target);
        json_decref(args);
        return NULL;
    }
    *made = (struct exchange){.front = front,
                              .connection = connection,
                              .target = target,
                              .args = args,
                              .next = front->exchanges};
    snprintf(made->method, sizeof made->method, "%s", method);
    front->exchanges = made;
    return made;
}

static void wipe_body(struct exchange *exchange) {
    if (exchange->body)
        explicit_bzero(exchange->body, exchange->body_size);
    free(exchange->body);
    exchange->body = NULL;
    exchange->body_len = exchange->body_size = 0;
}

static void take_out(struct exchange *exchange) {
    for (struct exchange **at = &exchange->front->exchanges; *at; at = &(*at)->next)
        if (*at == exchange) {
            *at = exchange->next;
            return;
        }
}

void exchange_completed(void *arg, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code) {
    struct exchange *exchange = *state;
    *state = NULL;
    if (!exchange)
        return;
    take_out(exchange);
    daemon_unwatch(connection);
    daemon_busy(connection, false);
    if (exchange->call)
        calls_abandon(exchange->front->calls, exchange->call);
    stream_free(exchange->stream);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    wipe_body(exchange);
    json_decref(exchange->args);
    free(exchange->target);
    free(exchange);
}

/* --- headers --- */

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

static bool is_write(const struct exchange *exchange) {
    return exchange->route && exchange->route->method != ROUTE_GET;
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

/* What is refused by its headers alone is answered once the body has come, if that is small: a
 * browser that cannot send it all does not read the answer. */
static void read_headers(struct exchange *exchange) {
    check_headers(exchange);
    struct guarded request = guarded_of(exchange);
    struct kf_error_saved present;
    size_t len = 0;
    kf_error_save(&present);
    exchange->early = exchange->response && guard_body(&request, BODY_KEPT, &len).status != 0;
    kf_error_restore(&present);
}

/* --- arguments --- */

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
    wipe_body(exchange);
    if (!json_is_object(body))
        return kf_fail(KF_E_USAGE, "the body is no JSON object");
    return match_merge(exchange->args, body);
}

/* --- what MHD calls --- */

static void take_body(struct exchange *exchange, const char *data, size_t len) {
    size_t room = exchange->body_size - exchange->body_len;
    size_t taken = len < room ? len : room;
    if (taken && !exchange->response)
        memcpy(exchange->body + exchange->body_len, data, taken);
    exchange->body_len += taken;
    explicit_bzero((void *)(uintptr_t)data, len); /* MHD's own copy */
}

static void run(struct exchange *exchange) {
    kf_err code = read_body(exchange);
    if (code == KF_OK && exchange->route)
        code = read_query(exchange);
    if (code != KF_OK)
        exchange_fail(exchange, 0, code);
    else if (exchange->route)
        handlers_run(exchange);
    else
        static_answer(exchange);
}

static enum MHD_Result queue(struct exchange *exchange) {
    struct MHD_Response *response = KF_MOVE(exchange->response);
    exchange->queued = true;
    daemon_busy(exchange->connection, true);
    enum MHD_Result result = MHD_queue_response(exchange->connection, exchange->status, response);
    MHD_destroy_response(response);
    if (exchange->stream)
        daemon_watch(exchange->connection, exchange);
    return result;
}

enum MHD_Result exchange_handle(void *arg, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_size, void **state) {
    struct exchange *exchange = *state;
    if (!exchange) {
        exchange = *state = exchange_new(arg, connection, url, method);
        if (!exchange)
            return MHD_NO;
        read_headers(exchange);
        return exchange->early ? queue(exchange) : MHD_YES;
    }
    if (*data_size) {
        take_body(exchange, data, *data_size);
        *data_size = 0;
        return MHD_YES;
    }
    daemon_busy(connection, true);
    if (!exchange->response && !exchange->ran)
        run(exchange);
    exchange->ran = true;
    if (exchange->suspended)
        return MHD_YES;
    return exchange->response ? queue(exchange) : MHD_NO;
}
