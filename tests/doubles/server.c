// SPDX-License-Identifier: Apache-2.0
// The double's server: a thread that accepts, and one for each connection.
#include "core.h"
#include "faults.h"
#include "services.h"
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct double_connection {
    kf_double *d;
    struct double_channel channel;
    pthread_t thread;
    bool done; /* its thread has ended, or is about to */
    struct double_connection *next;
};

void double_die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("double: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}

/* --- a request --- */

static void process(kf_double *d, const struct double_request *request,
                    struct double_reply *reply) {
    pthread_mutex_lock(&d->lock);
    d->service->handle(d, d->state, request, reply);
    pthread_mutex_unlock(&d->lock);
    if (reply->status == 0)
        double_die("\"%s\" left %s %s without an answer", d->service->name, request->method,
                   request->path);
}

/* False: the connection ends. */
static bool answer_request(struct double_connection *c, const struct double_request *request,
                           struct double_reply *reply) {
    char argument[256];
    bool processed = true;
    const struct double_fault *fault = NULL;
    if (!double_control(c->d, request, reply)) {
        double_add(c->d, "requests", 1);
        double_seen_add(c->d, request);
        fault = double_fault_take(c->d, request, argument, &processed);
        if (processed)
            process(c->d, request, reply);
        else
            double_reply_data(reply, 200, "text/plain", "", 0);
    }
    size_t len;
    char *answer = double_answer(reply, strcmp(request->method, "HEAD") != 0, &len);
    bool more = fault ? fault->send(&c->channel, argument, answer, len)
                      : double_channel_write(&c->channel, answer, len);
    free(answer);
    return more && strcasecmp(double_header(request, "connection"), "close") != 0;
}

static bool serve_request(struct double_connection *c) {
    struct double_message message;
    struct double_reply reply = {0};
    bool more =
        double_message_read(&c->channel, &message) && answer_request(c, &message.request, &reply);
    free(reply.body);
    double_message_clear(&message);
    return more;
}

/* --- a connection --- */

static void end_connection(struct double_connection *c) {
    if (c->channel.ssl)
        SSL_shutdown(c->channel.ssl); /* may have to wait for the other side */
    pthread_mutex_lock(&c->d->lock);
    /* closed under the lock: double_stop() shuts down what is not done, by its number */
    double_channel_clear(&c->channel);
    c->done = true;
    pthread_mutex_unlock(&c->d->lock);
}

static bool shake_hands(struct double_connection *c) {
    if (!c->d->tls)
        return true;
    c->channel.ssl = SSL_new(c->d->tls);
    if (!c->channel.ssl || SSL_set_fd(c->channel.ssl, c->channel.fd) != 1)
        return false;
    if (SSL_accept(c->channel.ssl) == 1)
        return true;
    double_add(c->d, "refused-handshakes", 1);
    SSL_set_quiet_shutdown(c->channel.ssl, 1);
    double_channel_linger(&c->channel);
    return false;
}

static void *serve_connection(void *argument) {
    struct double_connection *c = argument;
    if (shake_hands(c)) {
        while (serve_request(c))
            ;
    }
    end_connection(c);
    return NULL;
}

/* Joined, never detached: a thread that outlives the test's main() would meet OpenSSL's clean-up.
 * Those that are done, or all of them. */
static void join_connections(kf_double *d, bool all) {
    struct double_connection *joined = NULL;
    pthread_mutex_lock(&d->lock);
    for (struct double_connection **at = &d->connections, *c; (c = *at);) {
        if (!all && !c->done) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        c->next = joined, joined = c;
    }
    pthread_mutex_unlock(&d->lock);
    for (struct double_connection *c; (c = joined);) {
        joined = c->next;
        pthread_join(c->thread, NULL);
        free(c);
    }
}

static void add_connection(kf_double *d, int fd) {
    struct double_connection *c = calloc(1, sizeof *c);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    double_add(d, "connections", 1);
    join_connections(d, false);
    c->d = d, c->channel.fd = fd;
    pthread_mutex_lock(&d->lock);
    if (d->stopping || pthread_create(&c->thread, NULL, serve_connection, c) != 0) {
        double_channel_clear(&c->channel);
        free(c);
    } else {
        c->next = d->connections, d->connections = c;
    }
    pthread_mutex_unlock(&d->lock);
}

/* --- the server --- */

static void *accept_connections(void *argument) {
    kf_double *d = argument;
    for (;;) {
        int fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            add_connection(d, fd);
        else if (errno != ECONNABORTED && errno != EINTR)
            return NULL; /* double_stop() shut the listener down */
    }
}

static void open_listener(kf_double *d, bool tls) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (d->listener < 0 || bind(d->listener, (struct sockaddr *)&at, len) != 0 ||
        listen(d->listener, 128) != 0 ||
        getsockname(d->listener, (struct sockaddr *)&at, &len) != 0)
        double_die("no port on 127.0.0.1: %s", strerror(errno));
    snprintf(d->url, sizeof d->url, "%s://127.0.0.1:%u", tls ? "https" : "http",
             ntohs(at.sin_port));
}

static void make_folder(kf_double *d) {
    const char *temporary = getenv("TMPDIR");
    snprintf(d->folder, sizeof d->folder, "%s/kf-double.XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(d->folder))
        double_die("no folder \"%s\": %s", d->folder, strerror(errno));
    snprintf(d->tls_root, sizeof d->tls_root, "%s/tls-root.pem", d->folder);
    snprintf(d->ca_root, sizeof d->ca_root, "%s/ca-root.pem", d->folder);
}

static void make_lock(kf_double *d) {
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&d->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
}

kf_double *double_start(const char *service, enum double_tls tls) {
    kf_double *d = calloc(1, sizeof *d);
    d->service = double_service_find(service);
    if (!d->service)
        double_die("there is no service \"%s\"", service);
    make_lock(d);
    make_folder(d);
    double_knobs_start(d);
    double_issuer_start(d);
    d->tls = double_tls_start(d, tls);
    d->state = d->service->start(d);
    open_listener(d, d->tls != NULL);
    sigset_t all, before; /* signals are the test's; SIGPIPE is nobody's */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&d->accepter, NULL, accept_connections, d) != 0)
        double_die("no thread for the server");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return d;
}

static void end_connections(kf_double *d) {
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    for (struct double_connection *c = d->connections; c; c = c->next) {
        if (!c->done)
            shutdown(c->channel.fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&d->lock);
    join_connections(d, true);
}

void double_stop(kf_double *d) {
    if (!d)
        return;
    shutdown(d->listener, SHUT_RDWR);
    pthread_join(d->accepter, NULL);
    close(d->listener);
    end_connections(d);
    d->service->stop(d->state);
    SSL_CTX_free(d->tls);
    double_issuer_clear(d);
    double_seen_clear(d);
    double_knobs_clear(d);
    unlink(d->tls_root), unlink(d->ca_root), rmdir(d->folder);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

const char *double_url(const kf_double *d) {
    return d->url;
}

const char *double_tls_root(const kf_double *d) {
    return d->tls_root;
}

const char *double_ca_root(const kf_double *d) {
    return d->ca_root;
}
