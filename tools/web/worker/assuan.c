// SPDX-License-Identifier: Apache-2.0
// The client's side of the Assuan protocol: lines, percent escapes, OK, ERR and D.
#include "web/worker/assuan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/context.h"
#include "base/text.h"
#include "common/spawn.h"

#define LOOK_MS  200  /* between two questions whether to stop */
#define GRACE_MS 1000 /* to end by itself */
/* GPG_ERR_SOURCE_PINENTRY << 24 | GPG_ERR_CANCELED; other sources say it as well. */
#define ERR_CANCELED 99
#define ERR_TIMEOUT  62

/* --- the program --- */

static int spawn(const char *program, int fd, pid_t *ret_pid) {
    const char *const argv[] = {program, NULL};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int error = spawn_start(argv, &files, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static bool has_ended(pid_t pid) {
    return waitpid(pid, NULL, WNOHANG) != 0;
}

static void end(pid_t pid) {
    kill(pid, SIGTERM);
    for (int waited = 0; waited < GRACE_MS; waited += 10) {
        if (has_ended(pid))
            return;
        poll(NULL, 0, 10);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void assuan_clear(assuan *peer) {
    if (peer->pid > 0) {
        close(peer->fd);
        end(peer->pid);
    }
    kf_secret_free(peer->room);
    peer->room = NULL;
    peer->pid = 0;
}

/* --- lines --- */

static kf_err fail_source(const char *what) {
    return kf_fail(KF_E_PIN_SOURCE, "the window for PINs: %s", what);
}

static kf_err wait_for_line(assuan *peer) {
    struct pollfd from = {.fd = peer->fd, .events = POLLIN};
    while (poll(&from, 1, LOOK_MS) <= 0) {
        if (peer->stop && peer->stop(peer->arg))
            return kf_fail(KF_E_INTERRUPTED, "cancelled");
        if (kf_monotonic_ms() > peer->deadline)
            return kf_fail(KF_E_INTERRUPTED, "nobody typed the PIN in time");
    }
    return KF_OK;
}

static kf_err read_more(assuan *peer) {
    size_t len = kf_secret_len(peer->room), capacity = kf_secret_capacity(peer->room);
    if (len == capacity)
        return fail_source("a line is too long");
    KF_TRY(wait_for_line(peer));
    ssize_t got = read(peer->fd, kf_secret_data(peer->room) + len, capacity - len);
    if (got < 0 && errno == EINTR)
        return KF_OK;
    if (got <= 0)
        return fail_source("it ended");
    kf_secret_set_len(peer->room, len + (size_t)got);
    return KF_OK;
}

/* The next line without its end, in memory of its own. */
static kf_err read_line(assuan *peer, kf_secret **ret_line) {
    uint8_t *data = kf_secret_data(peer->room), *newline = NULL;
    while (!(newline = memchr(data, '\n', kf_secret_len(peer->room))))
        KF_TRY(read_more(peer));
    size_t len = (size_t)(newline - data), rest = kf_secret_len(peer->room) - len - 1;
    kf_secret *line = NULL;
    KF_TRY(kf_secret_new(len + 1, &line)); /* one more for a terminator */
    memcpy(kf_secret_data(line), data, len);
    kf_secret_set_len(line, len);
    memmove(data, newline + 1, rest);
    kf_secret_set_len(peer->room, rest);
    *ret_line = line;
    return KF_OK;
}

static bool begins(kf_secret *line, const char *word) {
    size_t len = strlen(word);
    const uint8_t *data = kf_secret_data(line);
    return kf_secret_len(line) >= len && memcmp(data, word, len) == 0 &&
           (kf_secret_len(line) == len || data[len] == ' ');
}

/* --- escapes --- */

static int digit(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* "D text" to the text, in place. */
static void unescape(kf_secret *line) {
    uint8_t *data = kf_secret_data(line);
    size_t len = kf_secret_len(line), out = 0;
    for (size_t i = 2; i < len; i++) {
        bool escaped =
            data[i] == '%' && i + 2 < len && digit(data[i + 1]) >= 0 && digit(data[i + 2]) >= 0;
        data[out++] = escaped ? (uint8_t)(digit(data[i + 1]) << 4 | digit(data[i + 2])) : data[i];
        i += escaped ? 2 : 0;
    }
    kf_secret_set_len(line, out);
}

/* Cut where the line would be too long; never inside of an escape or a character. */
static void escape(const char *text, char ret_text[static ASSUAN_LINE_MAX], size_t size) {
    size_t len = 0;
    for (const char *at = text; *at;) {
        size_t bytes = 1;
        while ((at[bytes] & 0xc0) == 0x80)
            bytes++;
        bool special = *at == '%' || (uint8_t)*at < 0x20;
        if (len + (special ? 3 : bytes) >= size)
            break;
        if (special)
            snprintf(ret_text + len, 4, "%%%02X", (uint8_t)*at);
        else
            memcpy(ret_text + len, at, bytes);
        len += special ? 3 : bytes;
        at += bytes;
    }
    ret_text[len] = '\0';
}

/* --- calls --- */

static kf_err send_line(const assuan *peer, const char *word, const char *text) {
    char escaped[ASSUAN_LINE_MAX] = "", line[2 * ASSUAN_LINE_MAX];
    if (text)
        escape(text, escaped, ASSUAN_LINE_MAX - strlen(word) - 2);
    int len = snprintf(line, sizeof line, "%s%s%s\n", word, text ? " " : "", escaped);
    if (send(peer->fd, line, (size_t)len, MSG_NOSIGNAL) != len)
        return fail_source("it takes no questions");
    return KF_OK;
}

/* "ERR 83886179 Operation cancelled <Pinentry>" */
static kf_err fail_err(kf_secret *line) {
    kf_secret_data(line)[kf_secret_len(line)] = '\0';
    const char *text = (const char *)kf_secret_data(line);
    unsigned code = (unsigned)strtoul(text + strlen("ERR"), NULL, 10) & 0xffff;
    if (code == ERR_CANCELED)
        return kf_fail(KF_E_INTERRUPTED, "cancelled");
    if (code == ERR_TIMEOUT)
        return kf_fail(KF_E_INTERRUPTED, "nobody typed the PIN in time");
    return fail_source(text);
}

static kf_err read_answer(assuan *peer, kf_secret **ret_data) {
    KF_AUTO_PTR(kf_secret) data = NULL;
    for (;;) {
        KF_AUTO_PTR(kf_secret) line = NULL;
        KF_TRY(read_line(peer, &line));
        if (begins(line, "ERR"))
            return fail_err(line);
        if (begins(line, "OK"))
            break;
        if (!begins(line, "D"))
            continue; /* a comment or a status */
        unescape(line);
        kf_secret_free(data);
        data = KF_MOVE(line);
    }
    if (ret_data)
        *ret_data = KF_MOVE(data);
    return KF_OK;
}

kf_err assuan_call(assuan *peer, const char *word, const char *text, kf_secret **ret_data) {
    KF_TRY(send_line(peer, word, text));
    return read_answer(peer, ret_data);
}

kf_err assuan_start(const char *program, assuan *ret_peer) {
    int ends[2];
    KF_TRY(kf_secret_new(4 * ASSUAN_LINE_MAX, &ret_peer->room));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_source(strerror(errno));
    int error = spawn(program, ends[1], &ret_peer->pid);
    close(ends[1]);
    ret_peer->fd = ends[0];
    if (error) {
        ret_peer->pid = 0;
        close(ends[0]);
        return fail_source(strerror(error));
    }
    return read_answer(ret_peer, NULL);
}
