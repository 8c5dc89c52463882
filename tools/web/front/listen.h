// SPDX-License-Identifier: Apache-2.0
// Listening on loopback.
#pragma once

#include <keyfob/error.h>
#include <stdint.h>

/* 127.0.0.1 and ::1 with one port: "localhost" may be either, and must not be somebody else's.
 * `port` 0: any. Without IPv6 the second is -1. KF_E_BUSY when another program has the port. */
kf_err listen_on(uint16_t port, int ret_fds[2]);
uint16_t listen_port(int fd);
