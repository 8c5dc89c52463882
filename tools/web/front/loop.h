// SPDX-License-Identifier: Apache-2.0
// The front's one loop: file descriptors and timers, one thread, nothing in it blocks.
#pragma once

#include <keyfob/error.h>
#include <poll.h>
#include <stdint.h>

typedef struct loop loop;
typedef void loop_ready_fn(void *arg, short events);
typedef void loop_time_fn(void *arg);

kf_err loop_new(loop **ret_loop);
void loop_free(loop *loop);
/* `events` of poll(2). One watch for a descriptor; again replaces what is watched for. */
kf_err loop_watch(loop *loop, int fd, short events, loop_ready_fn *ready, void *arg);
/* Fine from inside `ready`; nothing for a descriptor that is not watched. */
void loop_unwatch(loop *loop, int fd);
/* Once, in `ms` milliseconds. The id is for loop_forget() and never 0. */
kf_err loop_after(loop *loop, int64_t ms, loop_time_fn *time, void *arg, uint64_t *ret_id);
void loop_forget(loop *loop, uint64_t id);
/* Called before each wait: may lower the milliseconds until the next round (-1: no limit). */
void loop_before(loop *loop, void (*before)(void *arg, int64_t *ms), void *arg);
/* Called after each wait. */
void loop_after_wait(loop *loop, loop_time_fn *after, void *arg);
/* Until loop_stop(). */
kf_err loop_run(loop *loop);
void loop_stop(loop *loop);
