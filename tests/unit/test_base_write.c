// SPDX-License-Identifier: Apache-2.0
// Writing files: the old or the new content and never a third, and nothing left beside them.
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base_fixture.h"

static int entries_in_base_dir(void) {
    DIR *dir = opendir(base_dir);
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static bool file_has(const char *path, const char *text) {
    KF_AUTO(kf_buf) bytes = {0};
    return kf_file_read(path, 1 << 20, &bytes) == KF_OK && strcmp(kf_buf_str(&bytes), text) == 0;
}

static void what_is_written_is_read(void **state) {
    const char *path = in_base_dir("a");
    struct stat st;
    assert_int_equal(kf_file_write(path, "one", 3, 0600), KF_OK);
    assert_int_equal(kf_file_write(path, "two", 3, 0600), KF_OK);
    assert_true(file_has(path, "two"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries_in_base_dir(), 1);
}

static void a_bare_name_is_written_in_the_current_folder(void **state) {
    assert_int_equal(chdir(base_dir), 0);
    assert_int_equal(kf_file_write("bare", "x", 1, 0600), KF_OK);
    assert_true(file_has(in_base_dir("bare"), "x"));
    assert_int_equal(chdir("/"), 0);
}

static void write_new_never_replaces(void **state) {
    const char *path = in_base_dir("a");
    assert_int_equal(kf_file_write_new(path, "one", 3, 0600), KF_OK);
    assert_int_equal(kf_file_write_new(path, "two", 3, 0600), KF_E_EXISTS);
    assert_true(file_has(path, "one"));
    assert_int_equal(entries_in_base_dir(), 1);
}

static void a_failed_rename_leaves_no_temporary(void **state) {
    assert_int_equal(mkdir(in_base_dir("folder"), 0700), 0);
    assert_int_equal(kf_file_write(in_base_dir("folder"), "x", 1, 0600), KF_E_IO);
    assert_int_equal(entries_in_base_dir(), 1);
    assert_int_equal(kf_file_write(in_base_dir("no/a"), "x", 1, 0600), KF_E_NOT_FOUND);
    assert_int_equal(kf_file_write(in_base_dir("folder/"), "x", 1, 0600), KF_E_INPUT);
}

static int write_past_the_file_limit(void) {
    static char big[8192];
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 1000, .rlim_max = 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    return kf_file_write(in_base_dir("a"), big, sizeof big, 0600) == KF_E_IO ? 0 : 2;
}

static void a_write_that_stops_half_way_keeps_the_old_file(void **state) {
    assert_int_equal(kf_file_write(in_base_dir("a"), "old", 3, 0600), KF_OK);
    assert_int_equal(in_child(write_past_the_file_limit), 0);
    assert_true(file_has(in_base_dir("a"), "old"));
    assert_int_equal(entries_in_base_dir(), 1);
}

static void what_a_killed_writer_left_is_swept(void **state) {
    const char *left[] = {".a.0123456789abcdef.tmp", ".a.fedcba9876543210.tmp"};
    const char *others[] = {".b.0123456789abcdef.tmp", ".a.0123456789abcde.tmp", ".a.tmp", "a.tmp"};
    for (size_t i = 0; i < KF_COUNT(left); i++)
        assert_int_equal(kf_file_write(in_base_dir(left[i]), "half", 4, 0600), KF_OK);
    for (size_t i = 0; i < KF_COUNT(others); i++)
        assert_int_equal(kf_file_write(in_base_dir(others[i]), "mine", 4, 0600), KF_OK);
    assert_int_equal(kf_file_write(in_base_dir("a"), "new", 3, 0600), KF_OK);
    assert_true(file_has(in_base_dir("a"), "new"));
    assert_int_equal(entries_in_base_dir(), 1 + KF_COUNT(others));
}

static void what_a_living_writer_holds_is_not_swept(void **state) {
    kf_lock writer = {0};
    const char *held = in_base_dir(".a.0123456789abcdef.tmp");
    assert_int_equal(kf_lock_take(held, &writer), KF_OK);
    assert_int_equal(kf_file_write(in_base_dir("a"), "new", 3, 0600), KF_OK);
    assert_true(kf_file_exists(held));
    kf_lock_clear(&writer);
}

enum { WRITERS = 4, WRITES = 200 };

/* Each sweeps what the others have just begun. */
static void *write_often(void *path) {
    kf_err err = KF_OK;
    for (int i = 0; i < WRITES && err == KF_OK; i++)
        err = kf_file_write(path, "whole", 5, 0600);
    return err == KF_OK ? NULL : path;
}

static void writers_do_not_sweep_each_other(void **state) {
    pthread_t writers[WRITERS];
    char *path = strdup(in_base_dir("a"));
    void *failed = NULL;
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_often, path), 0);
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(writers[i], &failed), 0);
        assert_null(failed);
    }
    assert_true(file_has(path, "whole"));
    assert_int_equal(entries_in_base_dir(), 1);
    free(path);
}

static int write_as_somebody_else(void) {
    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    if (chmod(base_dir, 0555) != 0 && errno != EPERM)
        return 2;
    return kf_file_write(in_base_dir("a"), "new", 3, 0600) == KF_E_PERMISSION ? 0 : 3;
}

static void a_read_only_folder_keeps_the_old_file(void **state) {
    assert_int_equal(kf_file_write(in_base_dir("a"), "old", 3, 0644), KF_OK);
    assert_int_equal(chmod(base_dir, 0555), 0);
    assert_int_equal(in_child(write_as_somebody_else), 0);
    assert_int_equal(chmod(base_dir, 0700), 0);
    assert_true(file_has(in_base_dir("a"), "old"));
    assert_int_equal(entries_in_base_dir(), 1);
}

static void a_link_in_the_files_place_is_replaced_not_followed(void **state) {
    assert_int_equal(kf_file_write(in_base_dir("target"), "target", 6, 0600), KF_OK);
    assert_int_equal(symlink(in_base_dir("target"), in_base_dir("link")), 0);
    assert_int_equal(kf_file_write(in_base_dir("link"), "new", 3, 0600), KF_OK);
    assert_true(file_has(in_base_dir("target"), "target"));
    assert_true(file_has(in_base_dir("link"), "new"));
}

/* --- replacing: kf_file_replace() --- */

static kf_err replace(const char *text, bool is_new, bool keep_old) {
    KF_AUTO_CLOSE int folder = open(base_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct kf_replacement order = {.name = "a",
                                         .path = in_base_dir("a"),
                                         .mode = 0600,
                                         .is_new = is_new,
                                         .keep_old = keep_old};
    return kf_file_replace(folder, &order, text, strlen(text));
}

static void a_replaced_file_is_kept_when_that_is_wanted(void **state) {
    assert_int_equal(replace("one", true, true), KF_OK);
    assert_int_equal(replace("two", true, true), KF_E_EXISTS);
    assert_int_equal(replace("two", false, true), KF_OK);
    assert_true(file_has(in_base_dir("a"), "two"));
    assert_true(file_has(in_base_dir("a.bak"), "one"));
    assert_int_equal(replace("three", false, false), KF_OK);
    assert_true(file_has(in_base_dir("a.bak"), "one"));
    assert_int_equal(entries_in_base_dir(), 2);
}

static void an_unfinished_replacement_is_cleared_away_unless_it_is_going_on(void **state) {
    kf_lock writer = {0};
    assert_int_equal(kf_lock_take(in_base_dir(".a.tmp"), &writer), KF_OK);
    assert_int_equal(replace("one", false, false), KF_E_BUSY);
    kf_lock_clear(&writer);
    assert_int_equal(replace("one", false, false), KF_OK);
    assert_true(file_has(in_base_dir("a"), "one"));
    assert_int_equal(entries_in_base_dir(), 1);
}

static void two_replacements_never_have_the_same_time(void **state) {
    struct stat before, after;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(replace("one", false, false), KF_OK);
        assert_int_equal(stat(in_base_dir("a"), &before), 0);
        assert_int_equal(replace("two", false, false), KF_OK);
        assert_int_equal(stat(in_base_dir("a"), &after), 0);
        assert_memory_not_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(what_is_written_is_read),
        IN_DIR(a_bare_name_is_written_in_the_current_folder),
        IN_DIR(write_new_never_replaces),
        IN_DIR(a_failed_rename_leaves_no_temporary),
        IN_DIR(a_write_that_stops_half_way_keeps_the_old_file),
        IN_DIR(what_a_killed_writer_left_is_swept),
        IN_DIR(what_a_living_writer_holds_is_not_swept),
        IN_DIR(writers_do_not_sweep_each_other),
        IN_DIR(a_read_only_folder_keeps_the_old_file),
        IN_DIR(a_link_in_the_files_place_is_replaced_not_followed),
        IN_DIR(a_replaced_file_is_kept_when_that_is_wanted),
        IN_DIR(an_unfinished_replacement_is_cleared_away_unless_it_is_going_on),
        IN_DIR(two_replacements_never_have_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
