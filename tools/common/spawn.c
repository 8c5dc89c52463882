// SPDX-License-Identifier: Apache-2.0
// Running another program: no shell, the default SIGPIPE, its words kept.
#include "common/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/auto.h"

#define OUTPUT_MAX ((size_t)16 << 10)

extern char **environ;

int spawn_start(const char *const argv[], const posix_spawn_file_actions_t *files, pid_t *ret_pid) {
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawnp(ret_pid, argv[0], files, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static int start(const char *const argv[], int out, pid_t *ret_pid) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
    int error = spawn_start(argv, &files, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

/* To the end, so that the program never waits for us; what is too much is dropped. */
static kf_err read_all(int fd, kf_buf *ret_output) {
    char part[4096];
    ssize_t got;
    while ((got = read(fd, part, sizeof part)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return kf_fail(KF_E_IO, "reading what a program prints: %s", strerror(errno));
        size_t room = OUTPUT_MAX - ret_output->len;
        KF_TRY(kf_buf_add(ret_output, part, (size_t)got < room ? (size_t)got : room));
    }
    return KF_OK;
}

static int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

kf_err spawn_run(const char *const argv[], kf_buf *ret_output) {
    int ends[2];
    pid_t pid = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return kf_fail(KF_E_IO, "making a pipe: %s", strerror(errno));
    KF_AUTO_CLOSE int in = ends[0];
    int error = start(argv, ends[1], &pid);
    close(ends[1]);
    if (error)
        return kf_fail(error == ENOENT ? KF_E_NOT_FOUND : KF_E_FAILED, "starting \"%s\": %s",
                       argv[0], strerror(error));
    kf_err code = read_all(in, ret_output);
    int status = wait_for(pid);
    KF_TRY(code);
    if (status != 0)
        return kf_fail(KF_E_FAILED, "\"%s\" ended with status %d", argv[0], status);
    return KF_OK;
}
