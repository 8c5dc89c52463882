// SPDX-License-Identifier: Apache-2.0
#include "interop/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in local(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Somebody else may take it in between; then the server says so in its log and the test fails. */
static int free_port(void) {
    struct sockaddr_in address = local(0);
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void become(const struct rig *rig, const char *command, int port) {
    char number[16];
    snprintf(number, sizeof(number), "%d", port);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = chdir(rig->dir) == 0 ? open("server.log", O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (log < 0 || setenv("PORT", number, 1) != 0)
        _exit(126);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static int try_connect(int port) {
    struct sockaddr_in address = local(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

int server_connect(const struct server *server) {
    enum { TRIES = 200, PAUSE_NS = 50 * 1000 * 1000 };
    for (int i = 0; i < TRIES; i++) {
        int fd = try_connect(server->port);
        if (fd >= 0)
            return fd;
        assert_int_equal(waitpid(server->pid, NULL, WNOHANG), 0);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    fail_msg("the server does not listen");
    return -1;
}

struct server server_start(const struct rig *rig, const char *command) {
    struct server server = {.port = free_port()};
    server.pid = fork();
    assert_true(server.pid >= 0);
    if (server.pid == 0)
        become(rig, command, server.port);
    return server;
}

void server_stop(struct server *server) {
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    *server = (struct server){0};
}
