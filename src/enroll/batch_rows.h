// SPDX-License-Identifier: Apache-2.0
// A batch as it is recorded: what is the same for all rows, and the rows as they were written.
#pragma once

#include <jansson.h>
#include <keyfob/batch.h>

#include "base/context.h"
#include "base/file.h"
#include "enroll/batch_csv.h"
#include "enroll/states.h"
#include "x509/json.h"

#define KF_BATCH_FILE_MAX KF_CSV_CELL_MAX

/* What all rows share. Start with `= {0}`. */
typedef struct kf_batch {
    int64_t number, created; /* number 0: not recorded */
    char *name, *who;
    json_t *columns; /* names, as they were understood */
    json_t *common;
    /* read from `common`: */
    struct kf_enroll_order order;
    struct kf_san *sans;
    char *fields;
} kf_batch;
void kf_batch_clear(kf_batch *batch);
void kf_batch_id(const kf_batch *batch, char ret_id[static KF_BATCH_ID_MAX]);
/* `common` from what a person gave, and back into `order`. KF_E_USAGE. */
kf_err kf_batch_common(const struct kf_enroll_order *order, kf_batch *batch);
kf_err kf_batch_common_read(kf_batch *batch);

enum kf_row_status {
    KF_ROW_READY,
    KF_ROW_ORDERED, /* a request that is not at an end */
    KF_ROW_DONE,
    KF_ROW_PARKED,
    KF_ROW_SKIPPED, /* nothing stands in it */
    KF_ROW_STATUS_COUNT
};
const char *kf_batch_row_status_name(enum kf_row_status status);

/* One row. Start with `= {0}`. */
typedef struct kf_batch_row {
    int64_t number; /* 1 is the first below the header */
    json_t *cells;  /* {column: text}, without empty ones */
    json_t *files;  /* {column: text of the file that the cell names} */
    char *fields;   /* of the CA's form, checked and complete (JSON), or NULL */
    char *title;    /* whom it is for, or NULL */
    char *print;    /* the same for two rows that order the same */
    char *problem;  /* why it is parked, or what its request waits for */
    char *warning;
    int64_t request; /* 0: none yet */
    enum kf_row_status status;
} kf_batch_row;
void kf_batch_row_clear(kf_batch_row *row);
const char *kf_batch_row_cell(const kf_batch_row *row, const char *column); /* "" when empty */

/* Several. */
typedef struct kf_batch_rows {
    kf_batch_row *items;
    size_t count;
} kf_batch_rows;
void kf_batch_rows_clear(kf_batch_rows *rows);

/* --- from the table (batch_rows.c, batch_order.c) --- */
/* The header and the rows of a CSV; rows that cannot be right are parked. KF_E_USAGE for a header
 * that has a column twice or without a name. */
kf_err kf_batch_read_csv(const uint8_t *csv, size_t len, kf_batch *batch, kf_batch_rows *ret_rows);
/* The cell's new text; "" empties it. */
kf_err kf_batch_row_set_cell(kf_batch_row *row, const char *column, const char *text);
/* Put the text of the file that a cell names into `files`. */
kf_err kf_batch_row_take_file(kf_batch_row *row, const char *column);

/* A row as an order. Start with `= {0}`. */
typedef struct kf_row_order {
    struct kf_enroll_order order; /* points into the batch and what stands below */
    char *subject, *fields;
    json_t *names; /* texts that `sans` points into */
    struct kf_san *sans;
} kf_row_order;
void kf_row_order_clear(kf_row_order *order);
/* Is it a column of ours, rather than a field of the CA's form? */
bool kf_batch_is_own_column(const char *column);
const char *kf_batch_own_column(size_t index); /* NULL after the last */
/* KF_E_USAGE or KF_E_INPUT for a row that cannot be one. */
kf_err kf_row_order_make(const kf_batch *batch, const kf_batch_row *row, kf_row_order *ret_order);
/* Cyrillic and Latin (or Greek) letters in one word: somebody may be taken for somebody else. */
bool kf_text_mixes_scripts(const char *text);

/* --- the database (batch_store.c) --- */
kf_err kf_batch_db(kf_context *context, kf_db **ret_db);
/* All in one transaction; sets `batch->number`. */
kf_err kf_batch_insert(kf_context *context, kf_batch *batch, const kf_batch_rows *rows);
kf_err kf_batch_load(kf_context *context, const char *id, kf_batch *ret_batch); /* KF_E_NOT_FOUND */
/* With `status` and `problem` as their requests have it. */
kf_err kf_batch_load_rows(kf_context *context, const kf_batch *batch, kf_batch_rows *ret_rows);
kf_err kf_batch_load_row(kf_context *context, const kf_batch *batch, int64_t number,
                         kf_batch_row *ret_row);
/* What can change: cells, files, fields, title, print, status, problem, warning. */
kf_err kf_batch_row_save(kf_context *context, const kf_batch *batch, const kf_batch_row *row);
kf_err kf_batch_row_forget_request(kf_context *context, const kf_batch *batch,
                                   const kf_batch_row *row);
/* In the transaction that records the request. KF_E_BUSY when the row has one. */
kf_err kf_batch_row_note_request(kf_db *db, const kf_batch *batch, int64_t number, int64_t request);
kf_err kf_batch_save_columns(kf_context *context, const kf_batch *batch);
/* What another batch has ordered at the same CA, for the same print, as a sentence (batch_earlier.c);
 * untouched when there is nothing. Free with free(). */
kf_err kf_batch_row_earlier(kf_context *context, const kf_batch *batch, const kf_batch_row *row,
                            char **ret_text);
/* The batch's kernel lock: KF_E_BUSY. */
kf_err kf_batch_lock(kf_context *context, const kf_batch *batch, kf_lock *ret_lock);
kf_err kf_batch_numbers(kf_context *context, int64_t **ret_numbers, size_t *ret_count);

/* --- asking the CA (batch_form.c, batch_look.c) --- */
typedef struct kf_batch_look kf_batch_look;
/* Opens the CA. `ret_problems` gets what is wrong with the table as a whole: [{column, text}]. */
kf_err kf_batch_look_new(kf_context *context, const kf_batch *batch, const kf_batch_rows *rows,
                         kf_batch_look **ret_look);
void kf_batch_look_free(kf_batch_look *look);
KF_DEFINE_AUTO_PTR(kf_batch_look)
const json_t *kf_batch_look_problems(const kf_batch_look *look);
/* What the CA ignores or overrides, each once: [{level, text}]. */
const json_t *kf_batch_look_notes(const kf_batch_look *look);
/* Is it a column that this CA's orders can have? KF_E_USAGE with the nearest name. */
kf_err kf_batch_look_column(const kf_batch_look *look, const char *column);
/* These rows are there already, all but row `except`. */
kf_err kf_batch_look_beside(kf_batch_look *look, const kf_batch_rows *rows, int64_t except);
/* Everything about one row: parks it, or makes it ready. An error is the CA's, not the row's. */
kf_err kf_batch_look_at(kf_batch_look *look, kf_batch_row *row);
/* Files that cells name, for columns that are files in the CA's form. */
kf_err kf_batch_look_files(kf_batch_look *look, kf_batch_row *row);

/* --- as documents (batch_json.c) --- */
kf_err kf_batch_document(const kf_batch *batch, const kf_batch_rows *rows, bool with_rows,
                         json_t **ret_json);
void kf_batch_count(const kf_batch_rows *rows, size_t ret_counts[static KF_ROW_STATUS_COUNT]);
