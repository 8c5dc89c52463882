// SPDX-License-Identifier: Apache-2.0
// Starting a worker's process.
#include "web/calls/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "base/auto.h"

#define WORKER_FD 3 /* see worker.h */

extern char **environ;

/* Nothing of the front's is open in it but the line; its standard error stays ours. */
static int prepare_files(posix_spawn_file_actions_t *files, int line) {
    int error = posix_spawn_file_actions_init(files);
    if (error)
        return error;
    error = posix_spawn_file_actions_adddup2(files, line, WORKER_FD);
    if (!error)
        error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(files, WORKER_FD + 1);
    return error;
}

/* A group of its own: Ctrl-C in the front's terminal ends the front, which ends its workers in
 * order, and what a worker has started goes with it. */
static int prepare_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_init(attributes);
    if (error)
        return error;
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP);
}

int spawn_worker(const struct crew *crew, int line, pid_t *ret_pid) {
    const char *argv[7] = {"keyfob", "__worker"};
    size_t count = 2;
    const char *const options[][2] = {{"--home", crew->home}, {"--module", crew->module}};
    for (size_t i = 0; i < KF_COUNT(options); i++)
        if (options[i][1]) {
            argv[count++] = options[i][0];
            argv[count++] = options[i][1];
        }
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int error = prepare_files(&files, line);
    if (error)
        return error;
    error = prepare_attributes(&attributes);
    if (!error)
        error = posix_spawn(ret_pid, crew->program ? crew->program : "/proc/self/exe", &files,
                            &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}
