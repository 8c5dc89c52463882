// SPDX-License-Identifier: Apache-2.0
// Statements: values bound, run or read row by row.
#include "base/sqlite.h"

#include <assert.h>
#include <string.h>

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
        return kf_fail_sqlite(db, rc);
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
    kf_err err = rc == SQLITE_DONE ? KF_OK : kf_fail_sqlite(db, rc);
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

kf_err kf_rows_open(kf_db *db, kf_rows *ret_rows, const char *sql, const char *types, ...) {
    sqlite3_stmt *statement = NULL;
    KF_TRY(prepare(db, sql, &statement));
    va_list args;
    va_start(args, types);
    int rc = bind_values(statement, types ? types : "", args, SQLITE_TRANSIENT);
    va_end(args);
    if (rc != SQLITE_OK) {
        kf_err err = kf_fail_sqlite(db, rc);
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
        kf_err err = kf_fail_sqlite(rows->db, rc);
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
