// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program: kills it (SIGKILL) just before or just after its N-th sync to disk, the
// moments at which something becomes durable. KILLER="before 3" or "after 3"; without it, or with N
// = 0, only counts. KILLER_COUNT=path: the count is written there at each sync.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned count;

static void note_count(void) {
    const char *path = getenv("KILLER_COUNT");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%u\n", count);
    close(fd);
}

static void kill_if(const char *when) {
    char word[16] = "";
    unsigned at = 0;
    const char *killer = getenv("KILLER");
    if (killer && sscanf(killer, "%15s %u", word, &at) == 2 && at == count && !strcmp(word, when))
        kill(getpid(), SIGKILL);
}

static int sync_with(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    count++;
    note_count();
    kill_if("before");
    int rc = real(fd);
    kill_if("after");
    return rc;
}

int fsync(int fd) {
    return sync_with("fsync", fd);
}

int fdatasync(int fd) {
    return sync_with("fdatasync", fd);
}
