// SPDX-License-Identifier: Apache-2.0
// A PIN from a program: it gets the question as its one argument and prints the PIN as its first
// line.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/context.h"
#include "pin.h"
#include "common/spawn.h"
#include "tty.h"

/* The pipe is its standard output; the others stay ours. */
static int start(const char *program, const char *question, int out, pid_t *ret_pid) {
    const char *const argv[] = {program, question, NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    int error = spawn_start(argv, &files, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* All that the program prints, up to the capacity; the line's end is found by the caller. */
static size_t read_all(int fd, kf_secret *secret) {
    size_t len = 0, capacity = kf_secret_capacity(secret);
    while (len < capacity) {
        ssize_t got = read(fd, kf_secret_data(secret) + len, capacity - len);
        if (got < 0 && errno == EINTR && !interrupt_came())
            continue;
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    return len;
}

static bool ended_well(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

kf_err pin_from_program(const char *program, const char *question, kf_secret **ret_secret) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    int ends[2];
    pid_t pid = 0;
    KF_TRY(kf_secret_new(KF_SECRET_MAX, &secret));
    if (pipe2(ends, O_CLOEXEC) < 0)
        return kf_fail(KF_E_IO, "making a pipe: %s", strerror(errno));
    KF_AUTO_CLOSE int in = ends[0];
    int error = start(program, question, ends[1], &pid);
    close(ends[1]);
    if (error)
        return kf_fail(KF_E_PIN_SOURCE, "starting \"%s\": %s", program, strerror(error));
    size_t len = read_all(in, secret);
    if (interrupt_came())
        kill(pid, SIGTERM); /* nobody waits for its answer any more */
    bool answered = ended_well(pid);
    if (interrupt_came())
        return kf_fail(KF_E_INTERRUPTED, "interrupted while \"%s\" asked for the PIN", program);
    if (!answered)
        return kf_fail(KF_E_PIN_SOURCE, "\"%s\" gave no PIN", program);
    const uint8_t *newline = memchr(kf_secret_data(secret), '\n', len);
    if (newline)
        len = (size_t)(newline - kf_secret_data(secret));
    if (len == 0)
        return kf_fail(KF_E_PIN_SOURCE, "\"%s\" gave an empty PIN", program);
    kf_secret_set_len(secret, len);
    *ret_secret = KF_MOVE(secret);
    return KF_OK;
}
