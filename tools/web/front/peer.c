// SPDX-License-Identifier: Apache-2.0
// The other end's user, as the kernel lists it in /proc/net/tcp and tcp6 (proc_net_tcp.rst).
#include "web/front/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ESTABLISHED 1

/* Both ends as the other end's line has them: words of four bytes, as this machine has them in
 * memory. A port alone says little: the same one of 127.0.0.1 may be connected to several places,
 * by several users. */
struct wanted {
    char v4[2][20], v6[2][48]; /* the other end, and ours */
};

static void put_v4(uint32_t address, uint16_t port, int end, struct wanted *wanted) {
    snprintf(wanted->v4[end], sizeof wanted->v4[end], "%08X:%04X", address, port);
    snprintf(wanted->v6[end], sizeof wanted->v6[end], "0000000000000000%08X%s", htonl(0xffff),
             wanted->v4[end]);
}

static void put_v6(const struct in6_addr *address, uint16_t port, int end, struct wanted *wanted) {
    const uint32_t *words = address->s6_addr32;
    snprintf(wanted->v6[end], sizeof wanted->v6[end], "%08X%08X%08X%08X:%04X", words[0], words[1],
             words[2], words[3], port);
}

static struct wanted wanted_of(const struct sockaddr *peer, uint16_t our_port) {
    struct wanted wanted = {0};
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)peer;
        put_v4(v4->sin_addr.s_addr, ntohs(v4->sin_port), 0, &wanted);
        put_v4(htonl(INADDR_LOOPBACK), our_port, 1, &wanted);
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)peer;
        put_v6(&v6->sin6_addr, ntohs(v6->sin6_port), 0, &wanted);
        put_v6(&in6addr_loopback, our_port, 1, &wanted);
    }
    return wanted;
}

/* A socket that its program has closed already is listed as root's: root counts only for one that
 * is open. */
static enum peer peer_in(const char *line, const char *other, const char *ours) {
    char local[48], remote[48];
    unsigned state, uid;
    if (sscanf(line, " %*[^:]: %47s %47s %x %*s %*s %*s %u", local, remote, &state, &uid) != 4 ||
        strcmp(local, other) != 0 || strcmp(remote, ours) != 0)
        return PEER_GONE;
    if (uid == 0)
        return state == ESTABLISHED ? PEER_OURS : PEER_GONE;
    return uid == geteuid() ? PEER_OURS : PEER_FOREIGN;
}

static enum peer look(const char *path, const char *other, const char *ours) {
    FILE *file = *other ? fopen(path, "re") : NULL;
    char line[256];
    enum peer found = PEER_GONE;
    while (file && found == PEER_GONE && fgets(line, sizeof line, file))
        found = peer_in(line, other, ours);
    if (file)
        fclose(file);
    return found;
}

bool peer_is_known(void) {
    return access("/proc/net/tcp", R_OK) == 0;
}

enum peer peer_of(const struct sockaddr *peer, uint16_t our_port) {
    struct wanted wanted = wanted_of(peer, our_port);
    enum peer found = look("/proc/net/tcp", wanted.v4[0], wanted.v4[1]);
    return found == PEER_GONE ? look("/proc/net/tcp6", wanted.v6[0], wanted.v6[1]) : found;
}
