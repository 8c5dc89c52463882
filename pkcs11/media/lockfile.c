// SPDX-License-Identifier: Apache-2.0
// One lock file for all containers of a medium: open-file-description locks, which exclude threads
// as well as processes and end with them.
#include "media/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

/* Which byte: FNV-1a of the name's ASCII characters in small letters. Two names that share one wait
 * for each other and suffer no harm. */
static off_t place_of(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (const unsigned char *at = (const unsigned char *)name; *at; at++)
        if (*at < 0x80)
            hash = (hash ^ (*at >= 'A' && *at <= 'Z' ? *at + 32u : *at)) * 0x100000001b3u;
    return (off_t)(hash >> 2);
}

/* 1 when it is ours now, 0 when others have it, -1 and errno. */
static int try_lock(int fd, off_t place) {
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &byte) == 0)
        return 1;
    return errno == EAGAIN || errno == EACCES || errno == EINTR ? 0 : -1;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* There is no waiting for a lock up to a time, and a module may not use signals: it looks again. */
static kf_err wait_for(int fd, const char *path, const char *name, int wait_ms) {
    enum { PAUSE_MAX = 8 };
    int64_t end = now_ms() + (wait_ms > 0 ? wait_ms : 0);
    for (int pause = 1;; pause = pause < PAUSE_MAX ? 2 * pause : PAUSE_MAX) {
        int got = try_lock(fd, place_of(name));
        if (got > 0)
            return KF_OK;
        if (got < 0)
            return kf_fail_errno(errno, "locking", path);
        if (now_ms() >= end)
            return kf_fail(KF_E_BUSY, "another process works on the container \"%s\"", name);
        nanosleep(&(struct timespec){.tv_nsec = pause * 1000000L}, NULL);
    }
}

/* Somebody tidied up and took the file away under us: others would lock another one. */
static bool has_its_name(int fd, const char *path) {
    struct stat open, named;
    return fstat(fd, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino &&
           open.st_dev == named.st_dev;
}

kf_err kf_lockfile_take(const char *path, const char *name, int wait_ms, int *ret_fd) {
    enum { TRIES = 100 };
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    for (int i = 0; i < TRIES; i++) {
        KF_AUTO_CLOSE int fd = TEMP_FAILURE_RETRY(open(path, flags, 0600));
        if (fd < 0)
            return kf_fail_errno(errno, "opening the lock", path);
        KF_TRY(wait_for(fd, path, name, wait_ms));
        if (!has_its_name(fd, path))
            continue;
        *ret_fd = fd;
        fd = -1;
        return KF_OK;
    }
    return kf_fail(KF_E_BUSY, "the lock \"%s\" is taken away again and again", path);
}

void kf_lockfile_drop(int fd) {
    /* Closing alone would not do: the child of a fork may hold the same file open. */
    fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET});
    close(fd);
}
