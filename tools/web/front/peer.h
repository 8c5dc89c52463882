// SPDX-License-Identifier: Apache-2.0
// Whose program is at the other end of a connection on loopback.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Does the kernel tell? */
bool peer_is_known(void);
/* True for a program of our own user, or of root. Cookies are shared by all ports of a host, so
 * what another user's server was sent by the person's browser must not open anything here. */
bool peer_is_ours(const struct sockaddr *peer, uint16_t our_port);
