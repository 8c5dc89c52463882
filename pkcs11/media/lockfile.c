// SPDX-License-Identifier: Apache-2.0
// A lock file beside what it guards: an open-file-description lock on a file that lives as long as
// somebody wants it.
//
// A lock file that is removed is a classic trap: one process waits for the lock of a file that has
// no name any more, while another makes a new one. So the holder removes it as the last thing that
// it does under the lock, and whoever gets a lock looks whether its file still has its name.
#include "media/lockfile.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"

static bool has_its_name(int fd, const char *path) {
    struct stat open, named;
    return fstat(fd, &open) == 0 && lstat(path, &named) == 0 && open.st_ino == named.st_ino &&
           open.st_dev == named.st_dev;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

kf_err kf_lockfile_take(const char *path, const char *what, int wait_ms, int *ret_fd) {
    enum { PAUSE_MAX = 8 };
    int64_t end = now_ms() + (wait_ms > 0 ? wait_ms : 0);
    for (int pause = 1;;) {
        kf_lock lock = {0};
        kf_err err = kf_lock_take(path, &lock);
        if (err == KF_OK && has_its_name(lock.fd, path)) {
            *ret_fd = lock.fd;
            return KF_OK;
        }
        kf_lock_clear(&lock);
        if (err == KF_OK)
            continue;
        if (err != KF_E_BUSY)
            return err;
        if (now_ms() >= end)
            return kf_fail(KF_E_BUSY, "another process works on %s", what);
        nanosleep(&(struct timespec){.tv_nsec = pause * 1000000L}, NULL);
        pause = pause < PAUSE_MAX ? 2 * pause : PAUSE_MAX;
    }
}

void kf_lockfile_drop(const char *path, int fd) {
    unlink(path);
    /* Closing alone would not do: the child of a fork may hold the same file open. */
    fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = F_UNLCK, .l_whence = SEEK_SET});
    close(fd);
}
