// SPDX-License-Identifier: Apache-2.0
// Where the installed data is: beside the library, so that a build tree or another prefix works as
// well.
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"

static char found[PATH_MAX];

/* From PREFIX/lib/..., PREFIX/lib/TRIPLET/... or PREFIX/bin/... up to PREFIX/share/keyfob. */
static void find(void) {
    static const char *const ways[] = {"/../share/keyfob", "/../../share/keyfob"};
    Dl_info self;
    char folder[PATH_MAX];
    if (dladdr(found, &self) && realpath(self.dli_fname, folder)) {
        *strrchr(folder, '/') = '\0';
        for (size_t i = 0; i < KF_COUNT(ways); i++) {
            KF_AUTO_FREE char *path = kf_str("%s%s", folder, ways[i]);
            if (path && realpath(path, found))
                return;
        }
    }
    snprintf(found, sizeof found, "%s", KF_SHARE_DIR);
}

const char *kf_share_dir(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return found;
}
