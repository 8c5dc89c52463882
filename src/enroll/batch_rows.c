// SPDX-License-Identifier: Apache-2.0
// Rows as they are written in the table, and the files that they name.
#include "enroll/batch_rows.h"

#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "x509/csr.h"

static const char *const own_columns[] = {"subject", "cn",        "email", "dns",     "upn",
                                          "san",     "container", "key",   "profile", "csr"};

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a batch");
}

const char *kf_batch_own_column(size_t index) {
    return index < KF_COUNT(own_columns) ? own_columns[index] : NULL;
}

bool kf_batch_is_own_column(const char *column) {
    for (size_t i = 0; i < KF_COUNT(own_columns); i++)
        if (strcmp(own_columns[i], column) == 0)
            return true;
    return false;
}

void kf_batch_row_clear(kf_batch_row *row) {
    if (!row)
        return;
    json_decref(row->cells);
    json_decref(row->files);
    free(row->fields);
    free(row->title);
    free(row->print);
    free(row->problem);
    free(row->warning);
    *row = (kf_batch_row){0};
}

void kf_batch_rows_clear(kf_batch_rows *rows) {
    for (size_t i = 0; rows && i < rows->count; i++)
        kf_batch_row_clear(&rows->items[i]);
    if (rows) {
        free(rows->items);
        *rows = (kf_batch_rows){0};
    }
}

const char *kf_batch_row_cell(const kf_batch_row *row, const char *column) {
    const char *text = json_string_value(json_object_get(row->cells, column));
    return text ? text : "";
}

kf_err kf_batch_row_set_cell(kf_batch_row *row, const char *column, const char *text) {
    json_object_del(row->files, column);
    if (*text)
        return kf_json_set(row->cells, column, json_string(text));
    json_object_del(row->cells, column);
    return KF_OK;
}

/* --- from the table --- */

/* Our own columns in any case, the CA's as they are. */
static const char *understood(const char *name) {
    for (size_t i = 0; i < KF_COUNT(own_columns); i++)
        if (strcasecmp(own_columns[i], name) == 0)
            return own_columns[i];
    return name;
}

static bool has_column(const json_t *columns, const char *name) {
    for (size_t i = 0; i < json_array_size(columns); i++)
        if (strcmp(json_string_value(json_array_get(columns, i)), name) == 0)
            return true;
    return false;
}

static kf_err read_header(const kf_csv_row *header, json_t **ret_columns) {
    KF_AUTO_PTR(json_t) columns = json_array();
    KF_TRY(kf_json_ready(columns));
    for (size_t i = 0; i < header->count; i++) {
        const char *name = understood(header->cells[i]);
        if (!*name)
            return kf_fail(KF_E_USAGE, "column %zu of the table has no name", i + 1);
        if (has_column(columns, name))
            return kf_fail(KF_E_USAGE, "the table has the column \"%s\" twice", name);
        KF_TRY(kf_json_append(columns, json_string(name)));
    }
    *ret_columns = KF_MOVE(columns);
    return KF_OK;
}

static kf_err park(kf_batch_row *row, const char *problem) {
    free(row->problem);
    row->problem = problem ? strdup(problem) : NULL;
    row->status = KF_ROW_PARKED;
    return row->problem ? KF_OK : no_memory();
}

static kf_err read_cells(const kf_csv_row *line, const json_t *columns, kf_batch_row *row) {
    size_t wanted = json_array_size(columns);
    row->cells = json_object();
    row->files = json_object();
    KF_TRY(kf_json_ready(row->cells));
    KF_TRY(kf_json_ready(row->files));
    for (size_t i = 0; i < line->count && i < wanted; i++)
        KF_TRY(kf_batch_row_set_cell(row, json_string_value(json_array_get(columns, i)),
                                     line->cells[i]));
    row->status = json_object_size(row->cells) ? KF_ROW_READY : KF_ROW_SKIPPED;
    if (line->count == wanted || row->status == KF_ROW_SKIPPED)
        return KF_OK;
    KF_AUTO_FREE char *problem =
        kf_str("line %zu has %zu cells, but the header has %zu", line->line, line->count, wanted);
    return park(row, problem);
}

kf_err kf_batch_read_csv(const uint8_t *csv, size_t len, kf_batch *batch, kf_batch_rows *ret_rows) {
    KF_AUTO(kf_csv) table = {0};
    KF_AUTO(kf_batch_rows) rows = {0};
    KF_TRY(kf_csv_read(csv, len, KF_BATCH_ROWS_MAX, &table));
    KF_TRY(read_header(&table.rows[0], &batch->columns));
    rows.items = calloc(table.count, sizeof *rows.items);
    if (!rows.items)
        return no_memory();
    for (size_t i = 1; i < table.count; i++) {
        kf_batch_row *row = &rows.items[rows.count++];
        row->number = (int64_t)i;
        KF_TRY(read_cells(&table.rows[i], batch->columns, row));
    }
    if (rows.count == 0)
        return kf_fail(KF_E_INPUT, "the table has no rows below its header");
    kf_batch_rows_clear(ret_rows);
    *ret_rows = rows;
    rows = (kf_batch_rows){0};
    return KF_OK;
}

/* Requests are kept as PEM, so that they are text like everything else. */
static kf_err file_text(const char *column, const kf_buf *bytes, char **ret_text) {
    if (strcmp(column, "csr") != 0) {
        if (!kf_utf8_valid((const char *)bytes->data, bytes->len))
            return kf_fail(KF_E_INPUT, "it is not text");
        *ret_text = strdup(kf_buf_str(bytes));
        return *ret_text ? KF_OK : no_memory();
    }
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO(kf_buf) pem = {0};
    size_t der_len = 0;
    KF_TRY(kf_csr_read(bytes->data, bytes->len, &csr));
    const uint8_t *der = kf_csr_der(csr, &der_len);
    KF_TRY(kf_pem(&pem, "CERTIFICATE REQUEST", der, der_len));
    *ret_text = strdup(kf_buf_str(&pem));
    return *ret_text ? KF_OK : no_memory();
}

kf_err kf_batch_row_take_file(kf_batch_row *row, const char *column) {
    const char *path = kf_batch_row_cell(row, column);
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_FREE char *text = NULL;
    if (!*path || json_object_get(row->files, column))
        return KF_OK;
    kf_err err = strcmp(path, "-") == 0 ? kf_fail(KF_E_INPUT, "standard input is taken already")
                                        : kf_file_read(path, KF_BATCH_FILE_MAX, &bytes);
    if (err == KF_OK)
        err = file_text(column, &bytes, &text);
    if (err != KF_OK)
        return kf_fail_in(err == KF_E_MEMORY ? err : KF_E_INPUT, "the file \"%.200s\" (%s)", path,
                          column);
    return kf_json_set(row->files, column, json_string(text));
}
