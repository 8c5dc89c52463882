// SPDX-License-Identifier: Apache-2.0
// One request and its answer. While a worker works the connection is suspended; the answer comes
// later.
#pragma once

#include <jansson.h>
#include <microhttpd.h>

#include "web/front/front.h"
#include "web/front/guard.h"
#include "web/routes.h"

struct exchange {
    struct front *front;
    struct MHD_Connection *connection;
    char method[8], *target;
    const struct route *route; /* NULL: a file of the page */
    char owner[24];            /* the session's id; it may end meanwhile */
    json_t *args;              /* of the path, the query and the body */
    uint8_t *body;             /* wiped when it is freed */
    size_t body_len, body_size;
    uint64_t call;         /* that a worker is at work on */
    struct stream *stream; /* when it is one */
    struct MHD_Response *response;
    unsigned status;
    bool suspended, queued, early, ran;
    struct exchange *next;
};

/* What MHD calls for each request, its body and its end. */
enum MHD_Result exchange_handle(void *arg, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *data_size, void **state);
void exchange_completed(void *arg, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code);

/* Answer, once; taken over. */
void exchange_answer(struct exchange *exchange, unsigned status, struct MHD_Response *response);
void exchange_json(struct exchange *exchange, unsigned status, const json_t *document);
/* keyfob.error/1 of the thread's error, with the table's status when `status` is 0. */
void exchange_fail(struct exchange *exchange, unsigned status, kf_err code);
/* A header as sent, or NULL. */
const char *exchange_header(const struct exchange *exchange, const char *name);
/* The session that asked; NULL when it has ended. */
struct session *exchange_session(const struct exchange *exchange);
/* Wait for the answer; the other end's leaving ends the call. */
void exchange_wait(struct exchange *exchange);
/* Nobody waits for it any more. */
void exchange_abandon(struct exchange *exchange);
/* The front stops: all that wait are answered. */
void exchanges_end(struct front *front);
