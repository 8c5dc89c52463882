// SPDX-License-Identifier: Apache-2.0
// A double in a process of its own: forked, told what to do over HTTP, gone with the test.
#include "remote.h"
#include "core.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 16384 };

/* The child: serves until the other end of `life` is closed everywhere. */
_Noreturn static void serve(const char *service, int told, int life) {
    kf_double *d = double_start(service, DOUBLE_PLAIN);
    struct double_remote facts = {0};
    snprintf(facts.url, sizeof facts.url, "%s", double_url(d));
    snprintf(facts.tls_root, sizeof facts.tls_root, "%s", double_tls_root(d));
    snprintf(facts.ca_root, sizeof facts.ca_root, "%s", double_ca_root(d));
    char end;
    if (write(told, &facts, sizeof facts) == (ssize_t)sizeof facts) {
        close(told);
        while (read(life, &end, 1) > 0)
            ;
    }
    double_stop(d);
    _exit(0);
}

void double_remote_start(const char *service, struct double_remote *ret_remote) {
    int told[2], life[2];
    if (pipe(told) != 0 || pipe(life) != 0)
        double_die("no pipes");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        close(told[0]), close(life[1]);
        serve(service, told[1], life[0]);
    }
    close(told[1]), close(life[0]);
    if (child < 0 || read(told[0], ret_remote, sizeof *ret_remote) != (ssize_t)sizeof *ret_remote)
        double_die("\"%s\" did not start in a process of its own", service);
    close(told[0]);
    ret_remote->pid = child, ret_remote->life = life[1];
}

void double_remote_stop(struct double_remote *remote) {
    close(remote->life);
    waitpid(remote->pid, NULL, 0);
}

void double_remote_leave(struct double_remote *remote) {
    close(remote->life);
}

/* --- its control paths --- */

static int connect_to(const char *url) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    at.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        double_die("\"%s\" does not answer", url);
    return fd;
}

/* The answer's body, which must come with status 200; malloc'ed. */
static char *ask(const struct double_remote *remote, const char *method, const char *path,
                 const char *body) {
    char request[2048], answer[ANSWER_MAX];
    size_t len = 0;
    int fd = connect_to(remote->url);
    int n = snprintf(request, sizeof request,
                     "%s %s HTTP/1.1\r\nHost: double\r\nConnection: close\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, path, strlen(body), body);
    if (write(fd, request, (size_t)n) != n)
        double_die("\"%s\" does not listen", remote->url);
    for (ssize_t got; (got = read(fd, answer + len, sizeof answer - 1 - len)) > 0;)
        len += (size_t)got;
    close(fd);
    answer[len] = '\0';
    char *end = strstr(answer, "\r\n\r\n");
    if (!end || strncmp(answer, "HTTP/1.1 200 ", 13) != 0)
        double_die("%s %s %s was answered with \"%s\"", method, path, body, answer);
    return strdup(end + 4);
}

void double_remote_set(const struct double_remote *remote, const char *knob, const char *value) {
    json_t *json = json_pack("{s:s}", knob, value);
    char *body = json_dumps(json, 0);
    free(ask(remote, "POST", "/_double/knobs", body));
    free(body);
    json_decref(json);
}

long double_remote_count(const struct double_remote *remote, const char *counter) {
    char *text = ask(remote, "GET", "/_double/counters", "");
    json_t *json = json_loads(text, 0, NULL);
    long n = (long)json_integer_value(json_object_get(json, counter));
    json_decref(json);
    free(text);
    return n;
}

char *double_remote_ca_chain(const struct double_remote *remote) {
    return ask(remote, "GET", "/_double/chain", "");
}
