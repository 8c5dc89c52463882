// SPDX-License-Identifier: Apache-2.0
// The insides of kf_db, for the files that call SQLite.
#pragma once

#include <sqlite3.h>

#include "base/db.h"

#define ROOMS_MAX 8
#define KEPT_MAX  8

struct kf_db {
    sqlite3 *sqlite;
    kf_db *next; /* of this process's connections; inherited.c */
    char *path;
    sqlite3_stmt *kept[KEPT_MAX]; /* of kf_db_run(), latest first, so that a loop prepares once */
    struct {
        const char *const *steps;
        size_t n_steps;
    } ready[ROOMS_MAX]; /* schemas seen to be up to date */
};

/* An error code of SQLite with its sentence. */
kf_err kf_fail_sqlite(const kf_db *db, int rc);

/* False when SQLite still has statements of it. */
bool kf_db_disconnect(kf_db *db);

/* The connections of this process. Before one is opened or closed, SQLite is made to forget those
 * that a fork has brought here: KF_E_STATE when it cannot be. */
kf_err kf_db_note(kf_db *db);
/* False for one that must be left alone, with its memory. */
bool kf_db_forget(kf_db *db);
