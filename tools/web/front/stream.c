// SPDX-License-Identifier: Apache-2.0
// Event streams. A reader that returned 0 would be called again at once, for ever: with nothing to
// tell the connection is suspended.
#include "web/front/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/buf.h"
#include "web/front/daemon.h"

#define STREAMS_MAX     128
#define STREAMS_SESSION 6 /* as many connections as a browser opens to one server */
#define WAITING_MAX     ((size_t)1024 * 1024)
#define PING_MS         15000

struct stream {
    struct exchange *exchange;
    char owner[24];
    kf_buf waiting;
    size_t sent; /* of `waiting` */
    bool suspended, ending;
    struct stream *next;
};

static void wake(struct stream *stream) {
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->exchange->connection);
}

/* What was sent makes room. */
static void move_up(struct stream *stream) {
    kf_buf *waiting = &stream->waiting;
    if (stream->sent == 0)
        return;
    waiting->len -= stream->sent;
    memmove(waiting->data, waiting->data + stream->sent, waiting->len);
    stream->sent = 0;
}

static void add(struct stream *stream, const char *text) {
    move_up(stream);
    if (!stream->ending && kf_buf_add_str(&stream->waiting, text) != KF_OK)
        stream->ending = true; /* it reads too slowly: it comes back, and is told to read all */
    wake(stream);
}

static void on_event(void *arg, uint64_t id, const char *type, const char *data) {
    KF_AUTO(kf_buf) text = {.max = WAITING_MAX};
    bool fits = strlen(data) < WAITING_MAX / 2; /* who misses one reads all again */
    if (kf_buf_printf(&text, "id: %llu\nevent: %s\ndata: %s\n\n", (unsigned long long)id,
                      fits ? type : "reset", fits ? data : "{}") == KF_OK)
        add(arg, kf_buf_str(&text));
}

static ssize_t read_some(void *arg, uint64_t position, char *buffer, size_t max) {
    struct stream *stream = arg;
    size_t left = stream->waiting.len - stream->sent;
    if (left == 0) {
        stream->waiting.len = stream->sent = 0;
        if (stream->ending)
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->suspended = true;
        MHD_suspend_connection(stream->exchange->connection);
        return 0;
    }
    size_t len = left < max ? left : max;
    memcpy(buffer, stream->waiting.data + stream->sent, len);
    stream->sent += len;
    return (ssize_t)len;
}

/* Timers stand still while the computer sleeps, sessions do not. */
static bool end_overslept(const struct stream *stream) {
    struct session *session = exchange_session(stream->exchange);
    if (!session || session_left(session, session->locks) > 0)
        return false;
    session_end(session);
    return true;
}

static void ping(void *arg) {
    struct front *front = arg;
    front->ping = 0;
    for (struct stream *at = front->streams; at; at = at->next)
        if (!end_overslept(at))
            add(at, ": ping\n\n");
    if (front->streams)
        loop_after(front->loop, PING_MS, ping, front, &front->ping);
}

/* The oldest of the session goes when there are too many: a browser cannot have so many. */
static void make_room(struct front *front, const char *owner) {
    struct stream *oldest = NULL;
    size_t count = 0;
    for (struct stream *at = front->streams; at; at = at->next)
        if (!at->ending && strcmp(at->owner, owner) == 0) {
            oldest = at;
            count++;
        }
    if (count < STREAMS_SESSION)
        return;
    oldest->ending = true;
    wake(oldest);
}

static void enter(struct stream *stream) {
    struct front *front = stream->exchange->front;
    stream->next = front->streams;
    front->streams = stream;
    calls_watch(front->calls, ++front->stream_count);
    if (!front->ping)
        loop_after(front->loop, PING_MS, ping, front, &front->ping);
}

static void leave(struct stream *stream) {
    struct front *front = stream->exchange->front;
    for (struct stream **at = &front->streams; *at; at = &(*at)->next)
        if (*at == stream) {
            *at = stream->next;
            calls_watch(front->calls, --front->stream_count);
            return;
        }
}

void stream_free(struct stream *stream) {
    if (!stream)
        return;
    leave(stream);
    bus_leave(stream->exchange->front->bus, on_event, stream);
    if (stream->waiting.data)
        explicit_bzero(stream->waiting.data, stream->waiting.capacity);
    kf_buf_clear(&stream->waiting);
    free(stream);
}

static kf_err stream_new(struct exchange *exchange) {
    struct front *front = exchange->front;
    if (front->stream_count >= STREAMS_MAX)
        return kf_fail(KF_E_BUSY, "too many pages of keyfob are open");
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return kf_fail(KF_E_MEMORY, "out of memory for events");
    stream->exchange = exchange;
    stream->waiting.max = WAITING_MAX;
    snprintf(stream->owner, sizeof stream->owner, "%s", exchange->owner);
    exchange->stream = stream; /* from now on it goes with the exchange */
    enter(stream);
    add(stream, "retry: 2000\n: keyfob\n\n");
    const char *last = exchange_header(exchange, "Last-Event-ID");
    return bus_join(front->bus, stream->owner, last ? strtoull(last, NULL, 10) : 0, on_event,
                    stream);
}

void stream_answer(struct exchange *exchange) {
    make_room(exchange->front, exchange->owner);
    kf_err code = stream_new(exchange);
    struct MHD_Response *response =
        code == KF_OK ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_some,
                                                          exchange->stream, NULL)
                      : NULL;
    if (!response) {
        exchange_fail(exchange, 0, code ? code : kf_fail(KF_E_MEMORY, "out of memory for events"));
        return;
    }
    daemon_forever(exchange->connection);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    exchange_answer(exchange, 200, response);
}

void stream_stop(struct stream *stream) {
    stream->ending = true;
    wake(stream);
}

void streams_end(struct front *front, const char *owner) {
    for (struct stream *at = front->streams; at; at = at->next)
        if (!owner || strcmp(at->owner, owner) == 0)
            stream_stop(at);
}
