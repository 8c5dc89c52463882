// SPDX-License-Identifier: Apache-2.0
// The database file: made private, opened with WAL and synchronous=FULL, and its transactions.
#include "base/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"

#define WAIT_MS 10000

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

kf_err kf_fail_sqlite(const kf_db *db, int rc) {
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
        return kf_fail_sqlite(db, rc);
    return KF_OK;
}

static kf_err connect_to(kf_db *db) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE;
#ifdef SQLITE_OPEN_NOFOLLOW
    flags |= SQLITE_OPEN_NOFOLLOW;
#endif
    int rc = sqlite3_open_v2(db->path, &db->sqlite, flags, NULL);
    if (rc != SQLITE_OK)
        return kf_fail_sqlite(db, rc);
    sqlite3_busy_timeout(db->sqlite, WAIT_MS);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    return set_modes(db);
}

bool kf_db_disconnect(kf_db *db) {
    for (size_t i = 0; i < KEPT_MAX; i++) {
        sqlite3_finalize(db->kept[i]);
        db->kept[i] = NULL;
    }
    if (sqlite3_close(db->sqlite) != SQLITE_OK)
        return false;
    db->sqlite = NULL;
    return true;
}

void kf_db_close(kf_db *db) {
    if (!db || !kf_db_forget(db))
        return;
    if (!kf_db_disconnect(db))
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
    KF_TRY(kf_db_note(db));
    KF_TRY(make_file(folder, db->path));
    KF_TRY(connect_to(db));
    *ret_db = KF_MOVE(db);
    return KF_OK;
}

kf_err kf_db_begin(kf_db *db) {
    int rc = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    return rc == SQLITE_OK ? KF_OK : kf_fail_sqlite(db, rc);
}

kf_err kf_db_commit(kf_db *db) {
    int rc = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return KF_OK;
    kf_err err = kf_fail_sqlite(db, rc);
    kf_db_rollback(db);
    return err;
}

void kf_db_rollback(kf_db *db) {
    if (db && !sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
}

kf_err kf_db_end(kf_db *db, kf_err err) {
    struct kf_error_saved saved;
    if (err == KF_OK)
        return kf_db_commit(db);
    kf_error_save(&saved);
    kf_db_rollback(db);
    kf_error_restore(&saved);
    return err;
}
