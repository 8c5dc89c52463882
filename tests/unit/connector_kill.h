// SPDX-License-Identifier: Apache-2.0
// Processes that die on their way: at the n-th sync to disk, or the n-th time they speak to the CA,
// before or after it. The CA lives in another process.
#pragma once

#include "unit/connector_bench.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "remote.h"

/* These stand in front of the C library's, also for SQLite and libcurl. */
static struct death {
    int at; /* 0: lives for ever */
    bool before;
} death;
static int passed;

static void pass(bool before) {
    if (death.at > 0 && passed == death.at && before == death.before)
        kill(getpid(), SIGKILL);
}

#define INTERPOSE(type, name, parameters, ...)                                                     \
    __attribute__((visibility("default"))) type name parameters {                                  \
        static type(*real) parameters;                                                             \
        if (!real)                                                                                 \
            real = (type(*) parameters)(uintptr_t)dlsym(RTLD_NEXT, #name);                         \
        passed++;                                                                                  \
        pass(true);                                                                                \
        type result = real(__VA_ARGS__);                                                           \
        int error = errno;                                                                         \
        pass(false);                                                                               \
        errno = error;                                                                             \
        return result;                                                                             \
    }
INTERPOSE(int, fsync, (int fd), fd)
INTERPOSE(int, fdatasync, (int fd), fd)
INTERPOSE(ssize_t, send, (int fd, const void *data, size_t len, int flags), fd, data, len, flags)
INTERPOSE(ssize_t, recv, (int fd, void *data, size_t len, int flags), fd, data, len, flags)

enum fate { FATE_DONE, FATE_OPEN, FATE_BAD /* an end that is not "done" */, FATE_KILLED };

static struct double_remote remote;

/* Is there this request? */
static bool is_recorded(const char *wanted) {
    KF_AUTO_PTR(json_t) json = NULL;
    kf_err err = kf_request_json(context, wanted, &json);
    assert_true(err == KF_OK || err == KF_E_NOT_FOUND);
    return err == KF_OK;
}

/* In the child: the request goes on, or begins. */
static enum fate live(const char *wanted) {
    bool there = is_recorded(wanted);
    passed = 0;
    kf_err err = there ? kf_request_resume(context, wanted, 0) : enroll();
    if (err == KF_OK)
        return FATE_DONE;
    if (err == KF_E_REJECTED || err == KF_E_QUARANTINED || err == KF_E_NEEDS_OPERATOR ||
        err == KF_E_FAILED)
        fprintf(stderr, "%s: %s\n", wanted, kf_error_sentence(err));
    return err == KF_E_REJECTED || err == KF_E_QUARANTINED || err == KF_E_NEEDS_OPERATOR ||
                   err == KF_E_FAILED
               ? FATE_BAD
               : FATE_OPEN;
}

/* The request `wanted` in a process of its own, which dies as said. No database handle and no
 * thread is carried over. */
static enum fate in_child(const char *wanted, struct death how) {
    int status = -1;
    kf_context_free(KF_MOVE(context));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        double_remote_leave(&remote);
        open_context();
        death = how;
        _exit((int)live(wanted));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        assert_int_equal(WTERMSIG(status), SIGKILL);
    return WIFSIGNALED(status) ? FATE_KILLED : (enum fate)WEXITSTATUS(status);
}

/* A home that is connected and signed in. */
static void begin_with_remote(void) {
    double_remote_start(service->name, &remote);
    for (size_t i = 0; i < KF_COUNT(service->knobs) && service->knobs[i]; i += 2)
        double_remote_set(&remote, service->knobs[i], service->knobs[i + 1]);
    open_home();
    KF_AUTO_FREE char *chain = double_remote_ca_chain(&remote);
    add_connection_to(remote.url, chain, NULL);
    assert_ok(sign_in());
}
