// SPDX-License-Identifier: Apache-2.0
// A request as a row of the database. Only the journal uses it, inside its transactions.
#pragma once

#include "enroll/journal.h"

/* The tables, made or brought up to date. */
kf_err kf_journal_open(kf_context *context, kf_db **ret_db);

/* Sets `request->number`. */
kf_err kf_row_insert(kf_db *db, kf_request *request);
/* Writes state and changing fields if the row is as it was loaded, otherwise KF_E_BUSY. `request`
 * itself stays as it is. */
kf_err kf_row_update(kf_db *db, const kf_request *request, enum kf_request_state to, int64_t now);
kf_err kf_row_select(kf_db *db, int64_t number, kf_request *ret_request);

/* One row of the history, in the caller's transaction; `from` is NULL for the first. */
kf_err kf_history_add(kf_context *context, kf_db *db, const kf_request *request, const char *from,
                      const char *to, const char *note);
