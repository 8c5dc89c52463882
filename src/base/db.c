// SPDX-License-Identifier: Apache-2.0
// The one door to SQLite: WAL, synchronous=FULL, prepared statements, migrations by room.
#include "base/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"

#define WAIT_MS   10000
#define ROOMS_MAX 8
#define KEPT_MAX  8

struct kf_db {
    sqlite3 *sqlite;
    char *path;
    sqlite3_stmt *kept[KEPT_MAX]; /* of kf_db_run(), latest first, so that a loop prepares once */
    struct {
        const char *const *steps;
        size_t n_steps;
    } ready[ROOMS_MAX]; /* schemas seen to be up to date */
};

static kf_err code_of(sqlite3 *sqlite, int rc) {
    static const struct {
        int rc;
        kf_err code;
    } meanings[] = {
        {SQLITE_FULL, KF_E_DISK_FULL},   {SQLITE_BUSY, KF_E_BUSY},
        {SQLITE_LOCKED, KF_E_BUSY},      {SQLITE_NOMEM, KF_E_MEMORY},
        {SQLITE_PERM, KF_E_PERMISSION},  {SQLITE_READONLY, KF_E_PERMISSION},
        {SQLITE_TOOBIG, KF_E_TOO_LARGE}, {SQLITE_INTERRUPT, KF_E_INTERRUPTED},
    };
    if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
        return KF_E_EXISTS;
    int primary = rc & 0xff, error = sqlite ? sqlite3_system_errno(sqlite) : 0;
    if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) &&
        (error == ENOSPC || error == EDQUOT))
        return KF_E_DISK_FULL;
    if (primary == SQLITE_CANTOPEN && (error == EACCES || error == EPERM || error == EROFS))
        return KF_E_PERMISSION;
    for (size_t i = 0; i < KF_COUNT(meanings); i++)
        if (meanings[i].rc == primary)
            return meanings[i].code;
    return KF_E_DATABASE;
}

static kf_err fail_sqlite(const kf_db *db, int rc) {
    int primary = rc & 0xff;
    if (primary == SQLITE_NOTADB || primary == SQLITE_CORRUPT) {
        kf_fail(KF_E_DATABASE, "\"%s\" is damaged or no keyfob database: %s", db->path,
                sqlite3_errstr(rc));
        kf_error_hint("Restore \"%s\" from a backup, or move it away to begin with an empty one.",
                      db->path);
        return KF_E_DATABASE;
    }
    const char *why = db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc);
    return kf_fail(code_of(db->sqlite, rc), "the database \"%s\": %s", db->path, why);
}

/* Made by us so that it is 0600 whatever the umask. An existing file is only looked at and never
 * opened here: closing it again would drop the locks of another connection of this process (POSIX
 * fcntl locks). */
static kf_err make_file(const char *folder, const char *path) {
    struct stat st;
    if (lstat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return kf_fail(KF_E_PERMISSION, "the database \"%s\" is not a regular file", path);
        if (st.st_uid != geteuid())
            return kf_fail(KF_E_PERMISSION, "the database \"%s\" belongs to another user", path);
        return KF_OK;
    }
    int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    KF_AUTO_CLOSE int fd = open(path, flags, 0600);
    if (fd < 0 && errno == EEXIST)
        return KF_OK;
    if (fd < 0)
        return kf_fail_errno(errno, "making the database", path);
    KF_AUTO_CLOSE int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0 || fsync(at) != 0)
        return kf_fail_errno(errno, "writing to disk the folder", folder);
    return KF_OK;
}

/* The path with its folder resolved, as SQLITE_OPEN_NOFOLLOW refuses links anywhere in a path, even
 * above /home. */
static kf_err resolve(const char *path, char **ret_folder, char **ret_path) {
    const char *slash = strrchr(path, '/');
    KF_AUTO_FREE char *given =
        !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    KF_AUTO_FREE char *folder = given ? realpath(given, NULL) : NULL;
    if (!folder)
        return kf_fail_errno(errno, "opening the folder of", path);
    char *whole = kf_str("%s/%s", folder, slash ? slash + 1 : path);
    if (!whole)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_folder = KF_MOVE(folder);
    *ret_path = whole;
    return KF_OK;
}

/* Going over to WAL may answer "busy" without waiting when several open a new file at once. */
static kf_err set_modes(kf_db *db) {
    int rc = SQLITE_OK;
    for (int waited = 0; waited < WAIT_MS; waited += 20) {
        rc = sqlite3_exec(db->sqlite, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", NULL,
                          NULL, NULL);
        if ((rc & 0xff) != SQLITE_BUSY)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    if (rc != SQLITE_OK)
        return fail_sqlite(db, rc);
    return KF_OK;
}

static kf_err connect_to(kf_db *db) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
#ifdef SQLITE_OPEN_NOFOLLOW
    flags |= SQLITE_OPEN_NOFOLLOW;
#endif
    int rc = sqlite3_open_v2(db->path, &db->sqlite, flags, NULL);
    if (rc != SQLITE_OK)
        return fail_sqlite(db, rc);
    sqlite3_busy_timeout(db->sqlite, WAIT_MS);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    return set_modes(db);
}

void kf_db_close(kf_db *db) {
    if (!db)
        return;
    for (size_t i = 0; i < KEPT_MAX; i++)
        sqlite3_finalize(db->kept[i]);
    sqlite3_close_v2(db->sqlite);
    free(db->path);
    free(db);
}
KF_DEFINE_AUTO_PTR_WITH(kf_db, kf_db_close)

kf_err kf_db_open(const char *path, kf_db **ret_db) {
    KF_AUTO_FREE char *folder = NULL;
    KF_AUTO_PTR(kf_db) db = calloc(1, sizeof *db);
    if (!db)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(resolve(path, &folder, &db->path));
    KF_TRY(kf_dir_check_local(folder));
    KF_TRY(make_file(folder, db->path));
    KF_TRY(connect_to(db));
    *ret_db = KF_MOVE(db);
    return KF_OK;
}

/* `lasting` says whether the values outlive the statement's use. */
static int bind_values(sqlite3_stmt *statement, const char *types, va_list args,
                       sqlite3_destructor_type lasting) {
    int rc =
        (int)strlen(types) == sqlite3_bind_parameter_count(statement) ? SQLITE_OK : SQLITE_RANGE;
    for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
        if (types[i] == 's') {
            rc = sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, lasting);
        } else if (types[i] == 'i') {
            rc = sqlite3_bind_int64(statement, i + 1, va_arg(args, int64_t));
        } else {
            const void *data = va_arg(args, const void *);
            size_t len = va_arg(args, size_t);
            rc = sqlite3_bind_blob64(statement, i + 1, data, len, lasting);
        }
    }
    return rc;
}

static kf_err prepare(kf_db *db, const char *sql, sqlite3_stmt **ret_statement) {
    const char *rest = NULL;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, ret_statement, &rest);
    if (rc != SQLITE_OK)
        return fail_sqlite(db, rc);
    if (*ret_statement && rest[strspn(rest, "; \t\n")] == '\0')
        return KF_OK;
    sqlite3_finalize(*ret_statement);
    *ret_statement = NULL;
    return kf_fail(KF_E_DATABASE, "not exactly one statement: %s", sql);
}

/* Moves the statement to the front; the one that was used longest ago makes room for a new one. */
static kf_err prepare_kept(kf_db *db, const char *sql, sqlite3_stmt **ret_statement) {
    size_t place = 0;
    while (place < KEPT_MAX - 1 && db->kept[place] && strcmp(sqlite3_sql(db->kept[place]), sql))
        place++;
    sqlite3_stmt *statement = db->kept[place];
    if (!statement || strcmp(sqlite3_sql(statement), sql)) {
        sqlite3_finalize(statement);
        db->kept[place] = NULL;
        KF_TRY(prepare(db, sql, &statement));
    }
    memmove(db->kept + 1, db->kept, place * sizeof *db->kept);
    *ret_statement = db->kept[0] = statement;
    return KF_OK;
}

/* `rc` is the outcome of binding. */
static kf_err run(kf_db *db, sqlite3_stmt *statement, int rc) {
    while (rc == SQLITE_OK || rc == SQLITE_ROW)
        rc = sqlite3_step(statement);
    kf_err err = rc == SQLITE_DONE ? KF_OK : fail_sqlite(db, rc);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return err;
}

kf_err kf_db_run(kf_db *db, const char *sql, const char *types, ...) {
    sqlite3_stmt *statement = NULL;
    KF_TRY(prepare_kept(db, sql, &statement));
    va_list args;
    va_start(args, types);
    int rc = bind_values(statement, types ? types : "", args, SQLITE_STATIC);
    va_end(args);
    return run(db, statement, rc);
}

static int bind_value(sqlite3_stmt *statement, int place, const struct kf_value *value) {
    if (value->type == 'i')
        return sqlite3_bind_int64(statement, place, value->number);
    if (value->type == 's')
        return sqlite3_bind_text(statement, place, value->data, -1, SQLITE_STATIC);
    assert(value->type == 'b');
    return sqlite3_bind_blob64(statement, place, value->data, value->len, SQLITE_STATIC);
}

kf_err kf_db_run_values(kf_db *db, const char *sql, const struct kf_value *values, size_t count) {
    sqlite3_stmt *statement = NULL;
    KF_TRY(prepare_kept(db, sql, &statement));
    int rc = (int)count == sqlite3_bind_parameter_count(statement) ? SQLITE_OK : SQLITE_RANGE;
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++)
        rc = bind_value(statement, (int)i + 1, &values[i]);
    return run(db, statement, rc);
}

int64_t kf_db_changes(kf_db *db) {
    return sqlite3_changes(db->sqlite);
}

int64_t kf_db_last_id(kf_db *db) {
    return sqlite3_last_insert_rowid(db->sqlite);
}

kf_err kf_db_begin(kf_db *db) {
    int rc = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    return rc == SQLITE_OK ? KF_OK : fail_sqlite(db, rc);
}

kf_err kf_db_commit(kf_db *db) {
    int rc = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return KF_OK;
    kf_err err = fail_sqlite(db, rc);
    kf_db_rollback(db);
    return err;
}

void kf_db_rollback(kf_db *db) {
    if (db && !sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

kf_err kf_rows_open(kf_db *db, kf_rows *ret_rows, const char *sql, const char *types, ...) {
    sqlite3_stmt *statement = NULL;
    KF_TRY(prepare(db, sql, &statement));
    va_list args;
    va_start(args, types);
    int rc = bind_values(statement, types ? types : "", args, SQLITE_TRANSIENT);
    va_end(args);
    if (rc != SQLITE_OK) {
        kf_err err = fail_sqlite(db, rc);
        sqlite3_finalize(statement);
        return err;
    }
    kf_rows_clear(ret_rows);
    *ret_rows = (kf_rows){.statement = statement, .db = db};
    return KF_OK;
}

kf_err kf_rows_next(kf_rows *rows, bool *ret_found) {
    int rc = rows->statement ? sqlite3_step(rows->statement) : SQLITE_DONE;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        kf_err err = fail_sqlite(rows->db, rc);
        kf_rows_clear(rows);
        return err;
    }
    if (rc == SQLITE_DONE)
        kf_rows_clear(rows); /* another step would begin again from the first row */
    *ret_found = rc == SQLITE_ROW;
    return KF_OK;
}

const char *kf_rows_text(kf_rows *rows, int column) {
    return (const char *)sqlite3_column_text(rows->statement, column);
}

int64_t kf_rows_int(kf_rows *rows, int column) {
    return sqlite3_column_int64(rows->statement, column);
}

const uint8_t *kf_rows_blob(kf_rows *rows, int column, size_t *ret_len) {
    const uint8_t *data = sqlite3_column_blob(rows->statement, column);
    *ret_len = (size_t)sqlite3_column_bytes(rows->statement, column);
    return data;
}

bool kf_rows_is_null(kf_rows *rows, int column) {
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

void kf_rows_clear(kf_rows *rows) {
    if (!rows)
        return;
    sqlite3_finalize(rows->statement);
    rows->statement = NULL;
}

/* The version in the file: 0 when the room (or the table of rooms) is not there yet. */
static kf_err schema_version(kf_db *db, const char *room, size_t *ret_version) {
    KF_AUTO(kf_rows) rows = {0};
    bool found = false;
    *ret_version = 0;
    KF_TRY(kf_rows_open(db, &rows, "SELECT 1 FROM sqlite_master WHERE name = 'kf_rooms'", NULL));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return KF_OK;
    KF_TRY(kf_rows_open(db, &rows, "SELECT version FROM kf_rooms WHERE room = ?", "s", room));
    KF_TRY(kf_rows_next(&rows, &found));
    if (found)
        *ret_version = (size_t)kf_rows_int(&rows, 0);
    return KF_OK;
}

static kf_err run_steps(kf_db *db, const char *room, const char *const steps[], size_t n_steps) {
    size_t version = 0;
    KF_TRY(schema_version(db, room, &version)); /* again: another process may have been here */
    if (version > n_steps)
        return kf_fail(KF_E_DATABASE_NEWER,
                       "the part \"%s\" of \"%s\" has version %zu, this keyfob knows %zu", room,
                       db->path, version, n_steps);
    KF_TRY(kf_db_run(db,
                     "CREATE TABLE IF NOT EXISTS kf_rooms"
                     " (room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
                     NULL));
    for (size_t i = version; i < n_steps; i++) {
        int rc = sqlite3_exec(db->sqlite, steps[i], NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return fail_sqlite(db, rc);
    }
    return kf_db_run(db, "INSERT OR REPLACE INTO kf_rooms (room, version) VALUES (?, ?)", "si",
                     room, (int64_t)n_steps);
}

static kf_err migrate(kf_db *db, const char *room, const char *const steps[], size_t n_steps) {
    KF_TRY(kf_db_begin(db));
    kf_err err = run_steps(db, room, steps, n_steps);
    if (err != KF_OK) {
        struct kf_error_saved saved;
        kf_error_save(&saved);
        kf_db_rollback(db);
        kf_error_restore(&saved);
        return err;
    }
    return kf_db_commit(db);
}

kf_err kf_db_schema(kf_db *db, const char *room, const char *const steps[], size_t n_steps) {
    size_t free_slot = ROOMS_MAX, version = 0;
    for (size_t i = ROOMS_MAX; i-- > 0;) {
        if (db->ready[i].steps == steps && db->ready[i].n_steps == n_steps)
            return KF_OK;
        if (!db->ready[i].steps)
            free_slot = i;
    }
    KF_TRY(schema_version(db, room, &version));
    if (version != n_steps)
        KF_TRY(migrate(db, room, steps, n_steps));
    if (free_slot < ROOMS_MAX) {
        db->ready[free_slot].steps = steps;
        db->ready[free_slot].n_steps = n_steps;
    }
    return KF_OK;
}
