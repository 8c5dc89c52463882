// SPDX-License-Identifier: Apache-2.0
// Tables as text, in and out.
#include "enroll/batch_csv.h"

#include <string.h>

#include "base/text.h"

static const char formula_starts[] = "=+-@\t\r";

void kf_csv_clear(kf_csv *csv) {
    for (size_t i = 0; csv && i < csv->count; i++) {
        for (size_t k = 0; k < csv->rows[i].count; k++)
            free(csv->rows[i].cells[k]);
        free(csv->rows[i].cells);
    }
    if (csv) {
        free(csv->rows);
        *csv = (kf_csv){0};
    }
}

/* --- reading --- */

struct reading {
    const char *at, *end;
    size_t line, rows_max, capacity;
    kf_csv csv;
};

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a table");
}

/* The separator that the first line has most of, outside quotes. */
static char find_separator(const char *at, const char *end) {
    static const char separators[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
        const char *found = strchr(separators, *at);
        quoted ^= *at == '"';
        if (found && *at && !quoted)
            counts[found - separators]++;
    }
    for (size_t i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    return separators[best];
}

/* RFC 4180 2.5 to 2.7: what stands between quotes is taken as it is. */
static kf_err read_quoted(struct reading *in, kf_buf *cell) {
    size_t line = in->line;
    for (in->at++; in->at < in->end; in->at++) {
        in->line += *in->at == '\n';
        if (*in->at == '"' && (in->at + 1 == in->end || in->at[1] != '"')) {
            in->at++;
            return KF_OK;
        }
        in->at += *in->at == '"';
        KF_TRY(kf_buf_add(cell, in->at, 1));
    }
    return kf_fail(KF_E_INPUT, "the quotes that are opened in line %zu are never closed", line);
}

static bool ends_cell(const struct reading *in) {
    return in->at == in->end || *in->at == in->csv.separator || *in->at == '\n' || *in->at == '\r';
}

static kf_err read_plain(struct reading *in, kf_buf *cell) {
    for (; !ends_cell(in); in->at++) {
        if (*in->at == '"')
            return kf_fail(KF_E_INPUT, "line %zu has quotes in the middle of a cell", in->line);
        KF_TRY(kf_buf_add(cell, in->at, 1));
    }
    return KF_OK;
}

static void skip_blanks(struct reading *in) {
    while (in->at < in->end && (*in->at == ' ' || (*in->at == '\t' && in->csv.separator != '\t')))
        in->at++;
}

/* Blanks around a cell do not count; our own mark before a formula goes. */
static char *tidy(kf_buf *cell, bool quoted) {
    char *text = cell->len ? (char *)cell->data : "";
    if (!quoted && cell->len)
        text = kf_str_trim(text);
    if (text[0] == '\'' && text[1] && strchr(formula_starts, text[1]))
        text++;
    return strdup(text);
}

static kf_err read_cell(struct reading *in, char **ret_cell) {
    KF_AUTO(kf_buf) cell = {.max = KF_CSV_CELL_MAX};
    size_t line = in->line;
    skip_blanks(in);
    bool quoted = in->at < in->end && *in->at == '"';
    kf_err err = quoted ? read_quoted(in, &cell) : read_plain(in, &cell);
    if (err == KF_E_TOO_LARGE)
        return kf_fail(err, "a cell in line %zu has more than %zu bytes", line, KF_CSV_CELL_MAX);
    KF_TRY(err);
    skip_blanks(in);
    if (!ends_cell(in))
        return kf_fail(KF_E_INPUT, "line %zu goes on behind closed quotes", in->line);
    *ret_cell = tidy(&cell, quoted);
    return *ret_cell ? KF_OK : no_memory();
}

static kf_err add_cell(struct reading *in, kf_csv_row *row) {
    if (row->count == KF_CSV_COLUMNS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "line %zu has more than %d cells", row->line,
                       KF_CSV_COLUMNS_MAX);
    char **cells = realloc(row->cells, (row->count + 1) * sizeof *cells);
    if (!cells)
        return no_memory();
    row->cells = cells;
    KF_TRY(read_cell(in, &row->cells[row->count]));
    row->count++;
    return KF_OK;
}

static void skip_line_end(struct reading *in) {
    if (in->at < in->end && *in->at == '\r')
        in->at++;
    if (in->at < in->end && *in->at == '\n')
        in->at++;
    in->line++;
}

static kf_err read_row(struct reading *in, kf_csv_row *row) {
    row->line = in->line;
    KF_TRY(add_cell(in, row));
    while (in->at < in->end && *in->at == in->csv.separator) {
        in->at++;
        KF_TRY(add_cell(in, row));
    }
    return KF_OK;
}

static kf_err add_row(struct reading *in) {
    kf_csv *csv = &in->csv;
    if (csv->count > in->rows_max)
        return kf_fail(KF_E_TOO_LARGE, "the table has more than %zu rows", in->rows_max);
    if (csv->count == in->capacity) {
        in->capacity = in->capacity ? in->capacity * 2 : 64;
        kf_csv_row *rows = realloc(csv->rows, in->capacity * sizeof *rows);
        if (!rows)
            return no_memory();
        csv->rows = rows;
    }
    kf_csv_row *row = &csv->rows[csv->count++]; /* counted, so that it is cleared */
    *row = (kf_csv_row){0};
    KF_TRY(read_row(in, row));
    skip_line_end(in);
    return KF_OK;
}

static bool at_empty_line(const struct reading *in) {
    return *in->at == '\n' || *in->at == '\r';
}

/* A spreadsheet's own first line: "sep=;". */
static void skip_hint(struct reading *in) {
    if (in->end - in->at < 5 || memcmp(in->at, "sep=", 4) != 0)
        return;
    in->at += 5;
    skip_line_end(in);
}

static kf_err check_text(const uint8_t *data, size_t len) {
    if (len > KF_CSV_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the table has more than %zu bytes", KF_CSV_MAX);
    bool wide =
        len >= 2 && ((data[0] == 0xff && data[1] == 0xfe) || (data[0] == 0xfe && data[1] == 0xff));
    if (!wide && kf_utf8_valid((const char *)data, len) && !(len && memchr(data, '\0', len)))
        return KF_OK;
    kf_fail(KF_E_INPUT, "the table is not UTF-8");
    kf_error_hint("Save it as \"CSV UTF-8\".");
    return KF_E_INPUT;
}

static kf_err read_rows(struct reading *in) {
    while (in->at < in->end) {
        if (at_empty_line(in))
            skip_line_end(in);
        else
            KF_TRY(add_row(in));
    }
    return in->csv.count ? KF_OK : kf_fail(KF_E_INPUT, "the table has no header line");
}

kf_err kf_csv_read(const uint8_t *data, size_t len, size_t rows_max, kf_csv *ret_csv) {
    struct reading in = {.line = 1, .rows_max = rows_max};
    KF_TRY(check_text(data, len));
    in.at = (const char *)data;
    in.end = in.at + len;
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        in.at += 3;
    skip_hint(&in);
    in.csv.separator = find_separator(in.at, in.end);
    kf_err err = read_rows(&in);
    if (err != KF_OK) {
        kf_csv_clear(&in.csv);
        return err;
    }
    kf_csv_clear(ret_csv);
    *ret_csv = in.csv;
    return KF_OK;
}

/* --- writing --- */

kf_err kf_csv_add_cell(kf_buf *buf, const char *text, bool first) {
    bool formula = *text && strchr(formula_starts, *text);
    bool blanks = *text && (*text == ' ' || text[strlen(text) - 1] == ' ');
    if (!first)
        KF_TRY(kf_buf_add_str(buf, ","));
    if (!formula && !blanks && !strpbrk(text, ",;\t\"\r\n"))
        return kf_buf_add_str(buf, text);
    KF_TRY(kf_buf_add_str(buf, formula ? "\"'" : "\""));
    for (const char *at = text; *at; at++)
        KF_TRY(kf_buf_add_str(buf, *at == '"' ? "\"\"" : (char[]){*at, '\0'}));
    return kf_buf_add_str(buf, "\"");
}
