// SPDX-License-Identifier: Apache-2.0
// One request and its answer.
#include "web/front/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "web/errors.h"
#include "web/front/answer.h"
#include "web/front/arguments.h"
#include "web/front/daemon.h"
#include "web/front/entry.h"
#include "web/front/handlers.h"
#include "web/front/static.h"
#include "web/front/stream.h"

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
    arguments_wipe(exchange);
    json_decref(exchange->args);
    free(exchange->target);
    free(exchange);
}

/* --- what MHD calls --- */

/* What waited for a worker now would be suspended when the server ends, and libmicrohttpd aborts
 * then. */
static kf_err check_running(const struct exchange *exchange) {
    if (!exchange->front->stopping)
        return KF_OK;
    return kf_fail(KF_E_INTERRUPTED, "keyfob serve is being stopped");
}

static void run(struct exchange *exchange) {
    kf_err code = check_running(exchange);
    if (code == KF_OK)
        code = arguments_read(exchange);
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
        entry_check(exchange);
        return exchange->early ? queue(exchange) : MHD_YES;
    }
    if (*data_size) {
        arguments_take(exchange, data, *data_size);
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
