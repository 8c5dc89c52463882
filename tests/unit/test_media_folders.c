// SPDX-License-Identifier: Apache-2.0
// The folders in which containers are looked for.
#include "media/folders.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/text.h"
#include "media_fixture.h"

struct found {
    char paths[KF_FOLDERS_MAX + 8][512];
    size_t count, stop_at;
};

static bool note(void *arg, const char *folder) {
    struct found *found = arg;
    snprintf(found->paths[found->count++], sizeof found->paths[0], "%s", folder);
    return found->count != found->stop_at;
}

static bool in(const struct found *found, const char *folder) {
    for (size_t i = 0; i < found->count; i++)
        if (strcmp(found->paths[i], folder) == 0)
            return true;
    return false;
}

static struct found find(void) {
    struct found found = {.count = 0};
    assert_int_equal(kf_folders_each(in_dir("data"), in_dir("mounts"), note, &found), KF_OK);
    return found;
}

static void make(const char *name) {
    assert_int_equal(mkdir(in_dir(name), 0700), 0);
}

static void make_file(const char *name) {
    assert_int_equal(kf_file_write(in_dir(name), "x", 1, 0600), KF_OK);
}

static void the_default_folder_comes_first_though_it_does_not_exist(void **state) {
    struct found found = find();
    assert_int_equal(found.count, 1);
    assert_string_equal(found.paths[0], in_dir("data/containers"));
    assert_int_not_equal(access(in_dir("data"), F_OK), 0);
}

static void sticks_show_their_containers_and_their_own_folder(void **state) {
    make("mounts");
    make("mounts/empty");
    make("mounts/with");
    make("mounts/own");
    make("mounts/own/keyfob");
    make("mounts/hidden");
    make_file("mounts/with/a.kfc");
    make_file("mounts/hidden/.kfc");
    make_file("mounts/file.kfc");
    struct found found = find();
    assert_int_equal(found.count, 3);
    assert_true(in(&found, in_dir("mounts/with")));
    assert_true(in(&found, in_dir("mounts/own/keyfob")));
}

static void what_is_remembered_is_found_until_it_is_forgotten(void **state) {
    struct stat st;
    make("there");
    assert_int_equal(symlink(in_dir("there"), in_dir("link")), 0);
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("link")), KF_OK);
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("there/")), KF_OK);
    struct found found = find();
    assert_int_equal(found.count, 2);
    assert_string_equal(found.paths[1], in_dir("there"));
    assert_int_equal(stat(in_dir("data/folders"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(kf_folders_forget(in_dir("data"), in_dir("link")), KF_OK);
    assert_int_equal(find().count, 1);
    assert_int_equal(kf_folders_forget(in_dir("data"), in_dir("link")), KF_E_NOT_FOUND);
}

static void a_folder_that_is_away_is_listed_and_can_be_forgotten(void **state) {
    make("stick");
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("stick")), KF_OK);
    assert_int_equal(rmdir(in_dir("stick")), 0);
    assert_int_equal(find().count, 2);
    assert_int_equal(kf_folders_forget(in_dir("data"), in_dir("stick")), KF_OK);
    assert_int_equal(find().count, 1);
}

static void the_default_one_is_not_remembered(void **state) {
    make("data");
    make("data/containers");
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("data/containers")), KF_OK);
    assert_int_not_equal(access(in_dir("data/folders"), F_OK), 0);
}

static void only_folders_with_plain_names_are_remembered(void **state) {
    make("two\nlines");
    make_file("file");
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("two\nlines")), KF_E_INPUT);
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("file")), KF_E_INPUT);
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("missing")), KF_E_NOT_FOUND);
}

static void there_are_never_more_than_the_most(void **state) {
    char name[64];
    make("mounts");
    for (int i = 0; i < KF_FOLDERS_MAX + 4; i++) {
        snprintf(name, sizeof name, "folder%d", i);
        make(name);
        assert_int_equal(kf_folders_remember(in_dir("data"), in_dir(name)),
                         i < KF_FOLDERS_MAX - 1 ? KF_OK : KF_E_TOO_LARGE);
        snprintf(name, sizeof name, "mounts/%d", i);
        make(name);
        snprintf(name, sizeof name, "mounts/%d/keyfob", i);
        make(name);
    }
    assert_int_equal(find().count, KF_FOLDERS_MAX);
}

static void the_caller_can_stop(void **state) {
    struct found found = {.stop_at = 1};
    make("there");
    assert_int_equal(kf_folders_remember(in_dir("data"), in_dir("there")), KF_OK);
    assert_int_equal(kf_folders_each(in_dir("data"), in_dir("mounts"), note, &found), KF_OK);
    assert_int_equal(found.count, 1);
}

static void odd_lines_are_passed_over(void **state) {
    KF_AUTO_FREE char *text = kf_str("relative\n\n/a\x1b[2J\n/\xff\n%s\n%s", "/there", "/there");
    make("data");
    assert_int_equal(kf_file_write(in_dir("data/folders"), text, strlen(text), 0600), KF_OK);
    struct found found = find();
    assert_int_equal(found.count, 2);
    assert_string_equal(found.paths[1], "/there");
}

static void a_list_that_others_can_change_is_an_error_and_not_used(void **state) {
    struct found found = {.count = 0};
    make("data");
    make("mounts");
    make("mounts/own");
    make("mounts/own/keyfob");
    assert_int_equal(kf_file_write(in_dir("data/folders"), "/x\n", 3, 0600), KF_OK);
    assert_int_equal(chmod(in_dir("data/folders"), 0666), 0);
    assert_int_equal(kf_folders_each(in_dir("data"), in_dir("mounts"), note, &found),
                     KF_E_PERMISSION);
    assert_int_equal(found.count, 2);
    assert_non_null(strstr(kf_error_sentence(KF_E_PERMISSION), "open to other users"));
}

static int remember_many(void *first) {
    char name[32];
    for (int i = *(int *)first; i < *(int *)first + 10; i++) {
        snprintf(name, sizeof name, "folder%d", i);
        if (mkdir(in_dir(name), 0700) != 0 ||
            kf_folders_remember(in_dir("data"), in_dir(name)) != KF_OK)
            return 1;
    }
    return 0;
}

static void two_programs_remember_at_once(void **state) {
    int first = 0, second = 10, status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(remember_many(&first));
    assert_int_equal(remember_many(&second), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(find().count, 21);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(the_default_folder_comes_first_though_it_does_not_exist, NULL),
        IN_MEDIA_DIR(sticks_show_their_containers_and_their_own_folder, NULL),
        IN_MEDIA_DIR(what_is_remembered_is_found_until_it_is_forgotten, NULL),
        IN_MEDIA_DIR(a_folder_that_is_away_is_listed_and_can_be_forgotten, NULL),
        IN_MEDIA_DIR(the_default_one_is_not_remembered, NULL),
        IN_MEDIA_DIR(only_folders_with_plain_names_are_remembered, NULL),
        IN_MEDIA_DIR(there_are_never_more_than_the_most, NULL),
        IN_MEDIA_DIR(the_caller_can_stop, NULL),
        IN_MEDIA_DIR(odd_lines_are_passed_over, NULL),
        IN_MEDIA_DIR(a_list_that_others_can_change_is_an_error_and_not_used, NULL),
        IN_MEDIA_DIR(two_programs_remember_at_once, NULL),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
