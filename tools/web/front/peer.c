// SPDX-License-Identifier: Apache-2.0
// The other end's user, as the kernel lists it in /proc/net/tcp and tcp6 (proc_net_tcp.rst).
#include "web/front/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ESTABLISHED 1

/* The address as it stands there: words of four bytes, as this machine has them in memory. */
struct wanted {
    char v4[20], v6[48];
    uint16_t port; /* ours, the remote one of the other end */
};

static struct wanted wanted_of(const struct sockaddr *peer, uint16_t our_port) {
    struct wanted wanted = {.port = our_port};
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)peer;
        snprintf(wanted.v4, sizeof wanted.v4, "%08X:%04X", v4->sin_addr.s_addr,
                 ntohs(v4->sin_port));
        snprintf(wanted.v6, sizeof wanted.v6, "0000000000000000%08X%s", htonl(0xffff), wanted.v4);
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)peer;
        const uint32_t *words = v6->sin6_addr.s6_addr32;
        snprintf(wanted.v6, sizeof wanted.v6, "%08X%08X%08X%08X:%04X", words[0], words[1], words[2],
                 words[3], ntohs(v6->sin6_port));
    }
    return wanted;
}

/* A socket that its program has closed already is listed as root's: root counts only for one that
 * is open. */
static bool line_is_ours(const char *line, const char *address, uint16_t port) {
    char local[48], remote[48];
    unsigned state, uid;
    if (sscanf(line, " %*[^:]: %47s %47s %x %*s %*s %*s %u", local, remote, &state, &uid) != 4)
        return false;
    const char *colon = strchr(remote, ':');
    bool same = strcmp(local, address) == 0 && colon && strtoul(colon + 1, NULL, 16) == port;
    return same && (uid == geteuid() || (uid == 0 && state == ESTABLISHED));
}

static bool listed(const char *path, const char *address, uint16_t port) {
    FILE *file = *address ? fopen(path, "re") : NULL;
    char line[256];
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = line_is_ours(line, address, port);
    if (file)
        fclose(file);
    return found;
}

bool peer_is_known(void) {
    return access("/proc/net/tcp", R_OK) == 0;
}

bool peer_is_ours(const struct sockaddr *peer, uint16_t our_port) {
    struct wanted wanted = wanted_of(peer, our_port);
    return listed("/proc/net/tcp", wanted.v4, wanted.port) ||
           listed("/proc/net/tcp6", wanted.v6, wanted.port);
}
