// SPDX-License-Identifier: Apache-2.0
// The front's beginning and end.
#include "web/front/lifecycle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "web/front/daemon.h"
#include "web/front/door.h"
#include "web/front/exchange.h"
#include "web/front/handlers.h"
#include "web/front/stream.h"

#define GOODBYE_MS 300 /* for the last events to reach their pages */

static void on_session_ended(void *arg, const struct session *session) {
    struct front *front = arg;
    calls_leave(front->calls, session->id);
    streams_end(front, session->id);
}

static kf_err open_web_dir(struct front *front, const char *path) {
    front->web_dir = -1;
    if (!path)
        return KF_OK;
    front->web_dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return front->web_dir < 0 ? kf_fail_errno(errno, "opening", path) : KF_OK;
}

static kf_err start_calls(struct front *front, const struct front_options *options) {
    const struct calls_options wanted = {.home = options->home,
                                         .module = options->module,
                                         .agent = options->agent,
                                         .program = options->program};
    return calls_new(front->loop, front->bus, &wanted, &front->calls);
}

kf_err front_start(struct front *front, const struct front_options *options) {
    *front = (struct front){.home = options->home, .web_dir = -1};
    KF_TRY(open_web_dir(front, options->web_dir));
    KF_TRY(kf_dir_make(options->home));
    KF_TRY(loop_new(&front->loop));
    KF_TRY(bus_new(&front->bus));
    KF_TRY(door_lock(front));
    KF_TRY(codes_new(NULL, &front->codes));
    const struct sessions_options sessions = {.ended = on_session_ended, .arg = front};
    KF_TRY(sessions_new(front->loop, front->bus, &sessions, &front->sessions));
    KF_TRY(start_calls(front, options));
    KF_TRY(daemon_start(front, options->port));
    snprintf(front->cookie, sizeof front->cookie, "keyfob-%u", front->port);
    snprintf(front->address, sizeof front->address, "http://127.0.0.1:%u/", front->port);
    handlers_begin(front);
    return door_open(front);
}

kf_err front_run(struct front *front) {
    return loop_run(front->loop);
}

static void say_goodbye(void *arg) {
    loop_stop(((struct front *)arg)->loop);
}

void front_stop(struct front *front) {
    if (front->stopping)
        return;
    front->stopping = true;
    daemon_quiet(front);
    bus_publish(front->bus, NULL, "server.stopping", json_object());
    streams_end(front, NULL);
    exchanges_end(front);
    uint64_t timer;
    if (loop_after(front->loop, GOODBYE_MS, say_goodbye, front, &timer) != KF_OK)
        loop_stop(front->loop);
}

void front_free(struct front *front) {
    front->stopping = true;
    streams_end(front, NULL); /* nothing may be suspended when the server ends */
    exchanges_end(front);
    daemon_free(front->daemon);
    door_free(front->door);
    if (front->sessions)
        sessions_free(front->sessions);
    if (front->calls)
        calls_free(front->calls);
    if (front->bus)
        bus_free(front->bus);
    codes_free(front->codes);
    loop_free(front->loop);
    if (front->web_dir >= 0)
        close(front->web_dir);
    *front = (struct front){.web_dir = -1};
}
