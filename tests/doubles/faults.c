// SPDX-License-Identifier: Apache-2.0
// Faults of a service and of the way to it.
#include "faults.h"

#include <stdlib.h>
#include <string.h>

enum { OVERSIZE = 2 * 1024 * 1024, ENDLESS = 64 * 1024 * 1024, DEPTH = 100 * 1000 };

static bool send_text(struct double_channel *channel, int status, const char *type,
                      const char *extra, const char *body) {
    struct double_reply reply = {0};
    size_t len;
    double_reply_data(&reply, status, type, body, strlen(body));
    snprintf(reply.extra, sizeof reply.extra, "%s", extra);
    char *answer = double_answer(&reply, true, &len);
    bool sent = double_channel_write(channel, answer, len);
    free(answer), free(reply.body);
    return sent;
}

static bool send_nothing(struct double_channel *channel, const char *argument, const char *answer,
                         size_t len) {
    return false;
}

static bool send_reset(struct double_channel *channel, const char *argument, const char *answer,
                       size_t len) {
    double_channel_reset(channel);
    return false;
}

/* "302 URL" */
static bool send_redirect(struct double_channel *channel, const char *argument, const char *answer,
                          size_t len) {
    char location[300], *url = NULL;
    long status = strtol(argument, &url, 10);
    snprintf(location, sizeof location, "Location:%s\r\n", url);
    return send_text(channel, (int)status, "text/plain", location, "");
}

static bool send_html(struct double_channel *channel, const char *argument, const char *answer,
                      size_t len) {
    return send_text(channel, 200, "text/html", "",
                     "<!DOCTYPE html><html><body><h1>Welcome to the proxy</h1></body></html>");
}

static bool send_empty(struct double_channel *channel, const char *argument, const char *answer,
                       size_t len) {
    return send_text(channel, 200, "application/json", "", "");
}

static bool send_truncated(struct double_channel *channel, const char *argument, const char *answer,
                           size_t len) {
    const char *body = memmem(answer, len, "\r\n\r\n", 4);
    size_t head = body ? (size_t)(body - answer) + 4 : 0;
    double_channel_write(channel, answer, head + (len - head) / 2);
    return false;
}

static bool send_cut(struct double_channel *channel, const char *argument, const char *answer,
                     size_t len) {
    long wanted = strtol(argument, NULL, 10);
    if (wanted < 0) /* all but so many */
        wanted += (long)len;
    double_channel_write(channel, answer,
                         wanted < 0             ? 0
                         : (size_t)wanted < len ? (size_t)wanted
                                                : len);
    return false;
}

/* One bit of the body is another; which one follows from the number. */
static bool send_mangled(struct double_channel *channel, const char *argument, const char *answer,
                         size_t len) {
    const char *body = memmem(answer, len, "\r\n\r\n", 4);
    size_t head = body ? (size_t)(body - answer) + 4 : len;
    uint64_t chance = strtoull(argument, NULL, 10) * 0x9e3779b97f4a7c15u;
    char *copy = malloc(len + 1);
    if (!copy)
        abort();
    memcpy(copy, answer, len);
    if (len > head)
        copy[head + (chance >> 16) % (len - head)] ^= (char)(1 << (chance >> 8) % 7);
    bool sent = double_channel_write(channel, copy, len);
    free(copy);
    return sent;
}

/* `unit` again and again, `total` bytes at most, or until the client has enough. */
static bool send_many(struct double_channel *channel, const char *unit, size_t total) {
    char block[16384];
    size_t unit_len = strlen(unit), len = 0;
    while (len + unit_len <= sizeof block) {
        memcpy(block + len, unit, unit_len);
        len += unit_len;
    }
    for (size_t sent = 0; sent < total; sent += len) {
        if (!double_channel_write(channel, block, total - sent < len ? total - sent : len))
            return false;
    }
    return true;
}

static bool send_oversize(struct double_channel *channel, const char *argument, const char *answer,
                          size_t len) {
    char head[128];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
                     "\r\n\r\n",
                     OVERSIZE);
    return double_channel_write(channel, head, (size_t)n) && send_many(channel, " ", OVERSIZE);
}

/* The same, its length unsaid: the end of the connection is the end of the body. */
static bool send_oversize_stream(struct double_channel *channel, const char *argument,
                                 const char *answer, size_t len) {
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    if (double_channel_write(channel, head, sizeof head - 1))
        send_many(channel, " ", ENDLESS);
    return false;
}

static bool send_endless_headers(struct double_channel *channel, const char *argument,
                                 const char *answer, size_t len) {
    static const char head[] = "HTTP/1.1 200 OK\r\n";
    if (double_channel_write(channel, head, sizeof head - 1))
        send_many(channel, "X-More: and more\r\n", ENDLESS);
    return false;
}

static bool send_slowly(struct double_channel *channel, const char *argument, const char *answer,
                        size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (!double_channel_write(channel, answer + i, 1) || !double_channel_wait(channel, 1000))
            return false;
    }
    return true;
}

static bool send_stalled(struct double_channel *channel, const char *argument, const char *answer,
                         size_t len) {
    double_channel_wait(channel, 60 * 1000);
    return false;
}

static bool send_garbage(struct double_channel *channel, const char *argument, const char *answer,
                         size_t len) {
    static const char garbage[] = "\x16\x03\x01 SSH-2.0-nonsense\r\n\0\xff\xfe{\"a\":\r\n\r\n";
    double_channel_write(channel, garbage, sizeof garbage - 1);
    return false;
}

static bool send_deep(struct double_channel *channel, const char *argument, const char *answer,
                      size_t len) {
    char *body = malloc(2 * DEPTH + 1);
    if (!body)
        abort();
    memset(body, '[', DEPTH);
    memset(body + DEPTH, ']', DEPTH);
    body[2 * DEPTH] = '\0';
    bool sent = send_text(channel, 200, "application/json", "", body);
    free(body);
    return sent;
}

/* "429" or "429 3600" (Retry-After) */
static bool send_status(struct double_channel *channel, const char *argument, const char *answer,
                        size_t len) {
    char extra[300] = "", *after = NULL;
    long status = strtol(argument, &after, 10);
    if (*after == ' ' && after[1] != '\0')
        snprintf(extra, sizeof extra, "Retry-After: %s\r\n", after + 1);
    return send_text(channel, (int)status, "text/plain", extra, "not now");
}

static const struct double_fault faults[] = {
    {"refuse", false, send_nothing},
    {"lose", true, send_reset},
    {"redirect", false, send_redirect},
    {"html", false, send_html},
    {"empty", false, send_empty},
    {"truncate", true, send_truncated},
    {"oversize", false, send_oversize},
    {"oversize-stream", false, send_oversize_stream},
    {"endless-headers", false, send_endless_headers},
    {"slow", true, send_slowly},
    {"stall", false, send_stalled},
    {"garbage", false, send_garbage},
    {"deep", false, send_deep},
    {"status", false, send_status},
    {"cut", true, send_cut},
    {"mangle", true, send_mangled},
};

static const struct double_fault *find(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strlen(faults[i].name) == len && strncmp(faults[i].name, name, len) == 0)
            return &faults[i];
    }
    double_die("there is no fault \"%.*s\"", (int)len, name);
}

static void argue(kf_double *d, const struct double_fault *fault, const char *colon,
                  char ret_argument[256]) {
    if (fault->send == send_redirect)
        snprintf(ret_argument, 256, "%s %s", *colon ? colon + 1 : "302",
                 double_knob(d, "redirect-to"));
    else if (fault->send == send_status)
        snprintf(ret_argument, 256, "%s %s", *colon ? colon + 1 : "500",
                 double_knob(d, "retry-after"));
    else
        snprintf(ret_argument, 256, "%s", *colon ? colon + 1 : "0");
}

const struct double_fault *double_fault_take(kf_double *d, const struct double_request *request,
                                             char ret_argument[256], bool *ret_processed) {
    pthread_mutex_lock(&d->lock);
    const struct double_fault *fault = NULL;
    const char *name = double_knob(d, "fault"), *path = double_knob(d, "fault-path");
    if (*name != '\0' && d->fault_left != 0 &&
        double_matches(request->method, request->path, path)) {
        bool after = strncmp(name, "after:", 6) == 0;
        name += after ? 6 : 0;
        const char *colon = strchrnul(name, ':');
        fault = find(name, (size_t)(colon - name));
        argue(d, fault, colon, ret_argument);
        *ret_processed = fault->processed || after;
        if (d->fault_left > 0)
            d->fault_left--;
        double_add(d, "faults", 1);
    }
    pthread_mutex_unlock(&d->lock);
    return fault;
}
