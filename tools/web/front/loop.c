// SPDX-License-Identifier: Apache-2.0
// The front's loop: poll(2), and timers in the order in which they were asked for.
#include "web/front/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/context.h"

#define WATCHES_MAX 1024
#define TIMERS_MAX  1024
#define HOOKS_MAX   4

struct watch {
    int fd; /* -1: free, until the end of the round */
    short events;
    loop_ready_fn *ready;
    void *arg;
    uint64_t round; /* in which it began: what poll() said before is not about it */
};

struct timer {
    uint64_t id;
    int64_t at; /* milliseconds, monotonic */
    loop_time_fn *time;
    void *arg;
};

struct hook {
    void (*before)(void *arg, int64_t *ms);
    loop_time_fn *after;
    void *arg;
};

struct loop {
    struct watch watches[WATCHES_MAX];
    struct pollfd polled[WATCHES_MAX];
    struct timer timers[TIMERS_MAX];
    struct hook hooks[HOOKS_MAX];
    size_t watch_count, timer_count, hook_count;
    uint64_t last_timer, round;
    bool stopped;
};

kf_err loop_new(loop **ret_loop) {
    loop *made = calloc(1, sizeof *made);
    if (!made)
        return kf_fail(KF_E_MEMORY, "out of memory for the loop");
    *ret_loop = made;
    return KF_OK;
}

void loop_free(loop *loop) {
    free(loop);
}

static struct watch *find_watch(loop *loop, int fd) {
    for (size_t i = 0; i < loop->watch_count; i++)
        if (loop->watches[i].fd == fd)
            return &loop->watches[i];
    return NULL;
}

kf_err loop_watch(loop *loop, int fd, short events, loop_ready_fn *ready, void *arg) {
    struct watch *watch = find_watch(loop, fd);
    if (!watch && loop->watch_count == WATCHES_MAX)
        return kf_fail(KF_E_BUSY, "more than %d descriptors are watched", WATCHES_MAX);
    if (!watch)
        watch = &loop->watches[loop->watch_count++];
    *watch = (struct watch){
        .fd = fd, .events = events, .ready = ready, .arg = arg, .round = loop->round};
    return KF_OK;
}

void loop_unwatch(loop *loop, int fd) {
    struct watch *watch = fd >= 0 ? find_watch(loop, fd) : NULL;
    if (watch)
        watch->fd = -1;
}

kf_err loop_after(loop *loop, int64_t ms, loop_time_fn *time, void *arg, uint64_t *ret_id) {
    if (loop->timer_count == TIMERS_MAX)
        return kf_fail(KF_E_BUSY, "more than %d timers run", TIMERS_MAX);
    loop->timers[loop->timer_count++] = (struct timer){
        .id = ++loop->last_timer, .at = kf_monotonic_ms() + ms, .time = time, .arg = arg};
    *ret_id = loop->last_timer;
    return KF_OK;
}

static void remove_timer(loop *loop, size_t at) {
    memmove(&loop->timers[at], &loop->timers[at + 1],
            (--loop->timer_count - at) * sizeof loop->timers[0]);
}

void loop_forget(loop *loop, uint64_t id) {
    for (size_t i = 0; id && i < loop->timer_count; i++)
        if (loop->timers[i].id == id) {
            remove_timer(loop, i);
            return;
        }
}

static void add_hook(loop *loop, struct hook hook) {
    if (loop->hook_count == HOOKS_MAX)
        abort(); /* ours: they are counted */
    loop->hooks[loop->hook_count++] = hook;
}

void loop_before(loop *loop, void (*before)(void *arg, int64_t *ms), void *arg) {
    add_hook(loop, (struct hook){.before = before, .arg = arg});
}

void loop_after_wait(loop *loop, loop_time_fn *after, void *arg) {
    add_hook(loop, (struct hook){.after = after, .arg = arg});
}

static void lower(int64_t *ms, int64_t to) {
    if (*ms < 0 || to < *ms)
        *ms = to < 0 ? 0 : to;
}

static int64_t time_to_wait(loop *loop) {
    int64_t ms = -1, now = kf_monotonic_ms();
    for (size_t i = 0; i < loop->timer_count; i++)
        lower(&ms, loop->timers[i].at - now);
    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].before)
            loop->hooks[i].before(loop->hooks[i].arg, &ms);
    return ms > INT32_MAX ? INT32_MAX : ms;
}

/* Free places go; what is watched is given to poll() in the same order. */
static void tidy_watches(loop *loop) {
    size_t kept = 0;
    for (size_t i = 0; i < loop->watch_count; i++)
        if (loop->watches[i].fd >= 0)
            loop->watches[kept++] = loop->watches[i];
    loop->watch_count = kept;
    for (size_t i = 0; i < kept; i++)
        loop->polled[i] =
            (struct pollfd){.fd = loop->watches[i].fd, .events = loop->watches[i].events};
}

static void tell_ready(loop *loop, size_t polled) {
    uint64_t round = ++loop->round;
    for (size_t i = 0; i < polled; i++) {
        struct watch watch = loop->watches[i];
        if (loop->polled[i].revents && watch.fd == loop->polled[i].fd && watch.round < round)
            watch.ready(watch.arg, loop->polled[i].revents);
    }
}

static void tell_time(loop *loop) {
    int64_t now = kf_monotonic_ms();
    uint64_t last = loop->last_timer; /* those that begin now wait for the next round */
    for (size_t i = 0; i < loop->timer_count;) {
        struct timer timer = loop->timers[i];
        if (timer.id > last || timer.at > now) {
            i++;
            continue;
        }
        remove_timer(loop, i);
        timer.time(timer.arg);
        i = 0; /* it may have changed the list */
    }
}

static kf_err run_round(loop *loop) {
    tidy_watches(loop);
    int64_t ms = time_to_wait(loop);
    tidy_watches(loop); /* as `before` may watch */
    size_t polled = loop->watch_count;
    int ready = poll(loop->polled, polled, (int)ms);
    if (ready < 0 && errno != EINTR)
        return kf_fail(KF_E_IO, "waiting for events: %s", strerror(errno));
    if (ready > 0)
        tell_ready(loop, polled);
    tell_time(loop);
    for (size_t i = 0; i < loop->hook_count; i++)
        if (loop->hooks[i].after)
            loop->hooks[i].after(loop->hooks[i].arg);
    return KF_OK;
}

kf_err loop_run(loop *loop) {
    for (loop->stopped = false; !loop->stopped;)
        KF_TRY(run_round(loop));
    return KF_OK;
}

void loop_stop(loop *loop) {
    loop->stopped = true;
}
