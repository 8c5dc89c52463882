// SPDX-License-Identifier: Apache-2.0
// The registry and fork: SQLite keeps what it knows about locks by process, and a child inherits
// that knowledge without the locks. Nothing that a child writes may be lost by it.
#include "media_fixture.h"

/* A turn is a byte through a pipe. */
struct turns {
    int pipe[2];
};

static struct turns new_turns(void) {
    struct turns turns;
    assert_int_equal(pipe(turns.pipe), 0);
    return turns;
}

static void give(const struct turns *turns) {
    if (write(turns->pipe[1], "1", 1) != 1)
        _exit(90);
}

static void wait_for(const struct turns *turns) {
    char byte;
    if (read(turns->pipe[0], &byte, 1) != 1)
        _exit(91);
}

/* In a process of its own: opens, looks for the text, closes. */
struct look {
    const char *name, *text;
};

static int look_in_process(void *arg) {
    const struct look *look = arg;
    KF_AUTO_PTR(kf_medium) medium = NULL;
    return new_registry(&medium) == KF_OK && holds_text(medium, look->name, look->text) ? 0 : 1;
}

static bool others_see(const char *name, const char *text) {
    struct look look = {name, text};
    return in_child(look_in_process, &look) == 0;
}

/* --- a daemon: the parent connects, forks, and ends --- */

struct daemon {
    struct turns parent_ended, wrote_first, go_on, wrote_second;
    bool keeps_medium;
};

static void daemon_child(const struct daemon *daemon, kf_medium *inherited) {
    kf_medium *medium = inherited;
    wait_for(&daemon->parent_ended);
    if (!daemon->keeps_medium && new_registry(&medium) != KF_OK)
        _exit(2);
    if (!holds_text(medium, "a", "of the parent") || write_text(medium, "b", "one", true) != KF_OK)
        _exit(3);
    give(&daemon->wrote_first);
    wait_for(&daemon->go_on);
    kf_err err = write_text(medium, "c", "two", true);
    give(&daemon->wrote_second);
    _exit(err == KF_OK ? 0 : 4);
}

static int daemon_parent(void *arg) {
    kf_medium *medium = NULL;
    if (new_registry(&medium) != KF_OK || write_text(medium, "a", "of the parent", true) != KF_OK)
        return 1;
    pid_t child = fork();
    if (child == 0)
        daemon_child(arg, medium);
    return child > 0 ? 0 : 2; /* without closing, as a process that ends does */
}

static void check_daemon(bool keeps_medium) {
    struct daemon daemon = {.parent_ended = new_turns(),
                            .wrote_first = new_turns(),
                            .go_on = new_turns(),
                            .wrote_second = new_turns(),
                            .keeps_medium = keeps_medium};
    assert_int_equal(in_child(daemon_parent, &daemon), 0);
    give(&daemon.parent_ended);
    wait_for(&daemon.wrote_first);
    /* Whoever closes last takes the log away: this one must see that the child is there. */
    assert_true(others_see("b", "one"));
    assert_true(others_see("a", "of the parent"));
    give(&daemon.go_on);
    wait_for(&daemon.wrote_second);
    assert_true(others_see("c", "two"));
    assert_true(others_see("b", "one"));
}

static void a_child_that_outlives_its_parent_loses_nothing(void **state) {
    check_daemon(false);
}

static void nor_with_the_medium_that_it_inherited(void **state) {
    check_daemon(true);
}

/* --- both live on --- */

enum { ROUNDS = 20 };

static int write_in_child(void *arg) {
    KF_AUTO_PTR(kf_medium) medium = NULL;
    if (new_registry(&medium) != KF_OK)
        return 1;
    for (int i = 0; i < ROUNDS; i++) {
        char name[16];
        snprintf(name, sizeof name, "child %d", i);
        if (write_text(medium, name, name, true) != KF_OK)
            return 2;
    }
    kf_medium_free(arg); /* of the parent: gives memory back and touches nothing else */
    return 0;
}

static void parent_and_child_write_side_by_side(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(&registry_kind_);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(write_in_child(medium));
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(write_text(medium, "a", i % 2 ? "odd" : "even", false), KF_OK);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(holds_text(medium, "child 19", "child 19"));
    assert_true(holds_text(medium, "a", "odd"));
}

static int child_frees(void *medium) {
    kf_medium_free(medium);
    return 0;
}

static void a_child_that_frees_the_medium_does_not_harm_the_parent(void **state) {
    KF_AUTO_PTR(kf_medium) medium = medium_of(&registry_kind_);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(in_child(child_frees, medium), 0);
    assert_int_equal(write_text(medium, "a", "two", false), KF_OK);
    assert_true(others_see("a", "two"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(a_child_that_outlives_its_parent_loses_nothing, NULL),
        IN_MEDIA_DIR(nor_with_the_medium_that_it_inherited, NULL),
        IN_MEDIA_DIR(parent_and_child_write_side_by_side, NULL),
        IN_MEDIA_DIR(a_child_that_frees_the_medium_does_not_harm_the_parent, NULL),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
