// SPDX-License-Identifier: Apache-2.0
// The SQLite door: private files, values in and out, transactions, migrations, and what goes wrong.
#include "base/db.h"

#include <signal.h>

#include "base/file.h"
#include "base_fixture.h"

KF_DEFINE_AUTO_PTR_WITH(kf_db, kf_db_close)

static const char *const one_step[] = {"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE,"
                                       " data BLOB)"};
static const char *const two_steps[] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB)",
    "ALTER TABLE t ADD COLUMN more INTEGER; UPDATE t SET more = 7"};

static kf_db *open_db(void) {
    kf_db *db = NULL;
    assert_int_equal(kf_db_open(in_base_dir("k.db"), &db), KF_OK);
    return db;
}

static kf_db *open_with_table(void) {
    kf_db *db = open_db();
    assert_int_equal(kf_db_schema(db, "test", one_step, 1), KF_OK);
    return db;
}

static int64_t number(kf_db *db, const char *sql) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    assert_int_equal(kf_rows_open(db, &rows, sql, NULL), KF_OK);
    assert_int_equal(kf_rows_next(&rows, &found), KF_OK);
    assert_true(found);
    return kf_rows_int(&rows, 0);
}

static void the_file_is_private_whatever_the_umask(void **state) {
    mode_t before = umask(0);
    KF_AUTO_PTR(kf_db) db = open_with_table();
    umask(before);
    static const char *const names[] = {"k.db", "k.db-wal", "k.db-shm"};
    for (size_t i = 0; i < KF_COUNT(names); i++) {
        struct stat st;
        assert_int_equal(stat(in_base_dir(names[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void the_modes_are_those_of_a_journal(void **state) {
    KF_AUTO_PTR(kf_db) db = open_db();
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    assert_int_equal(number(db, "PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(db, "PRAGMA busy_timeout"), 10000);
    assert_int_equal(kf_rows_open(db, &rows, "PRAGMA journal_mode", NULL), KF_OK);
    assert_int_equal(kf_rows_next(&rows, &found), KF_OK);
    assert_string_equal(kf_rows_text(&rows, 0), "wal");
}

static void values_come_back_as_they_were(void **state) {
    KF_AUTO_PTR(kf_db) db = open_with_table();
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    size_t len = 0;
    assert_int_equal(kf_db_run(db, "INSERT INTO t (name, data) VALUES (?, ?)", "sb", "näme",
                               (const void *)"a\0b", (size_t)3),
                     KF_OK);
    assert_int_equal(kf_db_last_id(db), 1);
    assert_int_equal(
        kf_rows_open(db, &rows, "SELECT id, name, data, NULL FROM t WHERE id = ?", "i", (int64_t)1),
        KF_OK);
    assert_int_equal(kf_rows_next(&rows, &found), KF_OK);
    assert_true(found);
    assert_string_equal(kf_rows_text(&rows, 1), "näme");
    assert_memory_equal(kf_rows_blob(&rows, 2, &len), "a\0b", 3);
    assert_int_equal(len, 3);
    assert_true(kf_rows_is_null(&rows, 3) && !kf_rows_is_null(&rows, 0));
    assert_null(kf_rows_text(&rows, 3));
}

static void after_the_last_row_there_is_none_ever(void **state) {
    KF_AUTO_PTR(kf_db) db = open_db();
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    assert_int_equal(kf_rows_open(db, &rows, "SELECT 1", NULL), KF_OK);
    assert_int_equal(kf_rows_next(&rows, &found), KF_OK);
    assert_true(found);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kf_rows_next(&rows, &found), KF_OK);
        assert_false(found);
    }
    assert_null(kf_rows_text(&rows, 0));
}

static void a_loop_of_runs_binds_anew(void **state) {
    KF_AUTO_PTR(kf_db) db = open_with_table();
    assert_int_equal(kf_db_begin(db), KF_OK);
    for (int64_t i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", (int)i);
        assert_int_equal(kf_db_run(db, "INSERT INTO t (name) VALUES (?)", "s", name), KF_OK);
    }
    assert_int_equal(kf_db_commit(db), KF_OK);
    assert_int_equal(number(db, "SELECT count(DISTINCT name) FROM t"), 1000);
    assert_int_equal(kf_db_run(db, "DELETE FROM t WHERE id > ?", "i", (int64_t)400), KF_OK);
    assert_int_equal(kf_db_changes(db), 600);
}

static void a_taken_name_is_exists_and_the_statement_works_again(void **state) {
    static const char sql[] = "INSERT INTO t (name) VALUES (?)";
    KF_AUTO_PTR(kf_db) db = open_with_table();
    assert_int_equal(kf_db_run(db, sql, "s", "a"), KF_OK);
    assert_int_equal(kf_db_run(db, sql, "s", "a"), KF_E_EXISTS);
    assert_int_equal(kf_db_run(db, sql, "s", "b"), KF_OK);
    assert_int_equal(kf_db_run(db, sql, "s", NULL), KF_OK);
}

static void wrong_statements_are_errors(void **state) {
    KF_AUTO_PTR(kf_db) db = open_with_table();
    KF_AUTO(kf_rows) rows = {0};
    assert_int_equal(kf_db_run(db, "NONSENSE", NULL), KF_E_DATABASE);
    assert_int_equal(kf_db_run(db, "SELECT 1; SELECT 2", NULL), KF_E_DATABASE);
    assert_int_equal(kf_db_run(db, "", NULL), KF_E_DATABASE);
    assert_int_equal(kf_db_run(db, "DELETE FROM t WHERE id = ?", NULL), KF_E_DATABASE);
    assert_int_equal(kf_rows_open(db, &rows, "SELECT nothing FROM t", NULL), KF_E_DATABASE);
    assert_null(rows.statement);
}

static void rolling_back_undoes_and_is_welcome_outside(void **state) {
    KF_AUTO_PTR(kf_db) db = open_with_table();
    kf_db_rollback(NULL);
    kf_db_rollback(db);
    assert_int_equal(kf_db_begin(db), KF_OK);
    assert_int_equal(kf_db_run(db, "INSERT INTO t (name) VALUES ('x')", NULL), KF_OK);
    kf_db_rollback(db);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
}

static int commit_then_die(void) {
    KF_AUTO_PTR(kf_db) db = open_db();
    kf_db_begin(db);
    kf_db_run(db, "INSERT INTO t (name) VALUES ('kept')", NULL);
    kf_db_commit(db);
    kf_db_begin(db);
    kf_db_run(db, "INSERT INTO t (name) VALUES ('lost')", NULL);
    raise(SIGKILL);
    return 0;
}

static void what_was_committed_survives_a_kill(void **state) {
    kf_db_close(open_with_table());
    assert_int_equal(in_child(commit_then_die), -1);
    KF_AUTO_PTR(kf_db) db = open_db();
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE name = 'kept'"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
}

static void migrations_go_forward_and_keep_rows(void **state) {
    kf_db *old = open_with_table();
    assert_int_equal(kf_db_run(old, "INSERT INTO t (name) VALUES ('x')", NULL), KF_OK);
    kf_db_close(old);
    KF_AUTO_PTR(kf_db) db = open_db();
    assert_int_equal(kf_db_schema(db, "test", two_steps, 2), KF_OK);
    assert_int_equal(kf_db_schema(db, "test", two_steps, 2), KF_OK);
    assert_int_equal(number(db, "SELECT more FROM t"), 7);
    assert_int_equal(number(db, "SELECT version FROM kf_rooms WHERE room = 'test'"), 2);
}

static void a_newer_database_is_refused_and_left_alone(void **state) {
    kf_db *newer = open_db();
    assert_int_equal(kf_db_schema(newer, "test", two_steps, 2), KF_OK);
    kf_db_close(newer);
    KF_AUTO_PTR(kf_db) db = open_db();
    assert_int_equal(kf_db_schema(db, "test", one_step, 1), KF_E_DATABASE_NEWER);
    assert_int_equal(number(db, "SELECT version FROM kf_rooms"), 2);
    assert_int_equal(kf_db_begin(db), KF_OK); /* no transaction was left open */
    kf_db_rollback(db);
}

static void a_failed_migration_changes_nothing(void **state) {
    static const char *const bad[] = {"CREATE TABLE a (x); CREATE TABLE b (y)", "NONSENSE"};
    KF_AUTO_PTR(kf_db) db = open_db();
    assert_int_equal(kf_db_schema(db, "test", bad, 2), KF_E_DATABASE);
    assert_non_null(strstr(kf_error_sentence(KF_E_DATABASE), "NONSENSE"));
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_master"), 0);
}

static void rooms_have_versions_of_their_own(void **state) {
    static const char *const other[] = {"CREATE TABLE u (x)"};
    KF_AUTO_PTR(kf_db) db = open_with_table();
    assert_int_equal(kf_db_schema(db, "other", other, 1), KF_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM kf_rooms"), 2);
}

static int open_and_add(void) {
    KF_AUTO_PTR(kf_db) db = NULL;
    if (kf_db_open(in_base_dir("k.db"), &db) != KF_OK ||
        kf_db_schema(db, "test", one_step, 1) != KF_OK)
        return 1;
    for (int i = 0; i < 10; i++)
        if (kf_db_run(db, "INSERT INTO t (data) VALUES (x'00')", NULL) != KF_OK)
            return 2;
    return 0;
}

static void many_processes_may_open_a_new_database_at_once(void **state) {
    pid_t children[6];
    for (size_t i = 0; i < KF_COUNT(children); i++)
        if ((children[i] = fork()) == 0)
            _exit(open_and_add());
    for (size_t i = 0; i < KF_COUNT(children); i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    KF_AUTO_PTR(kf_db) db = open_db();
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 60);
}

static void what_is_no_database_is_named(void **state) {
    kf_db *db = NULL;
    char junk[4096];
    memset(junk, 'j', sizeof junk);
    assert_int_equal(kf_file_write(in_base_dir("k.db"), junk, sizeof junk, 0600), KF_OK);
    assert_int_equal(kf_db_open(in_base_dir("k.db"), &db), KF_E_DATABASE);
    assert_null(db);
    assert_non_null(strstr(kf_error_sentence(KF_E_DATABASE), in_base_dir("k.db")));
    assert_non_null(strstr(kf_error_next(KF_E_DATABASE), "backup"));
}

static void links_and_missing_folders_are_refused(void **state) {
    kf_db *db = NULL;
    assert_int_equal(kf_db_open(in_base_dir("none/k.db"), &db), KF_E_NOT_FOUND);
    assert_int_equal(symlink(in_base_dir("real.db"), in_base_dir("k.db")), 0);
    assert_int_equal(kf_db_open(in_base_dir("k.db"), &db), KF_E_PERMISSION);
    assert_false(kf_file_exists(in_base_dir("real.db")));
}

static void a_linked_folder_above_is_fine(void **state) {
    kf_db *db = NULL;
    assert_int_equal(mkdir(in_base_dir("real"), 0700), 0);
    assert_int_equal(symlink("real", in_base_dir("linked")), 0);
    assert_int_equal(kf_db_open(in_base_dir("linked/k.db"), &db), KF_OK);
    kf_db_close(db);
    assert_true(kf_file_exists(in_base_dir("real/k.db")));
}

/* The page limit makes SQLite say SQLITE_FULL, as it does for ENOSPC. */
static void a_full_disk_is_told_and_the_rows_stay(void **state) {
    KF_AUTO_PTR(kf_db) db = open_with_table();
    assert_int_equal(kf_db_run(db, "INSERT INTO t (name) VALUES ('x')", NULL), KF_OK);
    assert_int_equal(kf_db_run(db, "PRAGMA max_page_count = 1", NULL), KF_OK);
    assert_int_equal(kf_db_run(db, "INSERT INTO t (data) VALUES (zeroblob(100000))", NULL),
                     KF_E_DISK_FULL);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
}

/* --- after a fork --- */

static kf_db *inherited;

static int open_in_child(void) {
    kf_db *own = NULL;
    kf_err err = kf_db_open(in_base_dir("x.db"), &own);
    kf_db_close(own);
    kf_db_close(inherited);
    return (int)err;
}

static void the_child_of_a_fork_opens_its_own_connection(void **state) {
    assert_int_equal(kf_db_open(in_base_dir("x.db"), &inherited), KF_OK);
    assert_int_equal(kf_db_run(inherited, "CREATE TABLE t (name)", NULL), KF_OK);
    assert_int_equal(in_child(open_in_child), KF_OK);
    assert_int_equal(kf_db_run(inherited, "INSERT INTO t VALUES ('x')", NULL), KF_OK);
    kf_db_close(inherited);
}

static void a_fork_in_the_middle_of_a_transaction_does_not_harm_it(void **state) {
    assert_int_equal(kf_db_open(in_base_dir("x.db"), &inherited), KF_OK);
    assert_int_equal(kf_db_begin(inherited), KF_OK);
    assert_int_equal(kf_db_run(inherited, "CREATE TABLE t (name)", NULL), KF_OK);
    assert_int_equal(in_child(open_in_child), KF_E_STATE);
    assert_int_equal(kf_db_commit(inherited), KF_OK);
    assert_int_equal(kf_db_run(inherited, "INSERT INTO t VALUES ('x')", NULL), KF_OK);
    kf_db_close(inherited);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIR(the_file_is_private_whatever_the_umask),
        IN_DIR(the_modes_are_those_of_a_journal),
        IN_DIR(values_come_back_as_they_were),
        IN_DIR(after_the_last_row_there_is_none_ever),
        IN_DIR(a_loop_of_runs_binds_anew),
        IN_DIR(a_taken_name_is_exists_and_the_statement_works_again),
        IN_DIR(wrong_statements_are_errors),
        IN_DIR(rolling_back_undoes_and_is_welcome_outside),
        IN_DIR(what_was_committed_survives_a_kill),
        IN_DIR(migrations_go_forward_and_keep_rows),
        IN_DIR(a_newer_database_is_refused_and_left_alone),
        IN_DIR(a_failed_migration_changes_nothing),
        IN_DIR(rooms_have_versions_of_their_own),
        IN_DIR(many_processes_may_open_a_new_database_at_once),
        IN_DIR(what_is_no_database_is_named),
        IN_DIR(links_and_missing_folders_are_refused),
        IN_DIR(a_linked_folder_above_is_fine),
        IN_DIR(a_full_disk_is_told_and_the_rows_stay),
        IN_DIR(the_child_of_a_fork_opens_its_own_connection),
        IN_DIR(a_fork_in_the_middle_of_a_transaction_does_not_harm_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
