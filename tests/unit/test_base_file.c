// SPDX-License-Identifier: Apache-2.0
// Reading files, private folders, and locks between
// processes.
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base_fixture.h"

/* /dev/full answers ENOSPC to every write; it stands for a full disk where nothing can be mounted.
 */
static void a_full_disk_is_named_as_such(void **state) {
    const char *doing = "writing";
    KF_AUTO_CLOSE int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(kf_fail_errno(errno, doing, "disk"), KF_E_DISK_FULL);
    assert_int_equal(kf_fail_errno(EACCES, doing, "disk"), KF_E_PERMISSION);
    assert_int_equal(kf_fail_errno(EIO, doing, "disk"), KF_E_IO);
    assert_string_equal(kf_error_sentence(KF_E_IO), "writing \"disk\": Input/output error");
}

static void reading_holds_the_maximum(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    const char *path = in_base_dir("a");
    kf_file_write(path, "12345", 5, 0600);
    assert_int_equal(kf_file_read(path, 4, &bytes), KF_E_TOO_LARGE);
    assert_int_equal(kf_file_read("/dev/zero", 100000, &bytes), KF_E_TOO_LARGE);
    assert_null(bytes.data);
    assert_int_equal(kf_file_read(path, 5, &bytes), KF_OK);
    assert_int_equal(bytes.len, 5);
    assert_int_equal(kf_file_read(in_base_dir("none"), 5, &bytes), KF_E_NOT_FOUND);
    assert_int_equal(kf_file_read(base_dir, 5, &bytes), KF_E_INPUT);
}

static void files_without_a_size_are_read_whole(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    assert_int_equal(kf_file_read("/proc/self/status", 1 << 20, &bytes), KF_OK);
    assert_true(bytes.len > 100);
    assert_int_equal(bytes.len, strlen(kf_buf_str(&bytes)));
}

static int read_a_pipe_as_standard_input(void) {
    KF_AUTO(kf_buf) bytes = {0};
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], "hello", 5) != 5 || close(ends[1]) != 0)
        return 1;
    if (dup2(ends[0], STDIN_FILENO) < 0 || kf_file_read("-", 100, &bytes) != KF_OK)
        return 2;
    return strcmp(kf_buf_str(&bytes), "hello") == 0 ? 0 : 3;
}

static void a_dash_is_standard_input(void **state) {
    assert_int_equal(in_child(read_a_pipe_as_standard_input), 0);
}

static void private_files_must_be_ours_and_closed(void **state) {
    KF_AUTO(kf_buf) bytes = {0};
    const char *path = in_base_dir("pin");
    kf_file_write(path, "1234", 4, 0600);
    assert_int_equal(kf_file_read_private(path, 100, &bytes), KF_OK);
    assert_string_equal(kf_buf_str(&bytes), "1234");
    chmod(path, 0640);
    assert_int_equal(kf_file_read_private(path, 100, &bytes), KF_E_PERMISSION);
    chmod(path, 0600);
    assert_int_equal(symlink(path, in_base_dir("link")), 0);
    assert_int_equal(kf_file_read_private(in_base_dir("link"), 100, &bytes), KF_E_PERMISSION);
    assert_int_equal(mkfifo(in_base_dir("fifo"), 0600), 0);
    assert_int_equal(kf_file_read_private(in_base_dir("fifo"), 100, &bytes), KF_E_PERMISSION);
}

static void folders_are_made_private_with_their_parents(void **state) {
    struct stat st;
    assert_int_equal(kf_dir_make(in_base_dir("a/b/c/")), KF_OK);
    assert_int_equal(kf_dir_make(in_base_dir("a/b/c")), KF_OK);
    assert_int_equal(stat(in_base_dir("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(kf_dir_make(""), KF_E_INPUT);
}

static void a_folder_that_others_may_write_is_refused(void **state) {
    mkdir(in_base_dir("open"), 0700);
    chmod(in_base_dir("open"), 0775);
    assert_int_equal(kf_dir_make(in_base_dir("open")), KF_E_PERMISSION);
    chmod(in_base_dir("open"), 0777);
    assert_int_equal(kf_dir_make(in_base_dir("open/below")), KF_E_PERMISSION);
    assert_false(kf_file_exists(in_base_dir("open/below")));
    chmod(in_base_dir("open"), 01777);
    assert_int_equal(kf_dir_make(in_base_dir("open/below")), KF_OK);
    kf_file_write(in_base_dir("file"), "", 0, 0600);
    assert_int_equal(kf_dir_make(in_base_dir("file")), KF_E_EXISTS);
}

static int make_the_base_dir_as_somebody_else(void) {
    if (geteuid() != 0) /* a folder of root stands for another user's */
        return kf_dir_make("/usr") == KF_E_PERMISSION ? 0 : 1;
    return setuid(65534) == 0 && kf_dir_make(base_dir) == KF_E_PERMISSION ? 0 : 1;
}

static void a_folder_of_another_user_is_refused(void **state) {
    assert_int_equal(in_child(make_the_base_dir_as_somebody_else), 0);
}

static int take_the_lock(void) {
    kf_lock lock = {0};
    return (int)kf_lock_take(in_base_dir("lock"), &lock);
}

static int wait_for_the_lock(void) {
    kf_lock lock = {0};
    return (int)kf_lock_wait(in_base_dir("lock"), 60, &lock);
}

static void a_lock_keeps_another_process_out_until_cleared(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    assert_int_equal(kf_lock_take(in_base_dir("lock"), &lock), KF_OK);
    assert_int_equal(in_child(take_the_lock), KF_E_BUSY);
    assert_int_equal(in_child(wait_for_the_lock), KF_E_BUSY);
    kf_lock_clear(&lock);
    assert_int_equal(in_child(take_the_lock), KF_OK);
}

static void a_lock_keeps_the_same_process_out_as_well(void **state) {
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_lock) again = {0};
    assert_int_equal(kf_lock_take(in_base_dir("lock"), &lock), KF_OK);
    assert_int_equal(kf_lock_take(in_base_dir("lock"), &again), KF_E_BUSY);
    assert_int_equal(again.fd, 0);
}

static void a_lock_dies_with_its_process(void **state) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        kf_lock lock = {0};
        if (kf_lock_take(in_base_dir("lock"), &lock) == KF_OK && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(in_child(take_the_lock), KF_E_BUSY);
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(in_child(wait_for_the_lock), KF_OK);
}

static int take_the_lock_without_standard_input(void) {
    kf_lock lock = {0};
    close(STDIN_FILENO);
    return kf_lock_take(in_base_dir("lock"), &lock) == KF_OK && lock.fd > 0 ? 0 : 1;
}

static void a_lock_is_held_even_where_descriptor_0_is_free(void **state) {
    assert_int_equal(in_child(take_the_lock_without_standard_input), 0);
}

static void local_file_systems_are_told_from_others(void **state) {
    assert_int_equal(kf_dir_check_local(base_dir), KF_OK);
    assert_int_equal(kf_dir_check_local(in_base_dir("none")), KF_E_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(a_full_disk_is_named_as_such),
        IN_DIR(reading_holds_the_maximum),
        IN_DIR(files_without_a_size_are_read_whole),
        IN_DIR(a_dash_is_standard_input),
        IN_DIR(private_files_must_be_ours_and_closed),
        IN_DIR(folders_are_made_private_with_their_parents),
        IN_DIR(a_folder_that_others_may_write_is_refused),
        IN_DIR(a_folder_of_another_user_is_refused),
        IN_DIR(a_lock_keeps_another_process_out_until_cleared),
        IN_DIR(a_lock_keeps_the_same_process_out_as_well),
        IN_DIR(a_lock_dies_with_its_process),
        IN_DIR(a_lock_is_held_even_where_descriptor_0_is_free),
        IN_DIR(local_file_systems_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
