// SPDX-License-Identifier: Apache-2.0
// What the tests of pkcs11/media share: a private folder, the media in it, and processes.
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "media/medium.h"

#define UNUSED __attribute__((unused))

static char media_dir[256];

/* --- media in the private folder --- */

static kf_err new_disk(kf_medium **ret_medium) {
    char path[300];
    snprintf(path, sizeof path, "%s/disk", media_dir);
    return kf_disk_medium_new(path, true, ret_medium);
}

static kf_err new_registry(kf_medium **ret_medium) {
    char path[300];
    snprintf(path, sizeof path, "%s/registry.db", media_dir);
    return kf_registry_medium_new(path, ret_medium);
}

struct kind {
    const char *name;
    kf_err (*make)(kf_medium **ret_medium);
    bool is_shared; /* between processes */
};
UNUSED static const struct kind disk_kind_ = {"disk", new_disk, true};
UNUSED static const struct kind registry_kind_ = {"registry", new_registry, true};
UNUSED static const struct kind memory_kind_ = {"memory", kf_memory_medium_new, false};

UNUSED static kf_medium *medium_of(const struct kind *kind) {
    kf_medium *medium = NULL;
    assert_int_equal(kind->make(&medium), KF_OK);
    assert_string_equal(medium->kind->name, kind->name);
    return medium;
}

/* --- the folder of a test --- */

UNUSED static int make_media_dir(void **state) {
    const char *tmp = getenv("TMPDIR");
    snprintf(media_dir, sizeof media_dir, "%s/keyfob-media.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(media_dir) ? 0 : -1;
}

UNUSED static int remove_media_dir(void **state) {
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", "--", media_dir, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

/* A path in it; good for the next eight calls. */
UNUSED static const char *in_dir(const char *name) {
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", media_dir, name);
    return path;
}

/* --- blobs --- */

UNUSED static bool holds(kf_medium *medium, const char *name, const void *data, size_t len) {
    KF_AUTO(kf_buf) bytes = {0};
    return kf_medium_read(medium, name, 0, KF_BLOB_MAX, &bytes) == KF_OK && bytes.len == len &&
           (len == 0 || memcmp(bytes.data, data, len) == 0);
}

UNUSED static bool holds_text(kf_medium *medium, const char *name, const char *text) {
    return holds(medium, name, text, strlen(text));
}

UNUSED static kf_err write_text(kf_medium *medium, const char *name, const char *text,
                                bool is_new) {
    return kf_medium_write(medium, name, text, strlen(text), is_new);
}

/* --- processes --- */

/* Runs `body` in a child and gives its exit status, or 128 and the signal that ended it. */
UNUSED static int in_child(int (*body)(void *arg), void *arg) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(body(arg));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define IN_MEDIA_DIR(test, kind)                                                                   \
    { #test, test, make_media_dir, remove_media_dir, (void *)(kind) }
