// SPDX-License-Identifier: Apache-2.0
// A page of keyfob serve without a browser.
#include "web_client.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 8192, LINE_MAX_BYTES = 1024 * 1024 };

static int connect_to(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        err(1, "connecting to port %u", port);
    return fd;
}

static void send_all(int fd, const char *text) {
    for (size_t len = strlen(text); len > 0;) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);

        if (sent <= 0)
            err(1, "sending");
        text += sent;
        len -= (size_t)sent;
    }
}

static void send_request(const struct web *web, int fd, const char *method, const char *path,
                         const char *body) {
    static unsigned long key;
    char *text = NULL;
    int len = asprintf(&text,
                       "%s /api/v1%s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "Origin: http://127.0.0.1:%u\r\nSec-Fetch-Site: same-origin\r\n"
                       "Cookie: %s\r\nX-Keyfob-Token: %s\r\nIdempotency-Key: bench-%lu\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       method, path, web->port, web->port, web->cookie, web->token, ++key,
                       strlen(body), body);

    if (len < 0)
        errx(1, "out of memory");
    send_all(fd, text);
    free(text);
}

/* One byte after the other up to the empty line: what follows it stays in the socket. */
static int read_head(int fd, char *head) {
    size_t len = 0;
    int status = 0;

    while (len < HEAD_MAX - 1) {
        if (recv(fd, head + len, 1, 0) != 1)
            errx(1, "the server hung up");
        head[++len] = '\0';
        if (len > 3 && strcmp(head + len - 4, "\r\n\r\n") == 0)
            break;
    }
    if (sscanf(head, "HTTP/1.1 %d", &status) != 1)
        errx(1, "no answer of HTTP: %.80s", head);
    return status;
}

static const char *header(const char *head, const char *name) {
    const char *at = strcasestr(head, name);

    return at ? at + strlen(name) : NULL;
}

static char *read_body(int fd, const char *head) {
    const char *text = header(head, "\r\nContent-Length: ");
    size_t len = text ? strtoul(text, NULL, 10) : 0;
    char *body = calloc(1, len + 1);

    for (size_t have = 0; body && have < len;) {
        ssize_t got = recv(fd, body + have, len - have, 0);

        if (got <= 0)
            errx(1, "the server hung up");
        have += (size_t)got;
    }
    return body;
}

static json_t *call(const struct web *web, const char *method, const char *path, json_t *body,
                    char *head) {
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    json_decref(body);
    send_request(web, web->fd, method, path, text ? text : "");
    free(text);
    int status = read_head(web->fd, head);
    char *answer = read_body(web->fd, head);
    if (status < 200 || status > 299)
        errx(1, "%s %s: %d %s", method, path, status, answer);
    json_t *document = json_loads(answer, 0, NULL);
    free(answer);
    return document;
}

json_t *web_call(const struct web *web, const char *method, const char *path, json_t *body) {
    char head[HEAD_MAX];

    return call(web, method, path, body, head);
}

struct web web_open(uint16_t port, const char *code) {
    struct web web = {.port = port, .fd = connect_to(port)};
    char head[HEAD_MAX];
    json_t *session = call(&web, "POST", "/session", json_pack("{s:s}", "code", code), head);
    const char *cookie = header(head, "\r\nSet-Cookie: ");

    if (!cookie)
        errx(1, "no cookie");
    snprintf(web.cookie, sizeof web.cookie, "%.*s", (int)strcspn(cookie, ";\r"), cookie);
    snprintf(web.token, sizeof web.token, "%s",
             json_string_value(json_object_get(session, "token")));
    json_decref(session);
    return web;
}

int web_stream(const struct web *web) {
    char head[HEAD_MAX];
    int fd = connect_to(web->port);

    send_request(web, fd, "GET", "/events", "");
    if (read_head(fd, head) != 200)
        errx(1, "no stream: %.80s", head);
    return fd;
}

/* Chunks of HTTP end at line ends here, so that a line that begins with "data: " is whole. */
static void read_line(int fd, char *line) {
    size_t len = 0;

    while (len < LINE_MAX_BYTES - 1 && recv(fd, line + len, 1, 0) == 1 && line[len] != '\n')
        len++;
    line[len] = '\0';
}

json_t *web_event(int stream, const char *type) {
    static char line[LINE_MAX_BYTES];
    char wanted[64];
    bool found = false;

    snprintf(wanted, sizeof wanted, "event: %s", type);
    for (;;) {
        read_line(stream, line);
        if (strcmp(line, wanted) == 0)
            found = true;
        if (found && strncmp(line, "data: ", 6) == 0)
            return json_loads(line + 6, 0, NULL);
    }
}
