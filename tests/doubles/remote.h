// SPDX-License-Identifier: Apache-2.0
// A double in a process of its own, for tests that fork and kill: no thread of it is in theirs.
#pragma once

#include "double.h"

#include <sys/types.h>

struct double_remote {
    pid_t pid;
    int life; /* it ends when this is closed by all who have it */
    char url[64], tls_root[512], ca_root[512];
};
/* Plain HTTP. Forks: call it before there are threads. Aborts the test when it cannot. */
void double_remote_start(const char *service, struct double_remote *ret_remote);
void double_remote_stop(struct double_remote *remote);
/* In a child that was forked off the test: let go of the double's life. */
void double_remote_leave(struct double_remote *remote);
void double_remote_set(const struct double_remote *remote, const char *knob, const char *value);
long double_remote_count(const struct double_remote *remote, const char *counter);
/* As double_ca_chain(). */
char *double_remote_ca_chain(const struct double_remote *remote);
