// SPDX-License-Identifier: Apache-2.0
// Batches in the database. A row's request is the request's own to tell about: it is never copied.
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "enroll/batch_rows.h"
#include "enroll/journal_row.h"

static const char *const schema[] = {
    "CREATE TABLE batches (number INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL,"
    " who TEXT, name TEXT, common TEXT NOT NULL, columns TEXT NOT NULL);"
    "CREATE TABLE batch_rows (batch INTEGER NOT NULL, row INTEGER NOT NULL, cells TEXT NOT NULL,"
    " files TEXT NOT NULL, fields TEXT, title TEXT, print TEXT, status TEXT NOT NULL, problem TEXT,"
    " warning TEXT, request INTEGER UNIQUE, earlier TEXT, PRIMARY KEY (batch, row));",
    "CREATE INDEX batch_rows_print ON batch_rows (print);",
};

static const char *const status_names[] = {
    [KF_ROW_READY] = "ready",   [KF_ROW_ORDERED] = "ordered", [KF_ROW_DONE] = "done",
    [KF_ROW_PARKED] = "parked", [KF_ROW_SKIPPED] = "skipped",
};

const char *kf_batch_row_status_name(enum kf_row_status status) {
    return status_names[status];
}

static enum kf_row_status status_parse(const char *name) {
    for (size_t i = 0; name && i < KF_COUNT(status_names); i++)
        if (strcmp(status_names[i], name) == 0)
            return (enum kf_row_status)i;
    return KF_ROW_PARKED;
}

/* The requests' table is read together with ours. */
kf_err kf_batch_db(kf_context *context, kf_db **ret_db) {
    KF_TRY(kf_journal_open(context, ret_db));
    return kf_db_schema(*ret_db, "batch", schema, KF_COUNT(schema));
}

void kf_batch_id(const kf_batch *batch, char ret_id[static KF_BATCH_ID_MAX]) {
    snprintf(ret_id, KF_BATCH_ID_MAX, "b-%lld", (long long)batch->number);
}

kf_err kf_batch_lock(kf_context *context, const kf_batch *batch, kf_lock *ret_lock) {
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(kf_context_data_path(context, "locks", &folder));
    KF_TRY(kf_dir_make(folder));
    KF_AUTO_FREE char *path = kf_str("%s/b-%lld", folder, (long long)batch->number);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    kf_err err = kf_lock_take(path, ret_lock);
    return err == KF_E_BUSY ? kf_fail(err, "another keyfob process is working on the batch b-%lld",
                                      (long long)batch->number)
                            : err;
}

/* --- writing --- */

static kf_err insert_row(kf_db *db, const kf_batch *batch, const kf_batch_row *row) {
    KF_AUTO_FREE char *cells = json_dumps(row->cells, JSON_COMPACT);
    KF_AUTO_FREE char *files = json_dumps(row->files, JSON_COMPACT);
    if (!cells || !files)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return kf_db_run(
        db,
        "INSERT INTO batch_rows (batch, row, cells, files, fields, title, print, status,"
        " problem, warning) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "iissssssss", batch->number, row->number, cells, files, row->fields, row->title, row->print,
        kf_batch_row_status_name(row->status), row->problem, row->warning);
}

static kf_err insert_in(kf_db *db, kf_batch *batch, const kf_batch_rows *rows) {
    KF_AUTO_FREE char *common = json_dumps(batch->common, JSON_COMPACT);
    KF_AUTO_FREE char *columns = json_dumps(batch->columns, JSON_COMPACT);
    if (!common || !columns)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_db_run(db,
                     "INSERT INTO batches (created, who, name, common, columns)"
                     " VALUES (?, ?, ?, ?, ?)",
                     "issss", batch->created, batch->who, batch->name, common, columns));
    batch->number = kf_db_last_id(db);
    for (size_t i = 0; i < rows->count; i++)
        KF_TRY(insert_row(db, batch, &rows->items[i]));
    return KF_OK;
}

kf_err kf_batch_insert(kf_context *context, kf_batch *batch, const kf_batch_rows *rows) {
    kf_db *db = NULL;
    KF_TRY(kf_batch_db(context, &db));
    KF_TRY(kf_db_begin(db));
    return kf_db_end(db, insert_in(db, batch, rows));
}

kf_err kf_batch_row_save(kf_context *context, const kf_batch *batch, const kf_batch_row *row) {
    kf_db *db = NULL;
    KF_AUTO_FREE char *cells = json_dumps(row->cells, JSON_COMPACT);
    KF_AUTO_FREE char *files = json_dumps(row->files, JSON_COMPACT);
    if (!cells || !files)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_batch_db(context, &db));
    return kf_db_run(db,
                     "UPDATE batch_rows SET cells = ?, files = ?, fields = ?, title = ?, print = ?,"
                     " status = ?, problem = ?, warning = ? WHERE batch = ? AND row = ?",
                     "ssssssssii", cells, files, row->fields, row->title, row->print,
                     kf_batch_row_status_name(row->status), row->problem, row->warning,
                     batch->number, row->number);
}

/* What it had is still told of; the row stays parked until it was looked at again. */
kf_err kf_batch_row_forget_request(kf_context *context, const kf_batch *batch,
                                   const kf_batch_row *row) {
    kf_db *db = NULL;
    KF_TRY(kf_batch_db(context, &db));
    return kf_db_run(db,
                     "UPDATE batch_rows SET earlier = coalesce(earlier || ' ', '') || 'r-' ||"
                     " request, request = NULL, status = 'parked', problem = ?"
                     " WHERE batch = ? AND row = ? AND request NOT NULL",
                     "sii", row->problem, batch->number, row->number);
}

kf_err kf_batch_row_note_request(kf_db *db, const kf_batch *batch, int64_t number,
                                 int64_t request) {
    KF_TRY(kf_db_run(db,
                     "UPDATE batch_rows SET request = ?, status = 'ready', problem = NULL"
                     " WHERE batch = ? AND row = ? AND request IS NULL AND status = 'ready'",
                     "iii", request, batch->number, number));
    return kf_db_changes(db) == 1
               ? KF_OK
               : kf_fail(KF_E_BUSY, "row %lld of the batch b-%lld was ordered meanwhile",
                         (long long)number, (long long)batch->number);
}

kf_err kf_batch_save_columns(kf_context *context, const kf_batch *batch) {
    kf_db *db = NULL;
    KF_AUTO_FREE char *columns = json_dumps(batch->columns, JSON_COMPACT);
    if (!columns)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_batch_db(context, &db));
    return kf_db_run(db, "UPDATE batches SET columns = ? WHERE number = ?", "si", columns,
                     batch->number);
}

/* --- reading --- */

static kf_err copy_text(kf_rows *rows, int column, char **ret_text) {
    const char *text = kf_rows_text(rows, column);
    *ret_text = text ? strdup(text) : NULL;
    return text && !*ret_text ? kf_fail(KF_E_MEMORY, "out of memory") : KF_OK;
}

static kf_err read_json(kf_rows *rows, int column, json_t **ret_json) {
    const char *text = kf_rows_text(rows, column);
    *ret_json = json_loads(text ? text : "", 0, NULL);
    return *ret_json ? KF_OK : kf_fail(KF_E_DATABASE, "a batch in the database cannot be read");
}

static kf_err read_batch(kf_rows *rows, kf_batch *batch) {
    batch->number = kf_rows_int(rows, 0);
    batch->created = kf_rows_int(rows, 1);
    KF_TRY(copy_text(rows, 2, &batch->who));
    KF_TRY(copy_text(rows, 3, &batch->name));
    KF_TRY(read_json(rows, 4, &batch->common));
    KF_TRY(read_json(rows, 5, &batch->columns));
    return kf_batch_common_read(batch);
}

kf_err kf_batch_load(kf_context *context, const char *id, kf_batch *ret_batch) {
    KF_AUTO(kf_batch) batch = {0};
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    int64_t number = 0;
    bool found = false;
    const char *digits = id && kf_str_starts(id, "b-") ? id + 2 : id ? id : "";
    if (kf_parse_number(digits, "the batch", 1, INT64_MAX, &number) == KF_OK) {
        KF_TRY(kf_batch_db(context, &db));
        KF_TRY(kf_rows_open(db, &rows,
                            "SELECT number, created, who, name, common, columns FROM batches"
                            " WHERE number = ?",
                            "i", number));
        KF_TRY(kf_rows_next(&rows, &found));
    }
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "there is no batch \"%.40s\"", id ? id : "");
    KF_TRY(read_batch(&rows, &batch));
    kf_batch_clear(ret_batch);
    *ret_batch = batch;
    batch = (kf_batch){0};
    return KF_OK;
}

kf_err kf_batch_numbers(kf_context *context, int64_t **ret_numbers, size_t *ret_count) {
    KF_AUTO(kf_rows) rows = {0};
    KF_AUTO_FREE int64_t *numbers = NULL;
    kf_db *db = NULL;
    size_t count = 0;
    bool found = false;
    KF_TRY(kf_batch_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT number FROM batches ORDER BY number DESC", ""));
    while (true) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        int64_t *more = realloc(numbers, (count + 1) * sizeof *more);
        if (!more)
            return kf_fail(KF_E_MEMORY, "out of memory");
        numbers = more;
        numbers[count++] = kf_rows_int(&rows, 0);
    }
    *ret_numbers = KF_MOVE(numbers);
    *ret_count = count;
    return KF_OK;
}

/* A request decides how its row stands, except that an open one may be parked. */
static kf_err settle_status(const char *state_name, kf_batch_row *row) {
    enum kf_request_state state = KF_REQUEST_INTENT;
    if (!row->request)
        return KF_OK;
    KF_TRY(kf_state_parse(state_name ? state_name : "", &state));
    if (state == KF_REQUEST_DONE)
        row->status = KF_ROW_DONE;
    else if (kf_state_is_end(state))
        row->status = KF_ROW_PARKED;
    else if (row->status != KF_ROW_PARKED)
        row->status = KF_ROW_ORDERED;
    return KF_OK;
}

#define ROW_COLUMNS                                                                                \
    "b.row, b.cells, b.files, b.title, b.print, b.status, coalesce(q.reason, b.problem,"           \
    " q.problem), b.warning, b.request, q.state, b.fields"
#define ROW_FROM " FROM batch_rows b LEFT JOIN requests q ON q.number = b.request WHERE b.batch = ?"

static kf_err read_row(kf_rows *rows, kf_batch_row *row) {
    row->number = kf_rows_int(rows, 0);
    row->status = status_parse(kf_rows_text(rows, 5));
    row->request = kf_rows_int(rows, 8);
    KF_TRY(read_json(rows, 1, &row->cells));
    KF_TRY(read_json(rows, 2, &row->files));
    KF_TRY(copy_text(rows, 3, &row->title));
    KF_TRY(copy_text(rows, 4, &row->print));
    KF_TRY(copy_text(rows, 6, &row->problem));
    KF_TRY(copy_text(rows, 7, &row->warning));
    KF_TRY(copy_text(rows, 10, &row->fields));
    return settle_status(kf_rows_text(rows, 9), row);
}

static kf_err grow(kf_batch_rows *list, size_t *capacity) {
    if (list->count < *capacity)
        return KF_OK;
    *capacity = *capacity ? *capacity * 2 : 64;
    kf_batch_row *items = realloc(list->items, *capacity * sizeof *items);
    if (!items)
        return kf_fail(KF_E_MEMORY, "out of memory");
    list->items = items;
    return KF_OK;
}

kf_err kf_batch_load_rows(kf_context *context, const kf_batch *batch, kf_batch_rows *ret_rows) {
    KF_AUTO(kf_batch_rows) list = {0};
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    size_t capacity = 0;
    bool found = false;
    KF_TRY(kf_batch_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT " ROW_COLUMNS ROW_FROM " ORDER BY b.row", "i",
                        batch->number));
    while (true) {
        KF_TRY(kf_rows_next(&rows, &found));
        if (!found)
            break;
        KF_TRY(grow(&list, &capacity));
        list.items[list.count++] = (kf_batch_row){0};
        KF_TRY(read_row(&rows, &list.items[list.count - 1]));
    }
    kf_batch_rows_clear(ret_rows);
    *ret_rows = list;
    list = (kf_batch_rows){0};
    return KF_OK;
}

kf_err kf_batch_load_row(kf_context *context, const kf_batch *batch, int64_t number,
                         kf_batch_row *ret_row) {
    KF_AUTO(kf_batch_row) row = {0};
    KF_AUTO(kf_rows) rows = {0};
    kf_db *db = NULL;
    bool found = false;
    KF_TRY(kf_batch_db(context, &db));
    KF_TRY(kf_rows_open(db, &rows, "SELECT " ROW_COLUMNS ROW_FROM " AND b.row = ?", "ii",
                        batch->number, number));
    KF_TRY(kf_rows_next(&rows, &found));
    if (!found)
        return kf_fail(KF_E_NOT_FOUND, "the batch b-%lld has no row %lld", (long long)batch->number,
                       (long long)number);
    KF_TRY(read_row(&rows, &row));
    kf_batch_row_clear(ret_row);
    *ret_row = row;
    row = (kf_batch_row){0};
    return KF_OK;
}
