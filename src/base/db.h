// SPDX-License-Identifier: Apache-2.0
// The one door to SQLite: WAL, synchronous=FULL, prepared statements, migrations by room.
#pragma once

#include "base/buf.h"

#include <stdint.h>

typedef struct kf_db kf_db;

/* Open or make a database file (0600, local file systems only). Waits up to 10 s for others. The
 * child of a fork opens its own; one that it inherited it may close, and nothing else. */
kf_err kf_db_open(const char *path, kf_db **ret_db);
void kf_db_close(kf_db *db);

/* Bring the tables of one room up to date: `steps[i]` leads from version i to i + 1, all in one
 * transaction. A newer version than `n_steps` in the file is KF_E_DATABASE_NEWER and nothing is
 * changed. Cheap when called again. */
kf_err kf_db_schema(kf_db *db, const char *room, const char *const steps[], size_t n_steps);

/* Values are bound by `types`: s = const char * (NULL is NULL), i = int64_t, b = const void * then
 * size_t. A row that a UNIQUE or PRIMARY KEY forbids is KF_E_EXISTS. */
kf_err kf_db_run(kf_db *db, const char *sql, const char *types, ...);
/* As above with the values as an array, for rows that are described by a table. */
struct kf_value {
    char type;        /* 's', 'i' or 'b' */
    const void *data; /* of 's' and 'b'; NULL is NULL */
    size_t len;       /* of 'b' */
    int64_t number;   /* of 'i' */
};
kf_err kf_db_run_values(kf_db *db, const char *sql, const struct kf_value *values, size_t count);
/* How many rows the last kf_db_run() changed, and the last row id it made. */
int64_t kf_db_changes(kf_db *db);
int64_t kf_db_last_id(kf_db *db);

/* Transactions: BEGIN IMMEDIATE ... COMMIT. kf_db_commit() returns only after the bytes are on
 * disk; when it fails, everything is rolled back. */
kf_err kf_db_begin(kf_db *db);
kf_err kf_db_commit(kf_db *db);
void kf_db_rollback(kf_db *db); /* nothing happens outside a transaction */
/* The end of a transaction whose work came to `err`: commit when that is KF_OK, otherwise roll back
 * and keep what the error says. */
kf_err kf_db_end(kf_db *db, kf_err err);

/* Reading: start with `= {0}`; open, next until it gives false, clear. Column values are valid
 * until the next row. */
typedef struct kf_rows {
    void *statement;
    kf_db *db;
} kf_rows;
kf_err kf_rows_open(kf_db *db, kf_rows *ret_rows, const char *sql, const char *types, ...);
kf_err kf_rows_next(kf_rows *rows, bool *ret_found);
const char *kf_rows_text(kf_rows *rows, int column); /* NULL for NULL */
int64_t kf_rows_int(kf_rows *rows, int column);
const uint8_t *kf_rows_blob(kf_rows *rows, int column, size_t *ret_len);
bool kf_rows_is_null(kf_rows *rows, int column);
void kf_rows_clear(kf_rows *rows);
