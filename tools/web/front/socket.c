// SPDX-License-Identifier: Apache-2.0
// HOME/serve.sock. Its address is short (108 bytes) and a home's path may be long: it is named from
// within the home.
#include "web/front/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/auto.h"
#include "base/file.h"

#define NAME    "serve.sock"
#define BACKLOG 8

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NAME};

typedef int name_fn(int fd, const struct sockaddr *address, socklen_t size);

/* bind() or connect() in the home. The errno of a failure. */
static int within(const char *home, name_fn *name, int fd) {
    KF_AUTO_CLOSE int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (back < 0 || chdir(home) != 0)
        return errno;
    int error = name(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    return fchdir(back) == 0 ? error : errno;
}

static kf_err new_socket(int *ret_fd) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return kf_fail(KF_E_IO, "no socket: %s", strerror(errno));
    *ret_fd = fd;
    return KF_OK;
}

static kf_err make_listener(int fd, const char *home) {
    mode_t mask = umask(0177);
    socket_remove(home);
    int error = within(home, bind, fd);
    umask(mask);
    if (!error && listen(fd, BACKLOG) != 0)
        error = errno;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return error ? kf_fail_errno(error, "making " NAME " in", home) : KF_OK;
}

kf_err socket_listen(const char *home, int *ret_fd) {
    KF_AUTO_CLOSE int fd = -1;
    KF_TRY(new_socket(&fd));
    KF_TRY(make_listener(fd, home));
    *ret_fd = fd;
    fd = -1;
    return KF_OK;
}

static kf_err fail_connect(int error, const char *home) {
    if (error != ENOENT && error != ECONNREFUSED)
        return kf_fail_errno(error, "reaching the server of", home);
    kf_err code = kf_fail(KF_E_NOT_FOUND, "keyfob serve does not run for \"%s\"", home);
    kf_error_hint("Start it with `keyfob serve`.");
    return code;
}

kf_err socket_connect(const char *home, int *ret_fd) {
    KF_AUTO_CLOSE int fd = -1;
    KF_TRY(new_socket(&fd));
    int error = within(home, connect, fd);
    if (error)
        return fail_connect(error, home);
    if (!socket_is_ours(fd))
        return kf_fail(KF_E_PERMISSION, "the server of \"%s\" is another user's", home);
    *ret_fd = fd;
    fd = -1;
    return KF_OK;
}

void socket_remove(const char *home) {
    KF_AUTO_CLOSE int folder = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0)
        unlinkat(folder, NAME, 0);
}

bool socket_is_ours(int fd) {
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}
