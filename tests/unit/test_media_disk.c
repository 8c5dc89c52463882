// SPDX-License-Identifier: Apache-2.0
// The disk medium: its files, what it refuses, and what it does when the disk is read-only or gone.
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/file.h"
#include "media/folder.h"
#include "media_fixture.h"

static kf_medium *new_one(bool make_folder) {
    kf_medium *medium = NULL;
    assert_int_equal(kf_disk_medium_new(in_dir("disk"), make_folder, &medium), KF_OK);
    return medium;
}

static bool has_text(const char *path, const char *text) {
    KF_AUTO(kf_buf) bytes = {0};
    return kf_file_read(path, 1000, &bytes) == KF_OK && strcmp(kf_buf_str(&bytes), text) == 0;
}

static int files_in(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}

static unsigned mode_of(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static int open_descriptors(void) {
    return files_in("/proc/self/fd");
}

/* --- files --- */

static void the_files_are_private_whatever_the_umask(void **state) {
    const mode_t masks[] = {0, 022, 077};
    for (size_t i = 0; i < KF_COUNT(masks); i++) {
        KF_AUTO_PTR(kf_medium) medium = new_one(true);
        mode_t before = umask(masks[i]);
        const struct kf_tries tries = {.user = 1};
        assert_int_equal(write_text(medium, "a", "one", i == 0), KF_OK);
        assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
        umask(before);
        assert_int_equal(mode_of(in_dir("disk")), 0700);
        assert_int_equal(mode_of(in_dir("disk/a.kfc")), 0600);
        assert_int_equal(mode_of(in_dir("disk/a.tries")), 0600);
    }
}

static void the_old_one_is_kept_beside(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(files_in(in_dir("disk")), 1);
    assert_int_equal(write_text(medium, "a", "two", false), KF_OK);
    assert_true(has_text(in_dir("disk/a.kfc.bak"), "one"));
    assert_int_equal(write_text(medium, "a", "three", false), KF_OK);
    assert_true(has_text(in_dir("disk/a.kfc.bak"), "two"));
    assert_true(has_text(in_dir("disk/a.kfc"), "three"));
    assert_int_equal(files_in(in_dir("disk")), 2);
}

static void nothing_is_left_of_a_removed_one(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    const struct kf_tries tries = {.so = 1};
    KF_AUTO(kf_medium_lock) lock = {0};
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(write_text(medium, "a", "two", false), KF_OK);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(kf_medium_remove(medium, "a"), KF_OK);
    kf_medium_lock_clear(&lock);
    assert_true(kf_file_exists(in_dir("disk/.keyfob.lock")));
    assert_int_equal(files_in(in_dir("disk")), 1);
}

static void nothing_stays_open(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    const struct kf_tries tries = {.user = 1};
    struct kf_tries got;
    int before = open_descriptors();
    kf_medium_lock lock = {0};
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(kf_medium_tries(medium, "a", &got), KF_OK);
    assert_true(holds_text(medium, "a", "one"));
    assert_true(kf_medium_is_present(medium) && kf_medium_is_writable(medium));
    assert_int_equal(write_text(medium, "a", "one", true), KF_E_EXISTS);
    kf_medium_lock_clear(&lock);
    assert_int_equal(open_descriptors(), before);
}

static void tries_that_are_garbled_or_gone_count_nothing(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    const char *texts[] = {"",
                           "x",
                           "wrong PINs in a row, user 3 so 0 last 5.",
                           "wrong PINs in a row, user +3 so 0 last 5.\n",
                           "wrong PINs in a row, user 99999999999 so 0 last 5.\n",
                           "wrong PINs in a row, user 3 so 0 last 5.\nmore"};
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        struct kf_tries tries = {.user = 9};
        assert_int_equal(kf_file_write(in_dir("disk/a.tries"), texts[i], strlen(texts[i]), 0600),
                         KF_OK);
        assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_OK);
        assert_int_equal(tries.user, 0);
    }
}

static void an_orphaned_count_does_not_lock_a_new_container(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    struct kf_tries tries = {.user = 10};
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(unlink(in_dir("disk/a.kfc")), 0);
    assert_int_equal(write_text(medium, "a", "new", true), KF_OK);
    assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_OK);
    assert_int_equal(tries.user, 0);
}

/* --- what is in the file's place --- */

static bool count_name(void *arg, const char *name) {
    (*(int *)arg)++;
    return true;
}

static void put_link(const char *path) {
    assert_int_equal(kf_file_write(in_dir("target"), "target", 6, 0600), KF_OK);
    assert_int_equal(symlink(in_dir("target"), path), 0);
}
static void put_fifo(const char *path) {
    assert_int_equal(mkfifo(path, 0600), 0);
}
static void put_folder(const char *path) {
    assert_int_equal(mkdir(path, 0700), 0);
}
static const struct {
    const char *what;
    void (*put)(const char *path);
} odd[] = {{"link", put_link}, {"FIFO", put_fifo}, {"folder", put_folder}};

static void only_regular_files_are_containers(void **state) {
    for (size_t i = 0; i < KF_COUNT(odd); i++) {
        KF_AUTO_PTR(kf_medium) medium = new_one(true);
        KF_AUTO(kf_buf) bytes = {0};
        int listed = 0;
        const char *path = in_dir("disk/a.kfc");
        assert_int_equal(kf_dir_make(in_dir("disk")), KF_OK);
        odd[i].put(path);
        assert_int_equal(kf_medium_list(medium, count_name, &listed), KF_OK);
        assert_int_equal(listed, 0);
        assert_int_equal(kf_medium_read(medium, "a", 0, 9, &bytes), KF_E_PERMISSION);
        assert_int_equal(write_text(medium, "a", "new", false), KF_E_PERMISSION);
        assert_int_equal(write_text(medium, "a", "new", true), KF_E_EXISTS);
        assert_int_equal(files_in(in_dir("disk")), 1);
        assert_int_equal(remove(path), 0);
    }
    assert_true(has_text(in_dir("target"), "target"));
}

static void what_lies_in_the_temporary_files_place_is_cleared_away(void **state) {
    for (size_t i = 0; i < 2; i++) {
        KF_AUTO_PTR(kf_medium) medium = new_one(true);
        assert_int_equal(kf_dir_make(in_dir("disk")), KF_OK);
        odd[i].put(in_dir("disk/.a.kfc.tmp"));
        assert_int_equal(write_text(medium, "a", "new", false), KF_OK);
        assert_true(holds_text(medium, "a", "new"));
    }
    assert_true(has_text(in_dir("target"), "target"));
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    put_folder(in_dir("disk/.a.kfc.tmp"));
    assert_int_not_equal(write_text(medium, "a", "newer", false), KF_OK);
    assert_true(holds_text(medium, "a", "new"));
}

static void a_hard_link_in_the_files_place_keeps_its_other_name(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    assert_int_equal(kf_dir_make(in_dir("disk")), KF_OK);
    assert_int_equal(kf_file_write(in_dir("other"), "other", 5, 0600), KF_OK);
    assert_int_equal(link(in_dir("other"), in_dir("disk/a.kfc")), 0);
    assert_int_equal(link(in_dir("other"), in_dir("disk/.a.kfc.tmp")), 0);
    assert_int_equal(write_text(medium, "a", "new", false), KF_OK);
    assert_true(holds_text(medium, "a", "new"));
    assert_true(has_text(in_dir("other"), "other"));
}

static void a_living_writer_is_not_disturbed(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    KF_AUTO(kf_lock) writer = {0};
    assert_int_equal(kf_dir_make(in_dir("disk")), KF_OK);
    assert_int_equal(kf_lock_take(in_dir("disk/.a.kfc.tmp"), &writer), KF_OK);
    assert_int_equal(write_text(medium, "a", "new", false), KF_E_BUSY);
    assert_true(kf_file_exists(in_dir("disk/.a.kfc.tmp")));
    kf_lock_clear(&writer);
    assert_int_equal(write_text(medium, "a", "new", false), KF_OK);
    assert_int_equal(files_in(in_dir("disk")), 1);
}

static void a_file_that_is_open_to_others_is_refused_with_the_way_out(void **state) {
    const mode_t modes[] = {0644, 0640, 0602, 0604};
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    for (size_t i = 0; i < KF_COUNT(modes); i++) {
        assert_int_equal(chmod(in_dir("disk/a.kfc"), modes[i]), 0);
        assert_int_equal(kf_medium_read(medium, "a", 0, 9, &bytes), KF_E_PERMISSION);
        assert_non_null(strstr(kf_error_next(KF_E_PERMISSION), "chmod 600"));
    }
    assert_int_equal(chmod(in_dir("disk/a.kfc"), 0400), 0);
    assert_true(holds_text(medium, "a", "one"));
}

static void names_are_those_of_files_with_the_suffix(void **state) {
    const char *files[] = {"good.kfc", "a.kfc.bak",  ".kfc", "b.KFC",
                           "b.tries",  ".c.kfc.tmp", "kfc"};
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    int listed = 0;
    assert_int_equal(kf_dir_make(in_dir("disk")), KF_OK);
    for (size_t i = 0; i < KF_COUNT(files); i++) {
        char name[64];
        snprintf(name, sizeof name, "disk/%s", files[i]);
        assert_int_equal(kf_file_write(in_dir(name), "x", 1, 0600), KF_OK);
    }
    assert_int_equal(kf_medium_list(medium, count_name, &listed), KF_OK);
    assert_int_equal(listed, 1);
    assert_true(holds_text(medium, "good", "x"));
}

/* --- the folder --- */

static void a_folder_that_others_may_write_to_is_refused(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    KF_AUTO(kf_buf) bytes = {0};
    kf_medium_lock lock = {0};
    int listed = 0;
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(chmod(in_dir("disk"), 0770), 0);
    assert_int_equal(kf_medium_read(medium, "a", 0, 9, &bytes), KF_E_PERMISSION);
    assert_int_equal(write_text(medium, "a", "two", false), KF_E_PERMISSION);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_E_PERMISSION);
    assert_int_equal(kf_medium_list(medium, count_name, &listed), KF_E_PERMISSION);
    assert_false(kf_medium_is_writable(medium));
    assert_true(kf_medium_is_present(medium));
    assert_int_equal(chmod(in_dir("disk"), 0755), 0);
    assert_true(holds_text(medium, "a", "one"));
}

static void a_stick_that_is_out_lists_nothing_and_says_so(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(false);
    KF_AUTO(kf_buf) bytes = {0};
    struct kf_stamp stamp;
    struct kf_tries tries = {0};
    kf_medium_lock lock = {0};
    int listed = 0;
    assert_false(kf_medium_is_present(medium) || kf_medium_is_writable(medium));
    assert_int_equal(kf_medium_list(medium, count_name, &listed), KF_OK);
    assert_int_equal(kf_medium_read(medium, "a", 0, 9, &bytes), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_medium_stamp(medium, "a", &stamp), KF_E_TOKEN_REMOVED);
    assert_int_equal(write_text(medium, "a", "x", true), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_medium_tries(medium, "a", &tries), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_medium_set_tries(medium, "a", &tries), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_medium_remove(medium, "a"), KF_E_TOKEN_REMOVED);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_E_TOKEN_REMOVED);
    assert_false(kf_file_exists(in_dir("disk")));
}

static void a_stick_that_comes_back_is_read_again(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(false);
    kf_medium_lock lock = {0};
    assert_int_equal(mkdir(in_dir("disk"), 0700), 0);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(rename(in_dir("disk"), in_dir("out")), 0);
    assert_int_equal(write_text(medium, "a", "two", false), KF_E_TOKEN_REMOVED);
    kf_medium_lock_clear(&lock);
    assert_int_equal(rename(in_dir("out"), in_dir("disk")), 0);
    assert_true(kf_medium_is_present(medium) && holds_text(medium, "a", "one"));
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    kf_medium_lock_clear(&lock);
    assert_int_equal(files_in(in_dir("disk")), 2);
}

static void a_lock_file_that_was_tidied_away_is_made_again(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    kf_medium_lock lock = {0}, other = {0};
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(kf_medium_lock_take(medium, "A", 0, &other), KF_E_BUSY);
    assert_int_equal(unlink(in_dir("disk/.keyfob.lock")), 0);
    kf_medium_lock_clear(&lock);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &lock), KF_OK);
    assert_int_equal(kf_medium_lock_take(medium, "a", 0, &other), KF_E_BUSY);
    kf_medium_lock_clear(&lock);
}

static int as_somebody_else(void *medium) {
    KF_AUTO(kf_buf) bytes = {0};
    kf_medium_lock lock = {0};
    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    if (kf_medium_is_writable(medium) || write_text(medium, "a", "new", false) != KF_E_PERMISSION ||
        kf_medium_lock_take(medium, "a", 0, &lock) != KF_E_PERMISSION ||
        kf_medium_remove(medium, "a") != KF_E_PERMISSION)
        return 2;
    return geteuid() == 65534 && kf_medium_read(medium, "a", 0, 9, &bytes) != KF_E_PERMISSION ? 3
                                                                                              : 0;
}

/* Root may write to any folder, so it becomes somebody else for this; others look at their own. */
static void a_folder_that_cannot_be_written_keeps_what_it_has(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(chmod(media_dir, 0755), 0);
    assert_int_equal(chmod(in_dir("disk"), 0555), 0);
    assert_int_equal(in_child(as_somebody_else, medium), 0);
    assert_true(holds_text(medium, "a", "one"));
    assert_int_equal(chmod(in_dir("disk"), 0700), 0);
    assert_int_equal(files_in(in_dir("disk")), 1);
}

static int with_few_descriptors(void *arg) {
    for (rlim_t most = 3; most < 12; most++) {
        struct rlimit limit = {.rlim_cur = most, .rlim_max = 64};
        kf_medium_lock lock = {0};
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return 1;
        kf_err taken = kf_medium_lock_take(arg, "a", 0, &lock);
        kf_err err = write_text(arg, "a", "new", false);
        kf_medium_lock_clear(&lock);
        if (err == KF_OK)
            return most > 3 && holds_text(arg, "a", "new") ? 0 : 2;
        if ((taken != KF_OK && taken != KF_E_IO) || err != KF_E_IO)
            return 3;
    }
    return 4;
}

static void too_few_descriptors_are_an_error_and_lose_nothing(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    assert_int_equal(write_text(medium, "a", "one", true), KF_OK);
    assert_int_equal(in_child(with_few_descriptors, medium), 0);
    assert_true(holds_text(medium, "a", "new"));
    assert_true(has_text(in_dir("disk/a.kfc.bak"), "one"));
    assert_int_equal(files_in(in_dir("disk")), 3);
}

static void a_folder_needs_a_name_of_bearable_length(void **state) {
    kf_medium *medium = NULL;
    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    assert_int_equal(kf_disk_medium_new("", true, &medium), KF_E_INPUT);
    assert_int_equal(kf_disk_medium_new(longest, true, &medium), KF_E_INPUT);
    assert_null(medium);
}

static void a_file_where_the_folder_should_be_is_no_folder(void **state) {
    KF_AUTO_PTR(kf_medium) medium = new_one(true);
    assert_int_equal(kf_file_write(in_dir("disk"), "x", 1, 0600), KF_OK);
    assert_false(kf_medium_is_present(medium) || kf_medium_is_writable(medium));
    assert_int_equal(write_text(medium, "a", "x", true), KF_E_NOT_FOUND);
}

/* Nobody can pull a disk here; the kernel's list of devices is what tells. */
static void the_disk_under_the_tests_is_not_pulled(void **state) {
    KF_AUTO_CLOSE int folder = open(media_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KF_AUTO_CLOSE int virtual = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_false(kf_folder_is_pulled(folder));
    assert_false(kf_folder_is_pulled(virtual));
    assert_false(kf_folder_is_plain(folder));
    assert_int_equal(kf_folder_told(folder, media_dir, KF_E_IO), KF_E_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_MEDIA_DIR(the_files_are_private_whatever_the_umask, NULL),
        IN_MEDIA_DIR(the_old_one_is_kept_beside, NULL),
        IN_MEDIA_DIR(nothing_is_left_of_a_removed_one, NULL),
        IN_MEDIA_DIR(nothing_stays_open, NULL),
        IN_MEDIA_DIR(tries_that_are_garbled_or_gone_count_nothing, NULL),
        IN_MEDIA_DIR(an_orphaned_count_does_not_lock_a_new_container, NULL),
        IN_MEDIA_DIR(only_regular_files_are_containers, NULL),
        IN_MEDIA_DIR(what_lies_in_the_temporary_files_place_is_cleared_away, NULL),
        IN_MEDIA_DIR(a_hard_link_in_the_files_place_keeps_its_other_name, NULL),
        IN_MEDIA_DIR(a_living_writer_is_not_disturbed, NULL),
        IN_MEDIA_DIR(a_file_that_is_open_to_others_is_refused_with_the_way_out, NULL),
        IN_MEDIA_DIR(names_are_those_of_files_with_the_suffix, NULL),
        IN_MEDIA_DIR(a_folder_that_others_may_write_to_is_refused, NULL),
        IN_MEDIA_DIR(a_stick_that_is_out_lists_nothing_and_says_so, NULL),
        IN_MEDIA_DIR(a_stick_that_comes_back_is_read_again, NULL),
        IN_MEDIA_DIR(a_lock_file_that_was_tidied_away_is_made_again, NULL),
        IN_MEDIA_DIR(a_folder_that_cannot_be_written_keeps_what_it_has, NULL),
        IN_MEDIA_DIR(too_few_descriptors_are_an_error_and_lose_nothing, NULL),
        IN_MEDIA_DIR(a_folder_needs_a_name_of_bearable_length, NULL),
        IN_MEDIA_DIR(a_file_where_the_folder_should_be_is_no_folder, NULL),
        IN_MEDIA_DIR(the_disk_under_the_tests_is_not_pulled, NULL),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
