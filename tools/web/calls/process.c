// SPDX-License-Identifier: Apache-2.0
// One worker process.
#include "web/calls/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/text.h"
#include "web/calls/spawn.h"
#include "web/errors.h"
#include "web/wire.h"

#define LEAVE_MS  5000 /* to end by itself */
#define TERM_MS   2000 /* from SIGTERM to SIGKILL */
#define KILL_MS   2000 /* from SIGKILL until it is given up */
#define LINE_MS   1000 /* from the end of its line to its own */
#define CALLS_MAX ((size_t)64 * 1024 * 1024)
#define DRAIN_MAX 1024 /* reads of 64 KiB */

struct process {
    struct crew *crew;
    struct process *next;
    pid_t pid;
    int pidfd, line; /* line -1: closed */
    wire_inbox inbox;
    wire_frame out; /* what the line had no room for, from `sent` on */
    size_t sent;
    int64_t call;
    process_fn *fn; /* NULL: nothing is called */
    void *arg;
    uint64_t timer;
    bool ending;
    struct {
        kf_err code;
        char sentence[128];
    } why; /* it was ended by us */
};

/* --- its start --- */

static kf_err fail_start(const char *what, int error) {
    return kf_fail(KF_E_FAILED, "a worker cannot be started: %s: %s", what, strerror(error));
}

static void free_process(process *process) {
    if (!process)
        return;
    loop_forget(process->crew->loop, process->timer);
    if (process->line >= 0)
        close(process->line);
    if (process->pidfd >= 0)
        close(process->pidfd);
    wire_inbox_clear(&process->inbox);
    wire_frame_clear(&process->out);
    free(process);
}

static loop_ready_fn line_ready, pidfd_ready;

/* Both ends of what was begun are watched, or it is ended again. */
static kf_err watch(process *process) {
    loop *loop = process->crew->loop;
    KF_TRY(loop_watch(loop, process->pidfd, POLLIN, pidfd_ready, process));
    kf_err err = loop_watch(loop, process->line, POLLIN, line_ready, process);
    if (err != KF_OK)
        loop_unwatch(loop, process->pidfd);
    return err;
}

static kf_err launch(process *process, int line) {
    int error = spawn_worker(process->crew, line, &process->pid);
    if (error)
        return fail_start("posix_spawn", error);
    process->pidfd = pidfd_open(process->pid, 0);
    kf_err err = process->pidfd < 0 ? fail_start("pidfd_open", errno) : watch(process);
    if (err == KF_OK)
        return KF_OK;
    kill(process->pid, SIGKILL);
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return err;
}

kf_err process_start(struct crew *crew, process **ret_process) {
    int ends[2];
    process *new = calloc(1, sizeof *new);
    if (!new)
        return kf_fail(KF_E_MEMORY, "out of memory for a worker");
    *new = (process){.crew = crew, .pidfd = -1, .line = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        free_process(new);
        return fail_start("socketpair", errno);
    }
    new->line = ends[0];
    kf_err err = launch(new, ends[1]);
    close(ends[1]);
    if (err != KF_OK) {
        free_process(new);
        return err;
    }
    new->next = crew->first;
    crew->first = new;
    *ret_process = new;
    return KF_OK;
}

/* --- what it says --- */

static void finish_call(process *process, enum said said, const json_t *value) {
    process_fn *fn = process->fn;
    process->fn = NULL;
    if (fn)
        fn(process->arg, said, value);
}

static void take_event(const process *process, const json_t *event) {
    const char *type = json_string_value(json_object_get(event, "type"));
    if (type && process->crew->event)
        process->crew->event(process->crew->arg, type, json_object_get(event, "data"));
}

static void take_message(process *process, const json_t *message) {
    static const char *const names[] = {[SAID_STEP] = "step",
                                        [SAID_QUESTION] = "question",
                                        [SAID_RESULT] = "result",
                                        [SAID_ERROR] = "error"};
    const json_t *event = json_object_get(message, "event");
    if (event)
        take_event(process, event);
    if (json_integer_value(json_object_get(message, "call")) != process->call || !process->fn)
        return;
    for (enum said said = SAID_STEP; said <= SAID_ERROR; said++) {
        const json_t *value = json_object_get(message, names[said]);
        if (value && said >= SAID_RESULT)
            finish_call(process, said, value);
        else if (value)
            process->fn(process->arg, said, value);
        if (value)
            return;
    }
}

/* With what it has started. Nobody once it is reaped: the number may be another's. */
static void send_signal(const process *process, int number) {
    if (process->pid > 0)
        kill(-process->pid, number);
}

/* Its timer, of which there is one. */
static void after(process *process, int64_t ms, loop_time_fn *time) {
    loop_forget(process->crew->loop, process->timer);
    process->timer = 0;
    if (loop_after(process->crew->loop, ms, time, process, &process->timer) != KF_OK)
        send_signal(process, SIGKILL); /* what cannot be timed is not waited for */
}

static void kill_now(void *arg) {
    process *process = arg;
    process->timer = 0;
    send_signal(process, SIGKILL);
}

static void terminate(void *arg) {
    process *process = arg;
    process->timer = 0;
    send_signal(process, SIGTERM);
    after(process, TERM_MS, kill_now);
}

static void close_line(process *process) {
    if (process->line < 0)
        return;
    loop_unwatch(process->crew->loop, process->line);
    close(process->line);
    process->line = -1;
    wire_frame_clear(&process->out);
}

/* False when the line has ended, or what came over it is no message. */
static bool read_line(process *process) {
    if (wire_inbox_fill(&process->inbox, process->line) != KF_OK)
        return false;
    for (;;) {
        json_t *message = NULL;
        if (wire_inbox_next(&process->inbox, &message) != KF_OK)
            return false;
        if (!message)
            return !process->inbox.ended;
        take_message(process, message);
        json_decref(message);
        if (process->line < 0)
            return true; /* left meanwhile */
    }
}

static void write_line(process *process) {
    while (process->sent < process->out.len) {
        ssize_t sent = send(process->line, process->out.data + process->sent,
                            process->out.len - process->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            wire_frame_clear(&process->out); /* it reads no more; its death is heard elsewhere */
        if (sent < 0)
            break;
        process->sent += (size_t)sent;
    }
    bool done = process->sent >= process->out.len;
    if (done) {
        wire_frame_clear(&process->out);
        process->sent = 0;
    }
    loop_watch(process->crew->loop, process->line, done ? POLLIN : POLLIN | POLLOUT, line_ready,
               process);
}

static void line_ready(void *arg, short events) {
    process *process = arg;
    if (events & POLLOUT)
        write_line(process);
    if (!(events & ~POLLOUT) || read_line(process))
        return;
    close_line(process); /* the cause of its death is heard when it is dead */
    process->ending = true;
    after(process, LINE_MS, kill_now);
}

/* --- its end --- */

/* The last of what it said may stand in the line still; what it has started may hold it open. */
static void drain(process *process) {
    for (int rounds = 0; process->line >= 0 && rounds < DRAIN_MAX; rounds++) {
        struct pollfd rest = {.fd = process->line, .events = POLLIN};
        if (poll(&rest, 1, 0) != 1 || !read_line(process))
            return;
    }
}

static json_t *death_json(const process *process, int status) {
    kf_err code = process->why.code;
    if (code != KF_OK)
        kf_fail(code, "%s", process->why.sentence);
    else if (WIFSIGNALED(status))
        code = kf_fail(KF_E_MODULE,
                       "the worker ended (signal %d): the PKCS#11 module or keyfob crashed",
                       WTERMSIG(status));
    else
        code = kf_fail(KF_E_MODULE,
                       "the worker ended (status %d): the PKCS#11 module or keyfob failed",
                       WEXITSTATUS(status));
    kf_error_key(
        "What was finished on the token is safe; a request that was begun can be resumed.");
    kf_error_hint("Try again; if it happens again, `keyfob module list` shows which modules load.");
    return error_json(code);
}

static void unlink_process(process *process) {
    struct process **at = &process->crew->first;
    while (*at && *at != process)
        at = &(*at)->next;
    if (*at)
        *at = process->next;
    if (process->crew->spare == process)
        process->crew->spare = NULL;
    if (process->crew->reader == process)
        process->crew->reader = NULL;
}

/* It is dead and reaped. */
static void bury(process *process, int status) {
    json_t *error = NULL;
    process->pid = 0;
    process->ending = true;
    drain(process);
    loop_unwatch(process->crew->loop, process->pidfd);
    close_line(process);
    unlink_process(process);
    if (process->fn)
        finish_call(process, SAID_ERROR, error = death_json(process, status));
    json_decref(error);
    free_process(process);
}

static bool reap(process *process, int *ret_status) {
    pid_t got;
    while ((got = waitpid(process->pid, ret_status, WNOHANG)) < 0 && errno == EINTR)
        ;
    return got != 0;
}

static void pidfd_ready(void *arg, short events) {
    int status = 0;
    (void)events;
    if (reap(arg, &status))
        bury(arg, status);
}

/* --- what is told to it --- */

/* Behind what waits already. */
static kf_err append(process *process, const wire_frame *frame) {
    size_t waiting = process->out.len - process->sent;
    if (waiting + frame->len > CALLS_MAX)
        return kf_fail(KF_E_BUSY, "a worker does not read what it is told");
    wire_frame whole = {.data = malloc(waiting + frame->len), .len = waiting + frame->len};
    if (!whole.data)
        return kf_fail(KF_E_MEMORY, "out of memory for a message");
    if (waiting)
        memcpy(whole.data, process->out.data + process->sent, waiting);
    memcpy(whole.data + waiting, frame->data, frame->len);
    wire_frame_clear(&process->out);
    process->out = whole;
    process->sent = 0;
    return KF_OK;
}

kf_err process_tell(process *process, const json_t *message) {
    KF_AUTO(wire_frame) frame = {0};
    if (!process_lives(process))
        return kf_fail(KF_E_MODULE, "the worker has ended");
    KF_TRY(wire_pack(message, &frame));
    KF_TRY(append(process, &frame));
    write_line(process);
    return KF_OK;
}

kf_err process_call(process *process, const char *op, const json_t *args, process_fn *fn,
                    void *arg) {
    json_t *message = json_pack("{s:I, s:s, s:O?}", "call", (json_int_t)process->call + 1, "op", op,
                                "args", args);
    if (!message)
        return kf_fail(KF_E_MEMORY, "out of memory for a call");
    kf_err err = process_tell(process, message);
    json_decref(message);
    if (err != KF_OK)
        return err;
    process->call++;
    process->fn = fn;
    process->arg = arg;
    return KF_OK;
}

bool process_lives(const process *process) {
    return process->line >= 0 && !process->ending;
}

pid_t process_pid(const process *process) {
    return process->pid;
}

void process_leave(process *process) {
    process->fn = NULL;
    close_line(process);
    if (process->ending)
        return;
    process->ending = true;
    after(process, LEAVE_MS, terminate);
}

void process_end(process *process, kf_err code, const char *why) {
    process->ending = true;
    process->why.code = code;
    snprintf(process->why.sentence, sizeof process->why.sentence, "%s", why);
    terminate(process);
}

/* --- all at once --- */

bool process_wait(process *process, int64_t ms) {
    int status = 0;
    struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
    process->fn = NULL;
    close_line(process);
    if (poll(&end, 1, ms > 0 ? (int)ms : 0) != 1 || !reap(process, &status))
        return false;
    bury(process, status);
    return true;
}

void process_kill(process *process) {
    send_signal(process, SIGKILL);
    if (process_wait(process, KILL_MS))
        return;
    loop_unwatch(process->crew->loop, process->pidfd); /* it hangs in a driver: not with us */
    unlink_process(process);
    free_process(process);
}

process *process_next(const process *process) {
    return process->next;
}
