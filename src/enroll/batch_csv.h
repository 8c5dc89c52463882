// SPDX-License-Identifier: Apache-2.0
// Tables as text: RFC 4180 with what spreadsheets make of it ("," ";" or tab, a byte order mark,
// any line end).
#pragma once

#include "base/buf.h"

#define KF_CSV_MAX         ((size_t)8 * 1024 * 1024)
#define KF_CSV_COLUMNS_MAX 100
#define KF_CSV_CELL_MAX    ((size_t)64 * 1024)

typedef struct kf_csv_row {
    char **cells; /* UTF-8 */
    size_t count;
    size_t line; /* where it begins */
} kf_csv_row;

/* Start with `= {0}`. Lines without anything in them are left out. */
typedef struct kf_csv {
    kf_csv_row *rows; /* the header first */
    size_t count;
    char separator;
} kf_csv;

void kf_csv_clear(kf_csv *csv);
/* At most `rows_max` rows besides the header. KF_E_INPUT and KF_E_TOO_LARGE name the line. */
kf_err kf_csv_read(const uint8_t *data, size_t len, size_t rows_max, kf_csv *ret_csv);
/* Append a cell, in quotes where it must be. One that a spreadsheet would take for a formula gets
 * a "'" before it, which kf_csv_read() takes away again. */
kf_err kf_csv_add_cell(kf_buf *buf, const char *text, bool first);
