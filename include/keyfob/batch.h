// SPDX-License-Identifier: Apache-2.0
// Batches: many recipients from a CSV file, each an order of its own.
#pragma once

#include <keyfob/request.h>

#define KF_BATCH_ROWS_MAX 10000
#define KF_BATCH_ID_MAX   24 /* "b-4" */

struct kf_batch_order {
    const char *name;   /* what people call it, the file's name for example */
    const uint8_t *csv; /* RFC 4180, UTF-8, with a header line; "," ";" or tab */
    size_t csv_len;
    /* What is the same for all rows. A column named "subject", "cn", "email", "dns", "upn", "san",
     * "container", "key", "profile" or "csr" (a file's name) sets that of its row; every other
     * column is a field of the CA's form. "cn" goes before the subject that is there; several names
     * in one cell are separated by ";" or "|". Empty cells leave it as it is here. */
    struct kf_enroll_order common;
};
/* Look at every row, and ask the CA's form about it; nothing is recorded: keyfob.batch/1. Usable
 * rows and those that need attention, each with its problems; `problems` [{column, text}] of the
 * table as a whole, with which it cannot be begun, and the CA's `notes` on its rows, each once. */
kf_err kf_batch_check(kf_context *context, const struct kf_batch_order *order,
                      struct json_t **ret_json);
/* Record the batch; rows with problems are parked from the start. Nothing is ordered yet. */
kf_err kf_batch_begin(kf_context *context, const struct kf_batch_order *order,
                      char ret_id[static KF_BATCH_ID_MAX]);
/* Order row after row; a row that fails is parked and the next one goes on. Also goes on after an
 * interruption or a crash: no row is ordered twice. KF_OK: all rows are done; KF_E_PENDING:
 * ordered, and the CA has not decided on all; KF_E_PARKED: finished, some rows are parked. A wrong
 * PIN, an absent token or an unreachable CA stops the batch where it is, with that error. */
kf_err kf_batch_run(kf_context *context, const char *id);
/* Correct a parked row (`changes`: JSON object of columns, or NULL) and make it ready again.
 * KF_E_USAGE when it stays parked; KF_E_STATE when its request may still become a certificate. */
kf_err kf_batch_retry(kf_context *context, const char *id, int64_t row, const char *changes);
/* keyfob.batch/1 with rows [{row, status: ready|ordered|done|parked|skipped, subject, request,
 * problem, warning?, cells}], `columns`, `counts` {rows, ready, ordered, ...}; an array of all
 * without rows. */
kf_err kf_batch_json(kf_context *context, const char *id, struct json_t **ret_json);
kf_err kf_batches_json(kf_context *context, struct json_t **ret_json);
/* The parked rows as a CSV with a last column "problem"; cells that a spreadsheet would take for a
 * formula are quoted. Free with free(). */
kf_err kf_batch_errors(kf_context *context, const char *id, uint8_t **ret_csv, size_t *ret_len);
