// SPDX-License-Identifier: Apache-2.0
// What comes back: libcurl's callbacks, with a limit for everything.
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "ca/http/door.h"

/* An answer that has begun and then brings less than this on average is given up. */
#define SLOW_AFTER     5000 /* ms */
#define SLOW_RATE      100  /* bytes a second */
#define RETRY_AT_LEAST 60
#define RETRY_AT_MOST  86400

void kf_transfer_clear(kf_transfer *transfer) {
    kf_http_answer_clear(&transfer->answer);
    kf_buf_clear(&transfer->url);
}

static void note_begun(kf_transfer *transfer) {
    if (!transfer->begun)
        transfer->begun = kf_monotonic_ms();
}

/* --- headers --- */

/* The value behind "name:", without blanks around it; NULL when it is another header. */
static const char *value_of(const char *line, size_t *len, const char *name) {
    size_t name_len = strlen(name);
    if (*len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return NULL;
    const char *value = line + name_len + 1, *end = line + *len;
    while (value < end && isspace((unsigned char)*value))
        value++;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    *len = (size_t)(end - value);
    return value;
}

/* What does not fit is cut: it is shown or parsed, never followed. */
static void keep(const char *line, size_t len, const char *name, char *place, size_t size) {
    const char *value = value_of(line, &len, name);
    if (!value)
        return;
    if (len >= size)
        len = size - 1;
    memcpy(place, value, len);
    place[len] = '\0';
}

/* A status line: what the ones before (1xx) said does not count. */
static void begin_headers(kf_transfer *transfer) {
    transfer->retry_after[0] = transfer->date[0] = transfer->location[0] = '\0';
    transfer->answer.type[0] = '\0';
    transfer->complete = false;
}

size_t kf_transfer_header(char *data, size_t size, size_t count, void *arg) {
    kf_transfer *transfer = arg;
    size_t len = size * count;
    note_begun(transfer);
    transfer->header_bytes += len;
    if (transfer->header_bytes > KF_HTTP_HEADERS_MAX) {
        transfer->stop = KF_STOP_HEADERS;
        return 0;
    }
    if (len >= 5 && strncmp(data, "HTTP/", 5) == 0)
        begin_headers(transfer);
    if (len > 0 && (data[0] == '\r' || data[0] == '\n'))
        transfer->complete = true;
    keep(data, len, "Retry-After", transfer->retry_after, sizeof transfer->retry_after);
    keep(data, len, "Date", transfer->date, sizeof transfer->date);
    keep(data, len, "Location", transfer->location, sizeof transfer->location);
    keep(data, len, "Content-Type", transfer->answer.type, sizeof transfer->answer.type);
    return len;
}

/* --- the body --- */

/* Grows without leaving a copy behind: answers hold sessions and passwords. */
static bool make_room(kf_buf *body, size_t more) {
    size_t want = body->len + more + 1, capacity = body->capacity ? body->capacity : 4096;
    if (want <= body->capacity)
        return true;
    while (capacity < want)
        capacity *= 2;
    uint8_t *data = malloc(capacity);
    if (!data)
        return false;
    if (body->len)
        memcpy(data, body->data, body->len);
    if (body->data)
        explicit_bzero(body->data, body->capacity);
    free(body->data);
    body->data = data;
    body->capacity = capacity;
    return true;
}

size_t kf_transfer_body(char *data, size_t size, size_t count, void *arg) {
    kf_transfer *transfer = arg;
    kf_buf *body = &transfer->answer.body;
    size_t len = size * count;
    note_begun(transfer);
    if (len > KF_HTTP_BODY_MAX - body->len) {
        transfer->stop = KF_STOP_BODY;
        return 0;
    }
    if (!make_room(body, len)) {
        transfer->stop = KF_STOP_MEMORY;
        return 0;
    }
    memcpy(body->data + body->len, data, len);
    body->len += len;
    body->data[body->len] = '\0';
    return len;
}

/* --- on the way --- */

static bool is_safe(const char *method) {
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* Called when a connection is there and the request is about to be sent. libcurl sends once more
 * when a kept connection turns out to be closed; the first may have arrived all the same. */
int kf_transfer_start(void *arg, char *to, char *from, int to_port, int from_port) {
    kf_transfer *transfer = arg;
    (void)to, (void)from, (void)to_port, (void)from_port;
    if (transfer->starts > 0 && !is_safe(transfer->request->method)) {
        transfer->stop = KF_STOP_AGAIN;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->starts++;
    return CURL_PREREQFUNC_OK;
}

static bool is_slow(const kf_transfer *transfer) {
    if (!transfer->begun)
        return false;
    int64_t ms = kf_monotonic_ms() - transfer->begun;
    int64_t bytes = (int64_t)(transfer->header_bytes + transfer->answer.body.len);
    return ms > SLOW_AFTER && bytes * 1000 < ms * SLOW_RATE;
}

int kf_transfer_progress(void *arg, curl_off_t in_total, curl_off_t in, curl_off_t out_total,
                         curl_off_t out) {
    kf_transfer *transfer = arg;
    (void)in_total, (void)in, (void)out_total, (void)out;
    if (kf_context_interrupted(transfer->http->context))
        transfer->stop = KF_STOP_INTERRUPTED;
    else if (is_slow(transfer))
        transfer->stop = KF_STOP_SLOW;
    return transfer->stop != KF_STOP_NONE;
}

/* --- a whole answer --- */

static int64_t clamp(int64_t seconds) {
    return seconds < RETRY_AT_LEAST  ? RETRY_AT_LEAST
           : seconds > RETRY_AT_MOST ? RETRY_AT_MOST
                                     : seconds;
}

/* RFC 9110 10.2.3: seconds, or a date, which counts from the server's own clock. What is neither
 * still says "not now". */
static int64_t retry_after(const kf_transfer *transfer) {
    const char *text = transfer->retry_after;
    const struct kf_curl *curl = transfer->http->curl;
    size_t digits = strspn(text, "0123456789");
    if (!*text)
        return 0;
    if (text[digits] == '\0')
        return digits > 9 ? RETRY_AT_MOST : clamp(atoll(text));
    time_t then = curl->getdate(text, NULL), now = curl->getdate(transfer->date, NULL);
    if (then == (time_t)-1)
        return RETRY_AT_LEAST;
    return clamp(then - (now == (time_t)-1 ? kf_context_now(transfer->http->context) : now));
}

/* RFC 9110 8.3.1: the type is compared without regard to case; parameters are left out. */
static void shorten_type(char *type) {
    type[strcspn(type, "; \t,")] = '\0';
    for (; *type; type++)
        *type = (char)tolower((unsigned char)*type);
}

void kf_transfer_finish(kf_transfer *transfer) {
    transfer->http->curl->easy_getinfo(transfer->http->handle, CURLINFO_RESPONSE_CODE,
                                       &transfer->answer.status);
    transfer->answer.retry_after = retry_after(transfer);
    shorten_type(transfer->answer.type);
}
