// SPDX-License-Identifier: Apache-2.0
// Secrets in files: closed to others, in a folder that is closed to others, durable.
#include "unit/keyring_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

static void a_secret_is_kept_replaced_and_forgotten(void **state) {
    assert_kept("password", NULL);
    assert_ok(put("password", "first"));
    assert_kept("password", "first");
    assert_ok(put("password", "second"));
    assert_kept("password", "second");
    assert_ok(kf_keyring_forget(context, OWNER, "password"));
    assert_kept("password", NULL);
    assert_ok(kf_keyring_forget(context, OWNER, "password"));
}

static void the_largest_secret_fits(void **state) {
    KF_AUTO_PTR(kf_secret) large = NULL;
    KF_AUTO_PTR(kf_secret) kept = NULL;
    assert_ok(kf_secret_new(KF_SECRET_MAX, &large));
    memset(kf_secret_data(large), 0, KF_SECRET_MAX); /* any byte is fine */
    kf_secret_set_len(large, KF_SECRET_MAX);
    assert_ok(kf_keyring_put(context, OWNER, "key", large));
    assert_ok(kf_keyring_get(context, OWNER, "key", &kept));
    assert_true(kf_secret_equal(large, kept));
}

static void an_empty_secret_is_refused(void **state) {
    KF_AUTO_PTR(kf_secret) empty = NULL;
    assert_ok(kf_secret_new(8, &empty));
    assert_int_equal(kf_keyring_put(context, OWNER, "password", empty), KF_E_USAGE);
    assert_kept("password", NULL);
}

static void the_file_and_its_folder_are_closed_to_others(void **state) {
    struct stat st;
    mode_t before = umask(0);
    assert_ok(put("password", "secret"));
    umask(before);
    assert_int_equal(stat(in_base_dir(FILE_OF("password")), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(in_base_dir("secrets"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void names_that_could_leave_the_folder_are_refused(void **state) {
    static const char *const names[] = {"", "..", "../x", "a.b", "A", "a b", "a_b", "\xc3\xa4"};
    char long_name[66] = {0};
    memset(long_name, 'a', 65);
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        KF_AUTO_PTR(kf_secret) secret = NULL;
        assert_int_equal(put(names[i], "x"), KF_E_USAGE);
        assert_int_equal(kf_keyring_get(context, names[i], "a", &secret), KF_E_USAGE);
        assert_int_equal(kf_keyring_forget(context, names[i], NULL), KF_E_USAGE);
    }
    assert_int_equal(put(long_name, "x"), KF_E_USAGE);
    assert_false(kf_file_exists(in_base_dir("secrets")));
}

static void owners_that_look_alike_share_nothing(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_PTR(kf_secret) other = NULL;
    assert_ok(kf_secret_copy("x", 1, &secret));
    assert_ok(kf_keyring_put(context, "a/b", "c", secret));
    assert_ok(kf_keyring_get(context, "a-b", "c", &other));
    assert_null(other);
    assert_ok(kf_keyring_forget(context, "a", NULL));
    assert_ok(kf_keyring_forget(context, "a-b", NULL));
    assert_ok(kf_keyring_get(context, "a/b", "c", &other));
    assert_non_null(other);
}

static void forgetting_the_owner_leaves_nothing_of_it(void **state) {
    size_t left = 0;
    assert_ok(put("password", "one"));
    assert_ok(put("session", "two"));
    /* what a killed writer leaves beside */
    assert_ok(
        kf_file_write(in_base_dir("secrets/.connection_0123456789abcdef0123456789abcdef.session."
                                  "0123456789abcdef.tmp"),
                      "two", 3, 0600));
    assert_ok(kf_keyring_forget(context, OWNER, NULL));
    DIR *dir = opendir(in_base_dir("secrets"));
    while (readdir(dir))
        left++;
    closedir(dir);
    assert_int_equal(left, 2); /* . and .. */
}

static void a_file_that_others_can_read_is_refused(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(put("password", "secret"));
    assert_int_equal(chmod(in_base_dir(FILE_OF("password")), 0644), 0);
    assert_says(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION, "mode 644");
    assert_null(secret);
    assert_ok(put("password", "another"));
    assert_kept("password", "another");
}

static void a_folder_that_others_can_open_is_refused(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(put("password", "secret"));
    assert_int_equal(chmod(in_base_dir("secrets"), 0750), 0);
    assert_says(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION, "mode 750");
    assert_non_null(strstr(kf_error_next(KF_E_PERMISSION), "chmod 700"));
    assert_int_equal(put("password", "another"), KF_E_PERMISSION);
    assert_int_equal(chmod(in_base_dir("secrets"), 0700), 0);
    assert_kept("password", "secret");
}

static void a_link_in_the_place_of_the_folder_is_refused(void **state) {
    assert_int_equal(mkdir(in_base_dir("elsewhere"), 0700), 0);
    assert_int_equal(symlink("elsewhere", in_base_dir("secrets")), 0);
    assert_int_equal(put("password", "secret"), KF_E_PERMISSION);
    assert_int_equal(rmdir(in_base_dir("elsewhere")), 0);
}

static void a_link_in_the_place_of_the_file_is_neither_read_nor_followed(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO(kf_buf) target = {0};
    assert_ok(put("session", "x"));
    assert_ok(kf_file_write(in_base_dir("target"), "keyfob.secret/1 file\nstolen", 27, 0600));
    assert_int_equal(symlink("../target", in_base_dir(FILE_OF("password"))), 0);
    assert_says(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION, "link");
    assert_ok(kf_keyring_forget(context, OWNER, "password"));
    assert_ok(kf_file_read(in_base_dir("target"), 100, &target));
    assert_int_equal(target.len, 27);
}

static void a_pipe_in_the_place_of_the_file_holds_nobody_up(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(put("session", "x"));
    assert_int_equal(mkfifo(in_base_dir(FILE_OF("password")), 0600), 0);
    assert_int_equal(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION);
    assert_ok(put("password", "new"));
    assert_kept("password", "new");
}

/* The replacement is a file of its own: another name of the old one keeps the old secret. */
static void a_second_name_of_the_file_does_not_see_the_new_secret(void **state) {
    KF_AUTO(kf_buf) old = {0};
    assert_ok(put("password", "old"));
    assert_int_equal(link(in_base_dir(FILE_OF("password")), in_base_dir("copy")), 0);
    assert_ok(put("password", "new"));
    assert_ok(kf_file_read(in_base_dir("copy"), 100, &old));
    assert_non_null(strstr(kf_buf_str(&old), "old"));
    assert_kept("password", "new");
}

static int read_as_somebody_else(void) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (geteuid() != 0) { /* a folder of root stands for another user's */
        kf_context *theirs = NULL;
        struct kf_context_options options = {.home = "/usr"};
        return kf_context_new(&options, &theirs) == KF_OK &&
                       kf_keyring_get(theirs, OWNER, "password", &secret) == KF_E_PERMISSION
                   ? 0
                   : 1;
    }
    return chown(in_base_dir(FILE_OF("password")), 65534, 65534) == 0 &&
                   kf_keyring_get(context, OWNER, "password", &secret) == KF_E_PERMISSION &&
                   chown(in_base_dir("secrets"), 65534, 65534) == 0 &&
                   put("session", "x") == KF_E_PERMISSION
               ? 0
               : 1;
}

static void what_belongs_to_another_user_is_refused(void **state) {
    assert_ok(put("password", "secret"));
    assert_int_equal(in_child(read_as_somebody_else), 0);
}

static void a_damaged_file_is_said_and_can_be_forgotten(void **state) {
    static const char *const texts[] = {"", "x", "keyfob.secret/1 file\n",
                                        "keyfob.secret/2 file\nx", "keyfob.secret/1 service\nmore"};
    assert_ok(put("session", "x"));
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO_PTR(kf_secret) secret = NULL;
        assert_ok(
            kf_file_write(in_base_dir(FILE_OF("password")), texts[i], strlen(texts[i]), 0600));
        assert_says(kf_keyring_get(context, OWNER, "password", &secret), KF_E_INPUT, "damaged");
    }
    assert_ok(kf_keyring_forget(context, OWNER, NULL));
    assert_kept("password", NULL);
}

/* Killed at any moment, the old secret or the new one is there, whole. */
static void a_killed_writer_leaves_the_old_secret_or_the_new_one(void **state) {
    assert_ok(put("password", "old-old-old"));
    for (useconds_t pause = 0; pause < 4000; pause += 200) {
        KF_AUTO_PTR(kf_secret) secret = NULL;
        pid_t child = fork();
        for (; child == 0;)
            (void)put("password", "new-new-new");
        usleep(pause);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_ok(kf_keyring_get(context, OWNER, "password", &secret));
        assert_int_equal(kf_secret_len(secret), 11);
    }
    assert_ok(put("password", "last"));
    assert_kept("password", "last");
}

static void a_person_is_told_where_secrets_go(void **state) {
    KF_AUTO_FREE char *place = NULL;
    assert_ok(kf_keyring_place(context, &place));
    assert_non_null(strstr(place, in_base_dir("secrets")));
    assert_false(kf_file_exists(in_base_dir("secrets")));
}

static void an_unknown_store_is_refused(void **state) {
    assert_int_equal(setenv("KEYFOB_KEYRING", "vault", 1), 0);
    assert_says(put("password", "x"), KF_E_CONFIG, "KEYFOB_KEYRING");
    assert_int_equal(unsetenv("KEYFOB_KEYRING"), 0);
    configure("[secrets]\nstore = vault\n");
    assert_says(put("password", "x"), KF_E_CONFIG, "[secrets]");
    configure("[secrets]\nstore = files\n");
    assert_ok(put("password", "x"));
    assert_int_equal(setenv("KEYFOB_KEYRING", "files", 1), 0);
}

/* --- without a session bus --- */

static void what_lies_in_a_keyring_that_is_not_here_is_never_taken_from_elsewhere(void **state) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    static const char word[] = "keyfob.secret/1 service\n";
    bool kept = false;
    assert_ok(put("session", "x"));
    assert_ok(kf_file_write(in_base_dir(FILE_OF("password")), word, sizeof word - 1, 0600));
    assert_says(kf_keyring_get(context, OWNER, "password", &secret), KF_E_PERMISSION,
                "session bus");
    assert_non_null(strstr(kf_error_next(KF_E_PERMISSION), "store = files"));
    assert_ok(kf_keyring_has(context, OWNER, "password", &kept));
    assert_true(kept);
    assert_int_equal(setenv("KEYFOB_KEYRING", "auto", 1), 0);
    assert_int_equal(put("password", "second copy"), KF_E_PERMISSION);
    assert_int_equal(kf_keyring_forget(context, OWNER, NULL), KF_E_PERMISSION);
    assert_int_equal(setenv("KEYFOB_KEYRING", "files", 1), 0);
    assert_ok(put("password", "decided"));
    assert_kept("password", "decided");
}

static void without_a_session_bus_secrets_go_into_files(void **state) {
    assert_int_equal(setenv("KEYFOB_KEYRING", "auto", 1), 0);
    assert_ok(put("password", "x"));
    assert_true(kf_file_exists(in_base_dir(FILE_OF("password"))));
    assert_int_equal(setenv("KEYFOB_KEYRING", "service", 1), 0);
    assert_int_equal(put("session", "x"), KF_E_PERMISSION);
    assert_kept("session", NULL);
    assert_int_equal(setenv("KEYFOB_KEYRING", "files", 1), 0);
}

int main(void) {
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    unsetenv("XDG_RUNTIME_DIR");
    setenv("KEYFOB_KEYRING", "files", 1);
    const struct CMUnitTest tests[] = {
        KEYRING(a_secret_is_kept_replaced_and_forgotten),
        KEYRING(the_largest_secret_fits),
        KEYRING(an_empty_secret_is_refused),
        KEYRING(the_file_and_its_folder_are_closed_to_others),
        KEYRING(names_that_could_leave_the_folder_are_refused),
        KEYRING(owners_that_look_alike_share_nothing),
        KEYRING(forgetting_the_owner_leaves_nothing_of_it),
        KEYRING(a_file_that_others_can_read_is_refused),
        KEYRING(a_folder_that_others_can_open_is_refused),
        KEYRING(a_link_in_the_place_of_the_folder_is_refused),
        KEYRING(a_link_in_the_place_of_the_file_is_neither_read_nor_followed),
        KEYRING(a_pipe_in_the_place_of_the_file_holds_nobody_up),
        KEYRING(a_second_name_of_the_file_does_not_see_the_new_secret),
        KEYRING(what_belongs_to_another_user_is_refused),
        KEYRING(a_damaged_file_is_said_and_can_be_forgotten),
        KEYRING(a_killed_writer_leaves_the_old_secret_or_the_new_one),
        KEYRING(a_person_is_told_where_secrets_go),
        KEYRING(an_unknown_store_is_refused),
        KEYRING(what_lies_in_a_keyring_that_is_not_here_is_never_taken_from_elsewhere),
        KEYRING(without_a_session_bus_secrets_go_into_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
