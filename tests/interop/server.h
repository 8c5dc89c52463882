// SPDX-License-Identifier: Apache-2.0
// A server of another project as a process of its own, on a free port of this machine.
#pragma once

#include "module/rig.h"

/* Starts a shell line in the rig's folder, with the port in $PORT, and waits until it listens. Its
 * output is in the file "server.log". Stop it before the rig goes. */
struct server {
    pid_t pid;
    int port;
};
struct server server_start(const struct rig *rig, const char *command);
void server_stop(struct server *server);
/* A socket that is connected to it. */
int server_connect(const struct server *server);
