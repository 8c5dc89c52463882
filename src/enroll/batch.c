// SPDX-License-Identifier: Apache-2.0
// Batches: looked at, recorded, corrected.
#include <string.h>

#include "base/text.h"
#include "enroll/batch_rows.h"
#include "enroll/journal.h"

/* --- looking and recording --- */

struct table {
    kf_batch batch;
    kf_batch_rows rows;
    kf_batch_look *look;
};

static void table_clear(struct table *table) {
    kf_batch_look_free(table->look);
    kf_batch_rows_clear(&table->rows);
    kf_batch_clear(&table->batch);
}

static kf_err set_text(char **field, const char *text) {
    *field = strdup(text);
    return *field ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

/* Rows that the table itself has parked stay so. */
static kf_err look_at_all(struct table *table) {
    for (size_t i = 0; i < table->rows.count; i++)
        if (table->rows.items[i].status == KF_ROW_READY)
            KF_TRY(kf_batch_look_at(table->look, &table->rows.items[i]));
    return KF_OK;
}

static kf_err read_table(kf_context *context, const struct kf_batch_order *order,
                         struct table *table) {
    kf_batch *batch = &table->batch;
    KF_TRY(set_text(&batch->name, order->name ? order->name : ""));
    KF_TRY(set_text(&batch->who, kf_journal_user()));
    batch->created = kf_context_now(context);
    KF_TRY(kf_batch_common(&order->common, batch));
    KF_TRY(kf_batch_read_csv(order->csv, order->csv_len, batch, &table->rows));
    KF_TRY(kf_batch_look_new(context, batch, &table->rows, &table->look));
    return look_at_all(table);
}

static kf_err check_document(const struct table *table, json_t **ret_json) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_TRY(kf_batch_document(&table->batch, &table->rows, true, &json));
    KF_TRY(
        kf_json_set(json, "problems", json_incref((json_t *)kf_batch_look_problems(table->look))));
    KF_TRY(kf_json_set(json, "notes", json_incref((json_t *)kf_batch_look_notes(table->look))));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

kf_err kf_batch_check(kf_context *context, const struct kf_batch_order *order, json_t **ret_json) {
    struct table table = {0};
    kf_err err = read_table(context, order, &table);
    if (err == KF_OK)
        err = check_document(&table, ret_json);
    table_clear(&table);
    return err;
}

static kf_err refuse_table(const struct table *table) {
    const json_t *problems = kf_batch_look_problems(table->look);
    size_t count = json_array_size(problems);
    if (count == 0)
        return KF_OK;
    const char *text = json_string_value(json_object_get(json_array_get(problems, 0), "text"));
    return kf_fail(KF_E_USAGE, "%s%s", text ? text : "",
                   count > 1 ? "; other columns need attention too" : "");
}

kf_err kf_batch_begin(kf_context *context, const struct kf_batch_order *order,
                      char ret_id[static KF_BATCH_ID_MAX]) {
    struct table table = {0};
    ret_id[0] = '\0';
    kf_err err = read_table(context, order, &table);
    if (err == KF_OK)
        err = refuse_table(&table);
    if (err == KF_OK)
        err = kf_batch_insert(context, &table.batch, &table.rows);
    if (err == KF_OK)
        kf_batch_id(&table.batch, ret_id);
    table_clear(&table);
    return err;
}

/* --- correcting --- */

static bool has_column(const json_t *columns, const char *name) {
    for (size_t i = 0; i < json_array_size(columns); i++)
        if (kf_str_equal(json_string_value(json_array_get(columns, i)), name))
            return true;
    return false;
}

static kf_err change_cell(kf_context *context, kf_batch *batch, const kf_batch_look *look,
                          kf_batch_row *row, const char *column, const json_t *value) {
    KF_TRY(kf_batch_look_column(look, column));
    if (!json_is_string(value))
        return kf_fail(KF_E_USAGE, "the new value of \"%s\" is not a text", column);
    KF_TRY(kf_batch_row_set_cell(row, column, json_string_value(value)));
    if (has_column(batch->columns, column))
        return KF_OK;
    KF_TRY(kf_json_append(batch->columns, json_string(column)));
    return kf_batch_save_columns(context, batch);
}

static kf_err change_cells(kf_context *context, kf_batch *batch, const kf_batch_look *look,
                           kf_batch_row *row, const char *changes) {
    KF_AUTO_PTR(json_t) object = json_loads(changes, JSON_REJECT_DUPLICATES, NULL);
    const char *column;
    json_t *value;
    if (!json_is_object(object))
        return kf_fail(KF_E_USAGE, "the changes are not a JSON object");
    json_object_foreach(object, column, value)
        KF_TRY(change_cell(context, batch, look, row, column, value));
    return KF_OK;
}

static kf_err look_again(kf_context *context, kf_batch *batch, kf_batch_row *row,
                         const char *changes) {
    kf_batch_rows one = {.items = row, .count = 1};
    KF_AUTO(kf_batch_rows) all = {0};
    KF_AUTO_PTR(kf_batch_look) look = NULL;
    KF_TRY(kf_batch_look_new(context, batch, &one, &look));
    KF_TRY(kf_batch_load_rows(context, batch, &all));
    KF_TRY(kf_batch_look_beside(look, &all, row->number));
    if (changes)
        KF_TRY(change_cells(context, batch, look, row, changes));
    KF_TRY(kf_batch_look_at(look, row));
    KF_TRY(kf_batch_row_save(context, batch, row));
    if (row->status == KF_ROW_READY)
        return KF_OK;
    return kf_fail(KF_E_USAGE, "row %lld stays parked: %s", (long long)row->number,
                   row->problem ? row->problem : "it is empty");
}

/* The request of the row, when it is at an end for ever, makes room for another one; what may still
 * become a certificate does not. */
static kf_err let_go(kf_context *context, const kf_batch *batch, kf_batch_row *row,
                     bool *ret_open) {
    KF_AUTO(kf_request) request = {0};
    char id[KF_REQUEST_ID_MAX];
    snprintf(id, sizeof id, "r-%lld", (long long)row->request);
    *ret_open = false;
    if (!row->request)
        return KF_OK;
    KF_TRY(kf_journal_load(context, id, &request));
    bool over = request.state == KF_REQUEST_REJECTED || request.state == KF_REQUEST_FAILED ||
                request.state == KF_REQUEST_WITHDRAWN;
    *ret_open = !kf_state_is_end(request.state);
    if (over) {
        row->request = 0;
        return kf_batch_row_forget_request(context, batch, row);
    }
    if (*ret_open)
        return KF_OK;
    kf_fail(KF_E_STATE,
            "the request %s of row %lld is %s, and a second order might be one too many", id,
            (long long)row->number, kf_state_words(request.state)->title);
    kf_error_hint("Look with `keyfob request show %s`; then `keyfob request retry %s`, or withdraw "
                  "it first.",
                  id, id);
    return KF_E_STATE;
}

/* The request that is there goes on with the next run; nothing about it can be changed any more. */
static kf_err unpark(kf_context *context, const kf_batch *batch, kf_batch_row *row,
                     const char *changes) {
    if (changes)
        return kf_fail(KF_E_STATE, "row %lld is ordered as request r-%lld and cannot be changed",
                       (long long)row->number, (long long)row->request);
    free(KF_MOVE(row->problem));
    row->status = KF_ROW_READY;
    return kf_batch_row_save(context, batch, row);
}

static kf_err retry(kf_context *context, kf_batch *batch, int64_t number, const char *changes) {
    KF_AUTO(kf_batch_row) row = {0};
    bool open = false;
    KF_TRY(kf_batch_load_row(context, batch, number, &row));
    if (row.status != KF_ROW_PARKED && row.status != KF_ROW_SKIPPED)
        return kf_fail(KF_E_STATE, "row %lld is %s, not parked", (long long)number,
                       kf_batch_row_status_name(row.status));
    KF_TRY(let_go(context, batch, &row, &open));
    if (open)
        return unpark(context, batch, &row, changes);
    row.status = KF_ROW_READY;
    return look_again(context, batch, &row, changes);
}

kf_err kf_batch_retry(kf_context *context, const char *id, int64_t row, const char *changes) {
    KF_AUTO(kf_batch) batch = {0};
    KF_AUTO(kf_lock) lock = {0};
    KF_TRY(kf_batch_load(context, id, &batch));
    KF_TRY(kf_batch_lock(context, &batch, &lock));
    return retry(context, &batch, row, changes);
}
