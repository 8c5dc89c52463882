// SPDX-License-Identifier: Apache-2.0
// The HTTP server: libmicrohttpd without threads of its own, its epoll descriptor in our loop.
#include "web/front/daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/context.h"
#include "web/front/exchange.h"
#include "web/front/listen.h"
#include "web/front/peer.h"
#include "web/front/stream.h"

#define CONNECTIONS_MAX 32  /* without event streams */
#define STREAMS_MAX     128 /* beside them */
#define IDLE_SECONDS    15
#define SLOW_MS         20000 /* for a whole request, from the first byte or the last answer on */
#define SWEEP_MS        5000
#define MEMORY          ((size_t)40 * 1024) /* a connection: headers of 16 KiB, and the answer's */

/* One connection of the network. */
struct link {
    struct daemon *daemon;
    int fd;
    int64_t since;
    bool busy, forever;
    bool leaving;             /* the other end sends no more */
    struct exchange *waiting; /* which is told then */
    struct link *next;
};

struct daemon {
    struct front *front;
    struct MHD_Daemon *servers[2];
    size_t count;
    struct link *links;
    size_t plain; /* links that are no streams */
    uint64_t sweep;
    bool told_foreign;
};

/* --- connections --- */

static struct link *link_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* libmicrohttpd asks the kernel for changes only, and so misses an end that comes along with data.
 */
static void on_gone(void *arg, short events) {
    struct link *link = arg;
    struct exchange *exchange = KF_MOVE(link->waiting);
    loop_unwatch(link->daemon->front->loop, link->fd);
    link->leaving = true;
    if (exchange)
        exchange_abandon(exchange);
}

static void link_begin(struct daemon *daemon, struct MHD_Connection *connection, void **context) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct link *made = calloc(1, sizeof *made);
    if (!made || !info) {
        free(made);
        return;
    }
    *made = (struct link){.daemon = daemon,
                          .fd = info->connect_fd,
                          .since = kf_monotonic_ms(),
                          .next = daemon->links};
    daemon->links = made;
    daemon->plain++;
    *context = made;
    loop_watch(daemon->front->loop, made->fd, POLLRDHUP, on_gone, made);
}

static void link_end(struct link *link) {
    struct daemon *daemon = link->daemon;
    for (struct link **at = &daemon->links; *at; at = &(*at)->next)
        if (*at == link) {
            *at = link->next;
            break;
        }
    daemon->plain -= !link->forever;
    loop_unwatch(daemon->front->loop, link->fd);
    free(link);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        link_begin(arg, connection, context);
    else if (*context)
        link_end(*context);
}

/* Once: whoever started it as root, and has the browser as another user, learns why. */
static void tell_foreign(struct daemon *daemon) {
    if (!daemon->told_foreign)
        fputs("keyfob: another user's program was refused: only those of the user who runs keyfob "
              "serve reach it\n",
              stderr);
    daemon->told_foreign = true;
}

static enum MHD_Result may_connect(void *arg, const struct sockaddr *address, socklen_t len) {
    struct daemon *daemon = arg;
    if (daemon->plain >= CONNECTIONS_MAX || daemon->front->stopping)
        return MHD_NO;
    enum peer peer = peer_of(address, daemon->front->port);
    if (peer == PEER_FOREIGN)
        tell_foreign(daemon);
    return peer == PEER_OURS ? MHD_YES : MHD_NO;
}

void daemon_forever(struct MHD_Connection *connection) {
    struct link *link = link_of(connection);
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    if (!link || link->forever)
        return;
    link->forever = true;
    link->daemon->plain--;
}

void daemon_busy(struct MHD_Connection *connection, bool busy) {
    struct link *link = link_of(connection);
    if (!link)
        return;
    link->busy = busy;
    link->since = kf_monotonic_ms();
}

void daemon_watch(struct MHD_Connection *connection, struct exchange *exchange) {
    struct link *link = link_of(connection);
    if (link)
        link->waiting = exchange;
    if (link && link->leaving && exchange->stream)
        exchange_abandon(exchange);
}

void daemon_unwatch(struct MHD_Connection *connection) {
    struct link *link = link_of(connection);
    if (link)
        link->waiting = NULL;
}

/* libmicrohttpd's timeout begins anew with every byte. */
static void sweep(void *arg) {
    struct daemon *daemon = arg;
    int64_t now = kf_monotonic_ms();
    for (struct link *at = daemon->links; at; at = at->next)
        if (!at->busy && !at->forever && now - at->since > SLOW_MS)
            shutdown(at->fd, SHUT_RDWR);
    loop_after(daemon->front->loop, SWEEP_MS, sweep, daemon, &daemon->sweep);
}

/* Addresses stay as they were sent: "%2F" is no "/". */
static size_t leave_escaped(void *arg, struct MHD_Connection *connection, char *text) {
    return strlen(text);
}

static void log_nothing(void *arg, const char *format, va_list args) {}

static struct MHD_Daemon *start(struct daemon *daemon, int fd) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, may_connect, daemon, exchange_handle,
        daemon->front, MHD_OPTION_EXTERNAL_LOGGER, log_nothing, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, daemon->front,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, daemon, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)(CONNECTIONS_MAX + STREAMS_MAX), MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

/* --- in the loop --- */

static void on_ready(void *arg, short events) {
    /* run_servers() runs after each wait */
}

static void run_servers(void *arg) {
    struct daemon *daemon = arg;
    for (size_t i = 0; i < daemon->count; i++)
        MHD_run(daemon->servers[i]);
    for (struct link *at = daemon->links; at; at = at->next)
        if (at->leaving && !at->busy)
            shutdown(at->fd, SHUT_RDWR);
}

static void limit_wait(void *arg, int64_t *ms) {
    struct daemon *daemon = arg;
    for (size_t i = 0; i < daemon->count; i++) {
        MHD_UNSIGNED_LONG_LONG limit;
        if (MHD_get_timeout(daemon->servers[i], &limit) == MHD_YES &&
            (*ms < 0 || limit < (uint64_t)*ms))
            *ms = (int64_t)limit;
    }
}

static kf_err add_server(struct daemon *daemon, int fd) {
    struct MHD_Daemon *server = start(daemon, fd);
    if (!server) {
        close(fd);
        return kf_fail(KF_E_FAILED, "the HTTP server does not start");
    }
    daemon->servers[daemon->count++] = server;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD);
    return loop_watch(daemon->front->loop, info->epoll_fd, POLLIN, on_ready, daemon);
}

kf_err daemon_start(struct front *front, uint16_t port) {
    int fds[2] = {-1, -1};
    if (!peer_is_known())
        return kf_fail(KF_E_UNSUPPORTED, "/proc does not tell whose connections there are");
    KF_TRY(listen_on(port, fds));
    front->port = listen_port(fds[0]);
    struct daemon *made = calloc(1, sizeof *made);
    if (!made)
        return kf_fail(KF_E_MEMORY, "out of memory for the HTTP server");
    made->front = front;
    front->daemon = made;
    KF_TRY(add_server(made, fds[0]));
    if (fds[1] >= 0)
        KF_TRY(add_server(made, fds[1]));
    loop_before(front->loop, limit_wait, made);
    loop_after_wait(front->loop, run_servers, made);
    return loop_after(front->loop, SWEEP_MS, sweep, made, &made->sweep);
}

void daemon_quiet(struct front *front) {
    struct daemon *daemon = front->daemon;
    for (size_t i = 0; i < daemon->count; i++) {
        MHD_socket fd = MHD_quiesce_daemon(daemon->servers[i]);
        if (fd != MHD_INVALID_SOCKET)
            close(fd);
    }
}

void daemon_free(struct daemon *daemon) {
    if (daemon)
        run_servers(daemon); /* what was resumed is so only then */
    for (size_t i = 0; daemon && i < daemon->count; i++)
        MHD_stop_daemon(daemon->servers[i]);
    free(daemon);
}
