// SPDX-License-Identifier: Apache-2.0
// Rows that an earlier batch has ordered already: a file that is run once more, in place of the
// batch that was stopped.
#include "base/text.h"
#include "enroll/batch_rows.h"

kf_err kf_batch_row_earlier(kf_context *context, const kf_batch *batch, const kf_batch_row *row,
                            char **ret_text) {
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    bool found = false;
    KF_TRY(kf_batch_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows,
                        "SELECT b.batch, b.row, b.request FROM batch_rows b"
                        " JOIN requests q ON q.number = b.request"
                        " WHERE b.print = ? AND b.batch <> ? AND q.connection = ?"
                        " AND q.state NOT IN ('rejected', 'failed', 'withdrawn')"
                        " ORDER BY b.batch DESC LIMIT 1",
                        "sis", row->print, batch->number, batch->order.connection));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return KF_OK;
    *ret_text = kf_str("row %lld of the batch b-%lld has ordered the same (request r-%lld)",
                       (long long)kf_rows_int(&rows, 1), (long long)kf_rows_int(&rows, 0),
                       (long long)kf_rows_int(&rows, 2));
    return *ret_text ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}
