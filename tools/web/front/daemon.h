// SPDX-License-Identifier: Apache-2.0
// The HTTP server in the front's loop: 127.0.0.1, and ::1 where there is IPv6, nothing else.
#pragma once

#include <microhttpd.h>

#include "web/front/front.h"

/* Listens; `port` 0: any. Sets front->port. */
kf_err daemon_start(struct front *front, uint16_t port);
/* No new connections. */
void daemon_quiet(struct front *front);
void daemon_free(struct daemon *daemon);
/* This connection may stay as long as it likes, and does not count among the others. */
void daemon_forever(struct MHD_Connection *connection);
/* A request has come whole (true), or has been answered: who is slow is sent away. */
void daemon_busy(struct MHD_Connection *connection, bool busy);
/* Watch for the other end's leaving while the connection is suspended. */
void daemon_watch(struct MHD_Connection *connection, struct exchange *exchange);
void daemon_unwatch(struct MHD_Connection *connection);
