// SPDX-License-Identifier: Apache-2.0
// `keyfob serve`.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/text.h"
#include "web/front/command.h"
#include "web/front/lifecycle.h"

#define CODE_MS ((int64_t)10 * 60 * 1000)

extern char **environ;

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

/* --- JSON carries secrets --- */

static void *json_new(size_t size) {
    return malloc(size);
}

static void json_wipe(void *data) {
    if (data)
        explicit_bzero(data, malloc_usable_size(data));
    free(data);
}

/* --- signals --- */

static int signal_pipe[2] = {-1, -1};

static void on_signal(int number) {
    int error = errno;
    ssize_t written = write(signal_pipe[1], "", 1);
    errno = error + 0 * (int)written;
}

static void on_signal_seen(void *arg, short events) {
    char bytes[16];
    while (read(signal_pipe[0], bytes, sizeof bytes) > 0)
        continue;
    front_stop(arg);
}

/* The first signal ends the server in an orderly way, the second one at once. */
static kf_err watch_signals(struct front *front) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return kf_fail(KF_E_IO, "no pipe: %s", strerror(errno));
    for (size_t i = 0; i < KF_COUNT(ends); i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND}, before;
        sigaction(ends[i], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
    }
    return loop_watch(front->loop, signal_pipe[0], POLLIN, on_signal_seen, front);
}

/* --- how to get in --- */

/* A code is no text for a log: it goes to a terminal, or to the program that asked for JSON. */
static kf_err print_address(struct front *front, bool json) {
    char code[CODE_TEXT] = "";
    bool show = json || isatty(STDOUT_FILENO);
    if (show)
        KF_TRY(codes_mint(front->codes, CODE_TYPED, CODE_MS, code));
    if (json)
        printf("{\"schema\":\"keyfob.serve/1\",\"address\":\"%s\",\"code\":\"%s\"}\n",
               front->address, code);
    else
        printf("keyfob runs at %s\n  keyfob open   in another terminal opens your browser there, "
               "signed in\n",
               front->address);
    if (show && !json)
        printf("  %s     is the code to type instead, once, within ten minutes\nCtrl-C stops it.\n",
               code);
    explicit_bzero(code, sizeof code);
    return fflush(stdout) == 0 ? KF_OK : kf_fail(KF_E_IO, "writing the output");
}

static struct opener {
    struct front *front;
    int pidfd;
} opener = {.pidfd = -1};

static void on_opener_ended(void *arg, short events) {
    siginfo_t info;
    waitid(P_PIDFD, (id_t)opener.pidfd, &info, WEXITED | WNOHANG);
    loop_unwatch(opener.front->loop, opener.pidfd);
    close(opener.pidfd);
    opener.pidfd = -1;
}

static void reap(struct front *front, pid_t pid) {
    opener = (struct opener){.front = front, .pidfd = pidfd_open(pid, 0)};
    if (opener.pidfd >= 0)
        loop_watch(front->loop, opener.pidfd, POLLIN, on_opener_ended, NULL);
}

/* `keyfob open` as a program of its own: it waits for the browser. */
static void open_browser(struct front *front, const char *home) {
    const char *argv[] = {"keyfob", "open", "--home", home, NULL};
    posix_spawnattr_t attributes;
    sigset_t all;
    pid_t pid;
    sigfillset(&all);
    if (posix_spawnattr_init(&attributes) != 0)
        return;
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (posix_spawn(&pid, "/proc/self/exe", NULL, &attributes, (char *const *)argv, environ) == 0)
        reap(front, pid);
    posix_spawnattr_destroy(&attributes);
}

static kf_err read_port(const struct web_command *command, uint16_t *ret_port) {
    int64_t port = 0;
    if (command->port)
        KF_TRY(kf_parse_number(command->port, "--port", 0, 65535, &port));
    *ret_port = (uint16_t)port;
    return KF_OK;
}

static kf_err serve(struct front *front, const struct web_command *command, const char *home) {
    struct front_options options = {.home = home,
                                    .module = command->module,
                                    .web_dir = command->web_dir,
                                    .agent = !command->no_agent};
    *front = (struct front){.web_dir = -1};
    KF_TRY(read_port(command, &options.port));
    KF_TRY(front_start(front, &options));
    KF_TRY(watch_signals(front));
    KF_TRY(print_address(front, command->json));
    if (command->open)
        open_browser(front, home);
    return front_run(front);
}

kf_err serve_run(const struct web_command *command) {
    KF_AUTO_FREE char *home = NULL;
    struct front front;
    json_set_alloc_funcs(json_new, json_wipe);
    KF_TRY(command_home(command, &home));
    kf_err code = serve(&front, command, home);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    front_free(&front);
    kf_error_restore(&saved);
    return code;
}
