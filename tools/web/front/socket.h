// SPDX-License-Identifier: Apache-2.0
// HOME/serve.sock: a stream socket that only its user reaches.
#pragma once

#include <keyfob/error.h>

kf_err socket_listen(const char *home, int *ret_fd);
/* KF_E_NOT_FOUND when nobody listens, KF_E_PERMISSION when that is another user. */
kf_err socket_connect(const char *home, int *ret_fd);
void socket_remove(const char *home);
/* Is the other end a program of our own user? (SO_PEERCRED) */
bool socket_is_ours(int fd);
