// SPDX-License-Identifier: Apache-2.0
// Batches as documents, and the parked rows as a table to be corrected.
#include <string.h>

#include "base/text.h"
#include "enroll/batch_rows.h"

void kf_batch_count(const kf_batch_rows *rows, size_t ret_counts[static KF_ROW_STATUS_COUNT]) {
    memset(ret_counts, 0, KF_ROW_STATUS_COUNT * sizeof *ret_counts);
    for (size_t i = 0; i < rows->count; i++)
        ret_counts[rows->items[i].status]++;
}

static kf_err row_json(const kf_batch_row *row, json_t **ret_json) {
    char id[KF_REQUEST_ID_MAX] = "";
    if (row->request)
        snprintf(id, sizeof id, "r-%lld", (long long)row->request);
    bool tells = row->status == KF_ROW_PARKED || row->status == KF_ROW_ORDERED;
    KF_AUTO_PTR(json_t)
    json = json_pack("{s:I, s:s, s:s, s:s?, s:s?, s:O}", "row", (json_int_t)row->number, "status",
                     kf_batch_row_status_name(row->status), "subject", row->title ? row->title : "",
                     "request", *id ? id : NULL, "problem", tells ? row->problem : NULL, "cells",
                     row->cells);
    KF_TRY(kf_json_ready(json));
    if (row->warning)
        KF_TRY(kf_json_set(json, "warning", json_string(row->warning)));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

static kf_err add_rows(const kf_batch_rows *rows, json_t *document) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < rows->count; i++) {
        json_t *row = NULL;
        KF_TRY(row_json(&rows->items[i], &row));
        KF_TRY(kf_json_append(list, row));
    }
    return kf_json_set(document, "rows", KF_MOVE(list));
}

static kf_err add_counts(const size_t *counts, size_t all, json_t *document) {
    KF_AUTO_PTR(json_t) json = json_pack("{s:I}", "rows", (json_int_t)all);
    KF_TRY(kf_json_ready(json));
    for (int status = 0; status < KF_ROW_STATUS_COUNT; status++)
        KF_TRY(kf_json_set(json, kf_batch_row_status_name((enum kf_row_status)status),
                           json_integer((json_int_t)counts[status])));
    return kf_json_set(document, "counts", KF_MOVE(json));
}

/* What stands out: something to do, to wait for, to correct, or nothing. */
static const char *status_of(const size_t *counts) {
    static const enum kf_row_status order[] = {KF_ROW_READY, KF_ROW_ORDERED, KF_ROW_PARKED};
    for (size_t i = 0; i < KF_COUNT(order); i++)
        if (counts[order[i]])
            return kf_batch_row_status_name(order[i]);
    return kf_batch_row_status_name(KF_ROW_DONE);
}

static kf_err add_record(const kf_batch *batch, json_t *document) {
    char id[KF_BATCH_ID_MAX], created[21];
    if (!batch->number)
        return KF_OK;
    kf_batch_id(batch, id);
    kf_time_text(batch->created, created);
    KF_TRY(kf_json_set(document, "id", json_string(id)));
    KF_TRY(kf_json_set(document, "created_at", json_string(created)));
    return batch->who ? kf_json_set(document, "who", json_string(batch->who)) : KF_OK;
}

kf_err kf_batch_document(const kf_batch *batch, const kf_batch_rows *rows, bool with_rows,
                         json_t **ret_json) {
    size_t counts[KF_ROW_STATUS_COUNT];
    kf_batch_count(rows, counts);
    KF_AUTO_PTR(json_t)
    json = json_pack("{s:s, s:s, s:s, s:s, s:O}", "schema", "keyfob.batch/1", "name",
                     batch->name ? batch->name : "", "connection", batch->order.connection,
                     "status", status_of(counts), "columns", batch->columns);
    KF_TRY(kf_json_ready(json));
    KF_TRY(add_record(batch, json));
    KF_TRY(add_counts(counts, rows->count, json));
    if (with_rows)
        KF_TRY(add_rows(rows, json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

kf_err kf_batch_json(kf_context *context, const char *id, json_t **ret_json) {
    KF_AUTO(kf_batch) batch = {0};
    KF_AUTO(kf_batch_rows) rows = {0};
    KF_TRY(kf_batch_load(context, id, &batch));
    KF_TRY(kf_batch_load_rows(context, &batch, &rows));
    return kf_batch_document(&batch, &rows, true, ret_json);
}

kf_err kf_batches_json(kf_context *context, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_AUTO_FREE int64_t *numbers = NULL;
    size_t count = 0;
    KF_TRY(kf_json_ready(list));
    KF_TRY(kf_batch_numbers(context, &numbers, &count));
    for (size_t i = 0; i < count; i++) {
        KF_AUTO(kf_batch) batch = {0};
        KF_AUTO(kf_batch_rows) rows = {0};
        json_t *json = NULL;
        char id[KF_BATCH_ID_MAX];
        snprintf(id, sizeof id, "b-%lld", (long long)numbers[i]);
        KF_TRY(kf_batch_load(context, id, &batch));
        KF_TRY(kf_batch_load_rows(context, &batch, &rows));
        KF_TRY(kf_batch_document(&batch, &rows, false, &json));
        KF_TRY(kf_json_append(list, json));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

/* --- the parked rows --- */

static kf_err add_line(const kf_batch *batch, const kf_batch_row *row, kf_buf *csv) {
    size_t count = json_array_size(batch->columns);
    for (size_t i = 0; i < count; i++) {
        const char *column = json_string_value(json_array_get(batch->columns, i));
        KF_TRY(kf_csv_add_cell(csv, row ? kf_batch_row_cell(row, column) : column, i == 0));
    }
    const char *problem = row && row->problem ? row->problem : "";
    KF_TRY(kf_csv_add_cell(csv, row ? problem : "problem", false));
    return kf_buf_add_str(csv, "\r\n"); /* RFC 4180 2.1 */
}

kf_err kf_batch_errors(kf_context *context, const char *id, uint8_t **ret_csv, size_t *ret_len) {
    KF_AUTO(kf_batch) batch = {0};
    KF_AUTO(kf_batch_rows) rows = {0};
    KF_AUTO(kf_buf) csv = {0};
    KF_TRY(kf_batch_load(context, id, &batch));
    KF_TRY(kf_batch_load_rows(context, &batch, &rows));
    KF_TRY(add_line(&batch, NULL, &csv));
    for (size_t i = 0; i < rows.count; i++)
        if (rows.items[i].status == KF_ROW_PARKED)
            KF_TRY(add_line(&batch, &rows.items[i], &csv));
    *ret_len = csv.len;
    *ret_csv = KF_MOVE(csv.data);
    return KF_OK;
}
