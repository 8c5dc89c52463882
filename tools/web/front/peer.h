// SPDX-License-Identifier: Apache-2.0
// Whose program is at the other end of a connection on loopback.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Does the kernel tell? */
bool peer_is_known(void);
enum peer {
    PEER_OURS, /* a program of our own user, or of root */
    PEER_GONE, /* nobody's any more: its program has closed it */
    PEER_FOREIGN
};
/* Cookies are shared by all ports of a host, so what another user's server was sent by the person's
 * browser must not open anything here. */
enum peer peer_of(const struct sockaddr *peer, uint16_t our_port);
