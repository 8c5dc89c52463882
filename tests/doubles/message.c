// SPDX-License-Identifier: Apache-2.0
// Requests in: RFC 9112, as much of it as an HTTP client's library says.
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { HEAD_MAX = 64 * 1024, BODY_MAX = 4 * 1024 * 1024 };

static bool read_more(struct double_channel *channel) {
    if (channel->inbox_cap - channel->inbox_len < 4096) {
        size_t cap = channel->inbox_cap ? channel->inbox_cap * 2 : 16384;
        char *larger = realloc(channel->inbox, cap);
        if (!larger)
            return false;
        channel->inbox = larger, channel->inbox_cap = cap;
    }
    char *to = channel->inbox + channel->inbox_len;
    size_t room = channel->inbox_cap - channel->inbox_len;
    ssize_t n = channel->ssl ? SSL_read(channel->ssl, to, room > 65536 ? 65536 : (int)room)
                             : recv(channel->fd, to, room, 0);
    if (n <= 0)
        return false;
    channel->inbox_len += (size_t)n;
    return true;
}

/* Moves the first `len` bytes out, ended with NUL. */
static char *take(struct double_channel *channel, size_t len) {
    char *bytes = malloc(len + 1);
    if (!bytes)
        return NULL;
    if (len > 0) /* without a first read there is no inbox */
        memcpy(bytes, channel->inbox, len);
    bytes[len] = '\0';
    channel->inbox_len -= len;
    if (channel->inbox_len > 0)
        memmove(channel->inbox, channel->inbox + len, channel->inbox_len);
    return bytes;
}

static char *read_head(struct double_channel *channel) {
    for (size_t from = 0;;) {
        char *end = channel->inbox_len > from
                        ? memmem(channel->inbox + from, channel->inbox_len - from, "\r\n\r\n", 4)
                        : NULL;
        if (end)
            return take(channel, (size_t)(end - channel->inbox) + 4);
        from = channel->inbox_len > 3 ? channel->inbox_len - 3 : 0;
        if (channel->inbox_len > HEAD_MAX || !read_more(channel))
            return NULL;
    }
}

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static char *decode(const char *text, size_t len, bool plus) {
    char *out = malloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < len; i++) {
        if (text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            out[n++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out[n++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    if (out)
        out[n] = '\0';
    return out;
}

/* "METHOD target HTTP/1.x" */
static bool parse_first_line(struct double_message *m, char *line) {
    char *rest = NULL, *method = strtok_r(line, " ", &rest), *target = strtok_r(NULL, " ", &rest),
         *version = strtok_r(NULL, " ", &rest);
    if (!method || !target || !version || strncmp(version, "HTTP/1.", 7) != 0)
        return false;
    if (strncmp(target, "http://", 7) == 0 && strchr(target + 7, '/')) /* said to a proxy */
        target = strchr(target + 7, '/');
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    m->path = decode(target, strlen(target), false);
    m->request.method = method, m->request.path = m->path, m->request.query = query ? query : "";
    return m->path != NULL;
}

static bool parse_head(struct double_message *m) {
    char *rest = NULL, *line = strtok_r(m->head, "\r\n", &rest);
    if (!line || !parse_first_line(m, line))
        return false;
    while ((line = strtok_r(NULL, "\r\n", &rest)) && m->headers.count < DOUBLE_HEADERS_MAX) {
        char *value = strchr(line, ':');
        if (!value)
            return false;
        *value++ = '\0';
        value += strspn(value, " \t");
        m->headers.items[m->headers.count].name = line;
        m->headers.items[m->headers.count++].value = value;
    }
    return true;
}

static bool read_body(struct double_channel *channel, struct double_message *m) {
    size_t len = strtoul(double_header(&m->request, "content-length"), NULL, 10);
    if (len > BODY_MAX || *double_header(&m->request, "transfer-encoding") != '\0')
        return false;
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    if (strcasecmp(double_header(&m->request, "expect"), "100-continue") == 0 &&
        channel->inbox_len < len && !double_channel_write(channel, go_on, sizeof go_on - 1))
        return false;
    while (channel->inbox_len < len) {
        if (!read_more(channel))
            return false;
    }
    m->body = take(channel, len);
    m->request.body = m->body, m->request.body_len = len;
    return m->body != NULL;
}

bool double_message_read(struct double_channel *channel, struct double_message *m) {
    *m = (struct double_message){.head = read_head(channel)};
    m->request.headers = &m->headers;
    if (!m->head || !parse_head(m) || !read_body(channel, m))
        return false;
    size_t blanks = strspn(m->body, " \t\r\n");
    if (m->body[blanks] == '{' || m->body[blanks] == '[')
        m->request.json = json_loadb(m->body, m->request.body_len, JSON_ALLOW_NUL, NULL);
    return true;
}

void double_message_clear(struct double_message *m) {
    json_decref(m->request.json);
    for (size_t i = 0; i < m->headers.scratch_count; i++)
        free(m->headers.scratch[i].text);
    free(m->head), free(m->path), free(m->body);
}

const char *double_header(const struct double_request *request, const char *name) {
    for (size_t i = 0; i < request->headers->count; i++) {
        if (strcasecmp(request->headers->items[i].name, name) == 0)
            return request->headers->items[i].value;
    }
    return "";
}

/* Decoded once, however often it is asked for. */
static const char *decoded(struct double_headers *keep, const char *text, size_t len) {
    for (size_t i = 0; i < keep->scratch_count; i++) {
        if (keep->scratch[i].of == text)
            return keep->scratch[i].text;
    }
    char *value = keep->scratch_count < DOUBLE_SCRATCH_MAX ? decode(text, len, true) : NULL;
    if (!value)
        abort();
    keep->scratch[keep->scratch_count].of = text;
    return keep->scratch[keep->scratch_count++].text = value;
}

/* name=value&name=value */
static const char *find_value(const struct double_request *request, const char *text,
                              const char *name) {
    for (const char *at = text, *end; *at; at = *end ? end + 1 : end) {
        end = strchrnul(at, '&');
        const char *equals = memchr(at, '=', (size_t)(end - at));
        char *found = decode(at, (size_t)((equals ? equals : end) - at), true);
        bool same = found && strcmp(found, name) == 0;
        free(found);
        if (same)
            return equals ? decoded((struct double_headers *)request->headers, equals + 1,
                                    (size_t)(end - equals - 1))
                          : "";
    }
    return "";
}

const char *double_query(const struct double_request *request, const char *name) {
    return find_value(request, request->query, name);
}

const char *double_form(const struct double_request *request, const char *name) {
    return request->json ? "" : find_value(request, request->body, name);
}
