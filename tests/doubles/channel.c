// SPDX-License-Identifier: Apache-2.0
// A connection of the double, plain or TLS.
#include "wire.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

void double_channel_clear(struct double_channel *channel) {
    SSL_free(channel->ssl);
    free(channel->inbox);
    /* close() alone ends nothing while a forked child has the socket too */
    shutdown(channel->fd, SHUT_RDWR);
    close(channel->fd);
}

bool double_channel_write(struct double_channel *channel, const void *data, size_t len) {
    const char *at = data;
    while (len > 0) {
        ssize_t n = channel->ssl ? SSL_write(channel->ssl, at, len > 16384 ? 16384 : (int)len)
                                 : send(channel->fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n, len -= (size_t)n;
    }
    return true;
}

void double_channel_reset(struct double_channel *channel) {
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (channel->ssl)
        SSL_set_quiet_shutdown(channel->ssl, 1);
    struct linger now = {.l_onoff = 1};
    setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    connect(channel->fd, &nowhere, sizeof nowhere);
}

void double_channel_linger(struct double_channel *channel) {
    char unread[1024];
    struct pollfd more = {.fd = channel->fd, .events = POLLIN};
    shutdown(channel->fd, SHUT_WR);
    while (poll(&more, 1, 1000) == 1 && recv(channel->fd, unread, sizeof unread, 0) > 0)
        ;
}

bool double_channel_wait(struct double_channel *channel, int milliseconds) {
    struct pollfd gone = {.fd = channel->fd, .events = POLLRDHUP};
    return poll(&gone, 1, milliseconds) == 0;
}
