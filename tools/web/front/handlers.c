// SPDX-License-Identifier: Apache-2.0
// The front's own routes, and the way to the workers.
#include "web/front/handlers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/text.h"
#include "web/errors.h"
#include "web/front/answer.h"
#include "web/front/door.h"
#include "web/front/page.h"
#include "web/front/stream.h"

#define KEY_MAX 80

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static const char *text_of(const struct exchange *exchange, const char *name) {
    return json_string_value(json_object_get(exchange->args, name));
}

static void answer_done(struct exchange *exchange) {
    KF_AUTO_PTR(json_t) nothing = json_object();
    exchange_json(exchange, 200, nothing);
}

/* Either the document, which is taken over, or the error. */
static void answer_or_fail(struct exchange *exchange, kf_err code, unsigned status,
                           json_t *document) {
    if (code == KF_OK)
        exchange_json(exchange, status, document);
    else
        exchange_fail(exchange, 0, code);
    json_decref(document);
}

/* --- sessions --- */

static void time_in(int64_t ms, char ret_text[static 21]) {
    kf_time_text(time(NULL) + ms / 1000, ret_text);
}

static json_t *session_json(const struct front *front, const struct session *session) {
    char started[21], ends[21], locks[21];
    kf_time_text(session->started_at, started);
    time_in(session_left(session, session->ends), ends);
    time_in(session_left(session, session->locks), locks);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "schema", "keyfob.session/1",
                     "id", session->id, "token", session->token, "proof", session->proof,
                     "started_at", started, "ends_at", ends, "locks_at", locks, "home", front->home,
                     "version", KEYFOB_VERSION);
}

/* With the cookie: "Max-Age" is left out, so that it goes with the browser. */
static void answer_with_cookie(struct exchange *exchange, const json_t *document,
                               const char *value) {
    struct MHD_Response *response = answer_json(document);
    char cookie[200];
    snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
             exchange->front->cookie, value, *value ? "" : "; Max-Age=0");
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
    explicit_bzero(cookie, sizeof cookie);
    exchange_answer(exchange, 200, response);
}

/* Signing in gives new secrets, whatever the browser had before. */
static void session_open(struct exchange *exchange) {
    struct front *front = exchange->front;
    struct session *old = exchange_session(exchange), *session = NULL;
    const char *code = text_of(exchange, "code");
    kf_err err = code ? codes_use(front->codes, code)
                      : kf_fail(KF_E_USAGE, "\"code\" is missing: a one-time code");
    if (err == KF_OK)
        err = session_begin(front->sessions, exchange_header(exchange, MHD_HTTP_HEADER_USER_AGENT),
                            &session);
    if (err != KF_OK) {
        exchange_fail(exchange, err == KF_E_BUSY ? 429 : 0, err);
        return;
    }
    door_code_used(front);
    if (old)
        session_end(old);
    KF_AUTO_PTR(json_t) document = session_json(front, session);
    answer_with_cookie(exchange, document, session->cookie);
}

static void session_show(struct exchange *exchange) {
    answer_or_fail(exchange, KF_OK, 200, session_json(exchange->front, exchange_session(exchange)));
}

static void session_close(struct exchange *exchange) {
    KF_AUTO_PTR(json_t) nothing = json_object();
    session_end(exchange_session(exchange));
    answer_with_cookie(exchange, nothing, "");
}

static void session_list(struct exchange *exchange) {
    answer_or_fail(exchange, KF_OK, 200,
                   sessions_json(exchange->front->sessions, exchange_session(exchange)));
}

static void session_end_one(struct exchange *exchange) {
    const char *id = text_of(exchange, "session");
    struct session *session = id ? session_named(exchange->front->sessions, id) : NULL;
    if (!session) {
        exchange_fail(exchange, 0, kf_fail(KF_E_NOT_FOUND, "there is no such session"));
        return;
    }
    session_end(session);
    answer_done(exchange);
}

/* --- jobs --- */

static void job_list(struct exchange *exchange) {
    json_t *jobs = NULL;
    kf_err code = calls_jobs(exchange->front->calls, exchange->owner, &jobs);
    answer_or_fail(exchange, code, 200, jobs);
}

static void job_show(struct exchange *exchange) {
    json_t *job = NULL;
    kf_err code =
        calls_job(exchange->front->calls, exchange->owner, text_of(exchange, "job"), &job);
    answer_or_fail(exchange, code, 200, job);
}

static void job_answer(struct exchange *exchange) {
    KF_AUTO_PTR(json_t) answer = json_copy(exchange->args);
    json_object_del(answer, "job");
    kf_err code =
        calls_answer(exchange->front->calls, exchange->owner, text_of(exchange, "job"), answer);
    answer_or_fail(exchange, code, 200, json_object());
}

static void job_cancel(struct exchange *exchange) {
    kf_err code = calls_cancel(exchange->front->calls, exchange->owner, text_of(exchange, "job"));
    answer_or_fail(exchange, code, 200, json_object());
}

/* --- the rest of the front's own --- */

static void openapi_show(struct exchange *exchange) {
    for (size_t i = 0; i < page_file_count; i++)
        if (strcmp(page_files[i].path, "/openapi.json") == 0) {
            struct MHD_Response *response = MHD_create_response_from_buffer(
                page_files[i].len, (void *)(uintptr_t)page_files[i].data, MHD_RESPMEM_PERSISTENT);
            if (response)
                MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
            exchange_answer(exchange, 200, response);
            return;
        }
    exchange_fail(exchange, 0, kf_fail(KF_E_NOT_FOUND, "there is nothing at this address"));
}

static const struct handler {
    const char *op;
    void (*run)(struct exchange *exchange);
} handlers[] = {
    {"session.open", session_open},   {"session.show", session_show},
    {"session.extend", session_show}, {"session.close", session_close},
    {"session.list", session_list},   {"session.end", session_end_one},
    {"events.stream", stream_answer}, {"job.list", job_list},
    {"job.show", job_show},           {"job.answer", job_answer},
    {"job.cancel", job_cancel},       {"openapi.show", openapi_show},
};

static void run_own(struct exchange *exchange) {
    for (size_t i = 0; i < KF_COUNT(handlers); i++)
        if (strcmp(handlers[i].op, exchange->route->op) == 0) {
            handlers[i].run(exchange);
            return;
        }
    exchange_fail(exchange, 0, kf_fail(KF_E_UNSUPPORTED, "nothing answers this address"));
}

/* --- the way to the workers --- */

/* The lock of sessions is one of the settings. */
static void note_settings(struct front *front, const json_t *settings) {
    const json_t *lock = json_object_get(settings, "lock_after");
    if (json_is_integer(lock))
        sessions_set_lock(front->sessions, json_integer_value(lock));
}

static void on_settings(void *arg, int status, const json_t *result, const json_t *error) {
    if (result)
        note_settings(arg, result);
}

void handlers_begin(struct front *front) {
    for (size_t i = 0; i < route_count; i++)
        if (strcmp(routes[i].op, "settings.show") == 0) {
            const struct call call = {.route = &routes[i], .args = json_object(), .owner = "front"};
            calls_ask(front->calls, &call, on_settings, front);
        }
}

static void answer_result(struct exchange *exchange, int status, const json_t *result) {
    const json_t *file = json_object_get(result, "file");
    struct MHD_Response *response = NULL;
    if (!json_is_object(file)) {
        exchange_json(exchange, (unsigned)status, result);
        return;
    }
    kf_err code = answer_file(file, &response);
    if (code == KF_OK)
        exchange_answer(exchange, (unsigned)status, response);
    else
        exchange_fail(exchange, 0, code);
}

static void on_done(void *arg, int status, const json_t *result, const json_t *error) {
    struct exchange *exchange = arg;
    exchange->call = 0;
    if (error) {
        exchange_json(exchange, (unsigned)status, error);
        return;
    }
    if (strcmp(exchange->route->op, "settings.change") == 0)
        note_settings(exchange->front, result);
    answer_result(exchange, status, result);
}

/* Visible ASCII. */
static kf_err read_key(const struct exchange *exchange, const char **ret_key) {
    const char *key = exchange_header(exchange, "Idempotency-Key");
    size_t len = key ? strlen(key) : 1;
    for (size_t i = 0; key && i < len; i++)
        if (key[i] <= ' ' || key[i] > '~')
            len = 0;
    if (len == 0 || len > KEY_MAX)
        return kf_fail(KF_E_USAGE, "an Idempotency-Key has up to %d letters and digits", KEY_MAX);
    *ret_key = key;
    return KF_OK;
}

static void start_job(struct exchange *exchange, const struct call *call) {
    json_t *job = NULL;
    kf_err code = calls_start(exchange->front->calls, call, &job);
    answer_or_fail(exchange, code, 202, job);
}

static void ask(struct exchange *exchange, const struct call *call) {
    uint64_t id = calls_ask(exchange->front->calls, call, on_done, exchange);
    if (exchange->response)
        return;
    exchange->call = id;
    exchange_wait(exchange);
}

static void run_call(struct exchange *exchange) {
    struct call call = {.route = exchange->route, .owner = exchange->owner};
    kf_err code = read_key(exchange, &call.key);
    if (code != KF_OK) {
        exchange_fail(exchange, 0, code);
        return;
    }
    call.args = KF_MOVE(exchange->args);
    if (exchange->route->kind == ROUTE_JOB)
        start_job(exchange, &call);
    else
        ask(exchange, &call);
}

void handlers_run(struct exchange *exchange) {
    struct session *session = exchange_session(exchange);
    bool opens = strcmp(exchange->route->op, "session.open") == 0;
    if (!session && !opens) { /* it ended while the body came */
        exchange_fail(exchange, 0,
                      kf_fail(KF_E_SIGN_IN, "this browser is not signed in to keyfob"));
        return;
    }
    if (session && !opens && exchange->route->method != ROUTE_GET)
        session_extend(session);
    if (exchange->route->kind == ROUTE_FRONT)
        run_own(exchange);
    else
        run_call(exchange);
}
