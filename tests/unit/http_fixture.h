// SPDX-License-Identifier: Apache-2.0
// What the tests of the HTTP door share: a door with options of a table, to a double or to a
// listener that says exactly what a test wants.
#pragma once

#include "unit/base_fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "ca/http.h"
#include "base/context.h"
#include "base/text.h"
#include "double.h"
#include "x509/json.h"

KF_DEFINE_AUTO_PTR_WITH(kf_double, double_stop)

__attribute__((unused)) static void say_ok(kf_err err, const char *what) {
    if (err != KF_OK)
        fail_msg("%s: %s", what, kf_error_sentence(err));
}
#define OK(call) say_ok(call, #call)

__attribute__((unused)) static void assert_says(kf_err err, kf_err wanted, const char *part) {
    const char *sentence = err == KF_OK ? "" : kf_error_sentence(err);
    if (err != wanted || !strstr(sentence, part))
        fail_msg("got %d \"%s\", wanted %d with \"%s\"", err, sentence, wanted, part);
}

/* --- a door --- */

/* name, value, ..., NULL */
typedef const char *const *options;

static const char *http_option(void *arg, const char *name) {
    for (options at = arg; at && *at; at += 2)
        if (strcmp(at[0], name) == 0)
            return at[1];
    return NULL;
}

static atomic_bool http_interrupted;

static bool http_is_interrupted(void *arg) {
    return atomic_load(&http_interrupted);
}

__attribute__((unused)) static kf_context *http_context(void) {
    static const struct kf_ui ui = {.interrupted = http_is_interrupted};
    kf_context *context = NULL;
    struct kf_context_options wanted = {.home = "/nonexistent", .ui = &ui};
    OK(kf_context_new(&wanted, &context));
    return context;
}

/* One for the whole program: a door keeps nothing in it. */
static kf_context *http_home;

__attribute__((unused)) static kf_err http_try(const char *url, options list, kf_http **ret_http) {
    struct kf_ca_setup setup = {
        .context = http_home, .connection = "corp", .option = http_option, .arg = (void *)list};
    return kf_http_new(&setup, url, ret_http);
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

__attribute__((unused)) static kf_http *http_door(const char *url, options list) {
    kf_http *http = NULL;
    OK(http_try(url, list, &http));
    return http;
}

__attribute__((unused)) static kf_err http_do(kf_http *http, const char *method, const char *path,
                                              kf_http_answer *answer) {
    return kf_http_send(http, &(struct kf_http_request){.method = method, .path = path}, answer);
}

__attribute__((unused)) static kf_secret *http_secret(const char *text) {
    kf_secret *secret = NULL;
    OK(kf_secret_copy(text, strlen(text), &secret));
    return secret;
}

__attribute__((unused)) static int http_begin(void **state) {
    http_home = http_context();
    return 0;
}

__attribute__((unused)) static int http_end(void **state) {
    kf_context_free(http_home);
    return 0;
}

/* --- a listener: reads requests and answers each with the same bytes --- */

struct listener {
    int fd;
    unsigned port;
    char url[64];
    const char *answer;
    size_t len;
    size_t close_after; /* requests of a connection that are answered; 0 = no end */
    size_t at_once;     /* bytes of the answer, the others come in drops; 0 = all */
    size_t swallow;     /* the request of a connection (from 1) that gets no answer, 0 = none */
    atomic_int connections, requests;
    atomic_size_t bytes; /* that arrived */
    pthread_t thread;
};

/* True when a whole request was read (its body by Content-Length). */
static bool listener_read(struct listener *l, int fd) {
    char text[65536];
    size_t len = 0;
    while (len + 1 < sizeof text) {
        ssize_t got = read(fd, text + len, sizeof text - 1 - len);
        if (got <= 0)
            return false;
        atomic_fetch_add(&l->bytes, (size_t)got);
        len += (size_t)got;
        text[len] = '\0';
        const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");
        size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
        if (text[0] == 0x16) /* a TLS handshake */
            return true;
        if (end && (size_t)(end + 4 - text) + body <= len)
            return true;
    }
    return false;
}

static bool listener_send(const struct listener *l, int fd) {
    size_t first = l->at_once ? l->at_once : l->len;
    if (send(fd, l->answer, first, MSG_NOSIGNAL) != (ssize_t)first)
        return false;
    for (size_t at = first; at < l->len; at++) {
        usleep(50 * 1000);
        if (send(fd, l->answer + at, 1, MSG_NOSIGNAL) != 1)
            return false;
    }
    return true;
}

static void listener_serve(struct listener *l, int fd) {
    for (size_t i = 1; listener_read(l, fd); i++) {
        atomic_fetch_add(&l->requests, 1);
        if (i == l->swallow || !listener_send(l, fd) || i == l->close_after)
            return;
    }
}

static void *listener_run(void *arg) {
    struct listener *l = arg;
    for (;;) {
        int fd = accept(l->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        atomic_fetch_add(&l->connections, 1);
        listener_serve(l, fd);
        close(fd);
    }
}

__attribute__((unused)) static void listener_start(struct listener *l, const char *answer,
                                                   size_t len) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    l->answer = answer;
    l->len = len;
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(l->fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(l->fd, 16), 0);
    assert_int_equal(getsockname(l->fd, (struct sockaddr *)&at, &size), 0);
    l->port = ntohs(at.sin_port);
    snprintf(l->url, sizeof l->url, "http://127.0.0.1:%u", l->port);
    assert_int_equal(pthread_create(&l->thread, NULL, listener_run, l), 0);
}

/* Close the doors to it first. */
__attribute__((unused)) static void listener_stop(struct listener *l) {
    shutdown(l->fd, SHUT_RDWR);
    pthread_join(l->thread, NULL);
    close(l->fd);
}

#define ANSWER_OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
