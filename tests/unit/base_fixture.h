// SPDX-License-Identifier: Apache-2.0
// What the tests of src/base share: cmocka, a private folder for each test, and paths in it.
#pragma once

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

/* The folder of the running test; removed after it. */
static char base_dir[256];

__attribute__((unused)) static int make_base_dir(void **state) {
    const char *tmp = getenv("TMPDIR");
    snprintf(base_dir, sizeof base_dir, "%s/keyfob-base.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(base_dir) ? 0 : -1;
}

__attribute__((unused)) static int remove_base_dir(void **state) {
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", "--", base_dir, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

/* A path below base_dir; good for the next four calls. */
__attribute__((unused)) static const char *in_base_dir(const char *name) {
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", base_dir, name);
    return path;
}

/* Run `body` in a child process and give its exit status. */
__attribute__((unused)) static int in_child(int (*body)(void)) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_base_dir, remove_base_dir)
