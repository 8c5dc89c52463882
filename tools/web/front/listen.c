// SPDX-License-Identifier: Apache-2.0
// Listening on loopback, nowhere else.
#include "web/front/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG    64
#define PORT_TRIES 20

static int bind_to(int family, uint16_t port) {
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const void *address = family == AF_INET ? (const void *)&v4 : &v6;
    socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
    if (fd < 0)
        return -1;
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes); /* after a restart; not shared */
    if (bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

uint16_t listen_port(int fd) {
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    return getsockname(fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : 0;
}

kf_err listen_on(uint16_t port, int ret_fds[2]) {
    int error = EADDRINUSE;
    for (int tries = 0; error == EADDRINUSE && tries < (port ? 1 : PORT_TRIES); tries++) {
        int v4 = bind_to(AF_INET, port);
        error = v4 < 0 ? errno : 0;
        int v6 = v4 < 0 ? -1 : bind_to(AF_INET6, listen_port(v4));
        if (v4 >= 0 && (v6 >= 0 || errno != EADDRINUSE)) {
            ret_fds[0] = v4;
            ret_fds[1] = v6;
            return KF_OK;
        }
        error = v4 >= 0 ? EADDRINUSE : error;
        if (v4 >= 0)
            close(v4);
    }
    if (port && error == EADDRINUSE) {
        kf_err code = kf_fail(KF_E_BUSY, "another program uses the port %u", port);
        kf_error_hint("Name another with --port, or leave it out: any free port is taken.");
        return code;
    }
    return kf_fail(KF_E_IO, "listening on 127.0.0.1: %s", strerror(error));
}
