// SPDX-License-Identifier: Apache-2.0
// Migrations: each room brings its tables up to date, all in one transaction.
#include "base/sqlite.h"

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
            return kf_fail_sqlite(db, rc);
    }
    return kf_db_run(db, "INSERT OR REPLACE INTO kf_rooms (room, version) VALUES (?, ?)", "si",
                     room, (int64_t)n_steps);
}

static kf_err migrate(kf_db *db, const char *room, const char *const steps[], size_t n_steps) {
    KF_TRY(kf_db_begin(db));
    return kf_db_end(db, run_steps(db, room, steps, n_steps));
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
