// SPDX-License-Identifier: Apache-2.0
// `keyfob open`: asks the server of the home for a code, and has a browser opened with it. The code
// lies in a file that only this user reads: arguments of programs are seen by everybody.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "web/front/command.h"
#include "web/front/door.h"

#define BROWSER_MS 5000 /* an opener that still runs then is a browser */

extern char **environ;

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

struct way_in {
    json_t *reply;
    const char *address, *code;
};

static kf_err ask(const char *home, const char *want, struct way_in *ret_way) {
    KF_TRY(door_ask(home, want, &ret_way->reply));
    ret_way->address = json_string_value(json_object_get(ret_way->reply, "address"));
    ret_way->code = json_string_value(json_object_get(ret_way->reply, "code"));
    return ret_way->address && ret_way->code ? KF_OK
                                             : kf_fail(KF_E_IO, "keyfob serve gives no code");
}

static kf_err print_way(const struct way_in *way, bool json) {
    if (json)
        printf("{\"schema\":\"keyfob.open/1\",\"address\":\"%s\",\"code\":\"%s\"}\n", way->address,
               way->code);
    else
        printf("address  %s\ncode     %s\n", way->address, way->code);
    return KF_OK;
}

static kf_err fail_no_browser(const struct way_in *way) {
    kf_err code = kf_fail(KF_E_UNSUPPORTED, "no browser can be opened from here");
    kf_error_hint("Go to %s in a browser on this computer and type the code of `keyfob open "
                  "--print`.",
                  way->address);
    return code;
}

static kf_err write_page(const struct way_in *way, const char *path) {
    KF_AUTO_FREE char *page =
        kf_str("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta "
               "name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" "
               "content=\"0;url=%s#code=%s\"><title>keyfob</title></head>\n<body><p><a "
               "href=\"%s#code=%s\">keyfob</a></p></body>\n</html>\n",
               way->address, way->code, way->address, way->code);
    if (!page)
        return kf_fail(KF_E_MEMORY, "out of memory for a page");
    kf_err code = kf_file_write(path, page, strlen(page), 0600);
    explicit_bzero(page, strlen(page));
    return code;
}

/* What a file URL may not have as it is. */
static char *file_url(const char *path) {
    KF_AUTO(kf_buf) url = {0};
    kf_buf_add_str(&url, "file://");
    for (; *path; path++)
        if (strchr("%#? \"'<>\\", *path) || (unsigned char)*path >= 0x7f)
            kf_buf_printf(&url, "%%%02X", (unsigned char)*path);
        else
            kf_buf_add(&url, path, 1);
    return strdup(kf_buf_str(&url));
}

static bool spawn_opener(const char *program, const char *url, pid_t *ret_pid) {
    const char *argv[] = {program, url, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    sigset_t pipe_only; /* ignored by us */
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &pipe_only);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF |
                                 POSIX_SPAWN_SETSID); /* Ctrl-C is not for the browser */
    int error = posix_spawnp(ret_pid, program, &files, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error == 0;
}

/* True when it has ended well, or is still there. */
static bool opener_worked(pid_t pid) {
    int status;
    for (int64_t end = kf_monotonic_ms() + BROWSER_MS; kf_monotonic_ms() < end; usleep(20000)) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended != 0)
            return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return true;
}

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

/* $BROWSER, when it is one plain program, then the desktop's. */
static bool open_url(const char *url) {
    const char *own = getenv("BROWSER");
    const char *const programs[] = {own && *own && !strpbrk(own, ": %") ? own : NULL, "xdg-open",
                                    "sensible-browser", "x-www-browser"};
    if (!is_set("BROWSER") && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY"))
        return false;
    for (size_t i = 0; i < KF_COUNT(programs); i++) {
        pid_t pid;
        if (programs[i] && spawn_opener(programs[i], url, &pid) && opener_worked(pid))
            return true;
    }
    return false;
}

static kf_err open_page(const struct way_in *way, const char *home) {
    KF_AUTO_FREE char *path = kf_str("%s/" DOOR_PAGE, home);
    KF_AUTO_FREE char *url = path ? file_url(path) : NULL;
    if (!url)
        return kf_fail(KF_E_MEMORY, "out of memory for a page");
    KF_TRY(write_page(way, path));
    if (open_url(url))
        return KF_OK;
    unlink(path);
    return fail_no_browser(way);
}

kf_err open_run(const struct web_command *command) {
    KF_AUTO_FREE char *home = NULL;
    struct way_in way = {0};
    KF_TRY(command_home(command, &home));
    kf_err code = ask(home, command->print ? "typed" : "link", &way);
    if (code == KF_OK && command->print)
        code = print_way(&way, command->json);
    else if (code == KF_OK)
        code = open_page(&way, home);
    json_decref(way.reply);
    return code;
}
