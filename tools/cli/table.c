// SPDX-License-Identifier: Apache-2.0
// Tables and cards. On a terminal: aligned by display width, shrunk to fit, a last column of
// sentences wrapped, header dim. Piped: TSV without a header.
#include <string.h>

#include "output.h"
#include "results.h"

#define GAP       2
#define NARROWEST ((size_t)6)
#define WRAPPED   ((size_t)20) /* a narrower last column is cut as the others are */

/* The cells of a table, row by row; the header is row 0. */
struct table {
    char **cells;
    size_t rows, columns;
    size_t *widths;
};

static void table_clear(struct table *table) {
    for (size_t i = 0; table->cells && i < table->rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->widths);
}

static kf_err cell_text(const struct run *run, const json_t *row, const struct column *column,
                        char **ret_text) {
    KF_AUTO(kf_buf) text = {0};
    const json_t *value = json_at(row, column->path);
    if (value)
        KF_TRY((column->format ? column->format : format_text)(run, row, value, &text));
    *ret_text = strdup(kf_buf_str(&text));
    return *ret_text ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for a table");
}

static kf_err table_fill(const struct run *run, const json_t *items, const struct column *columns,
                         struct table *table) {
    table->cells = calloc(table->rows * table->columns, sizeof table->cells[0]);
    table->widths = calloc(table->columns, sizeof table->widths[0]);
    if (!table->cells || !table->widths)
        return kf_fail(KF_E_MEMORY, "out of memory for a table");
    for (size_t at = 0; at < table->rows * table->columns; at++) {
        size_t row = at / table->columns, column = at % table->columns;
        if (row == 0)
            table->cells[at] = strdup(columns[column].title);
        else
            KF_TRY(cell_text(run, json_array_get(items, row - 1), &columns[column],
                             &table->cells[at]));
        size_t width = table->cells[at] ? kf_text_width(table->cells[at]) : 0;
        if (width > table->widths[column])
            table->widths[column] = width;
    }
    return KF_OK;
}

/* A column that is empty in every row is not shown on a terminal. */
static bool column_is_empty(const struct table *table, size_t column) {
    for (size_t row = 1; row < table->rows; row++)
        if (table->cells[row * table->columns + column][0])
            return false;
    return true;
}

/* Take from the widest column until all fit; from the first one last, as its names are typed. */
static void table_shrink(struct table *table, size_t room) {
    for (;;) {
        size_t sum = table->widths[0] + GAP, widest = 0, most = NARROWEST;
        for (size_t i = 1; i < table->columns; i++) {
            sum += table->widths[i] ? table->widths[i] + GAP : 0;
            if (table->widths[i] > most) {
                widest = i;
                most = table->widths[i];
            }
        }
        if (sum <= room + GAP || table->widths[widest] <= NARROWEST)
            return;
        table->widths[widest]--;
    }
}

static void print_cell(const struct run *run, const char *text, size_t width, bool last) {
    size_t used = kf_text_width(text);
    if (used <= width) {
        printf("%s%*s", text, last ? 0 : (int)(width - used + GAP), "");
        return;
    }
    size_t len = term_fit(text, width - 1); /* one for the mark of what is cut off */
    char start[256];
    snprintf(start, sizeof start, "%.*s", (int)len, text);
    size_t shown = kf_text_width(start) + 1;
    printf("%s%s%*s", start, run->term.utf8 ? "…" : "~", last ? 0 : (int)(width - shown + GAP), "");
}

/* Sentences of the last column go on below themselves. */
static bool is_wrapped(const char *text, size_t width) {
    return width >= WRAPPED && kf_text_width(text) > width && strchr(text, ' ');
}

static void print_wrapped(const char *text, size_t width, size_t indent) {
    while (kf_text_width(text) > width) {
        size_t fits = term_fit(text, width), len = fits;
        while (len > 0 && text[len] != ' ')
            len--;
        len = len ? len : fits;
        printf("%.*s\n%*s", (int)len, text, (int)indent, "");
        text += len;
        text += strspn(text, " ");
    }
    fputs(text, stdout);
}

static void print_row(const struct run *run, const struct table *table, size_t row) {
    char *const *cells = &table->cells[row * table->columns];
    size_t last = 0, indent = 0;
    for (size_t i = 0; i < table->columns; i++)
        if (table->widths[i])
            last = i;
    if (row == 0)
        fputs(term_dim(run->term.out_color), stdout);
    for (size_t i = 0; i < last; i++) {
        if (table->widths[i])
            print_cell(run, cells[i], table->widths[i], false);
        indent += table->widths[i] ? table->widths[i] + GAP : 0;
    }
    if (is_wrapped(cells[last], table->widths[last]))
        print_wrapped(cells[last], table->widths[last], indent);
    else
        print_cell(run, cells[last], table->widths[last], true);
    if (row == 0)
        fputs(term_plain(run->term.out_color), stdout);
    putchar('\n');
}

static void print_tsv(const struct table *table) {
    for (size_t at = table->columns; at < table->rows * table->columns; at++)
        printf("%s%c", table->cells[at], (at + 1) % table->columns ? '\t' : '\n');
}

static void print_table(const struct run *run, struct table *table) {
    for (size_t i = 0; i < table->columns; i++)
        if (column_is_empty(table, i))
            table->widths[i] = 0;
    table_shrink(table, run->term.width);
    for (size_t row = 0; row < table->rows; row++)
        print_row(run, table, row);
}

static void print_count(struct run *run, size_t count, const char *noun) {
    if (count == 0)
        note(run, "No %ss.", noun);
    else if (run->term.out)
        note(run, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

kf_err out_list(struct run *run, const json_t *items, const struct column *columns, size_t count,
                const char *noun) {
    const json_t *array = json_is_array(items) ? items : json_object_get(items, "items");
    if (run_has(run, OPT_JSON)) {
        KF_AUTO_PTR(json_t)
        list = json_pack("{s:s, s:O}", "schema", "keyfob.list/1", "items", array);
        return list ? out_json(run, list) : kf_fail(KF_E_MEMORY, "out of memory for a list");
    }
    struct table table = {.rows = json_array_size(array) + 1, .columns = count};
    kf_err code = table_fill(run, array, columns, &table);
    progress_pause(&run->progress);
    results_begin();
    if (code == KF_OK && !run->term.out)
        print_tsv(&table);
    else if (code == KF_OK && table.rows > 1)
        print_table(run, &table);
    results_end();
    table_clear(&table);
    if (code == KF_OK)
        print_count(run, json_array_size(array), noun);
    return code;
}

static size_t widest_title(const struct column *columns, size_t count) {
    size_t widest = 0;
    for (size_t i = 0; i < count; i++)
        if (strlen(columns[i].title) > widest)
            widest = strlen(columns[i].title);
    return widest;
}

static kf_err print_card(struct run *run, const json_t *document, const struct column *columns,
                         size_t count) {
    int width = run->term.out ? (int)widest_title(columns, count) + GAP : 0;
    for (size_t i = 0; i < count; i++) {
        KF_AUTO_FREE char *text = NULL;
        KF_TRY(cell_text(run, document, &columns[i], &text));
        if (text[0])
            printf("%s%-*s%s%s%s\n", term_dim(run->term.out_color), width, columns[i].title,
                   term_plain(run->term.out_color), run->term.out ? "" : "\t", text);
    }
    return KF_OK;
}

kf_err out_card(struct run *run, const json_t *document, const struct column *columns,
                size_t count) {
    if (run_has(run, OPT_JSON))
        return out_json(run, document);
    progress_pause(&run->progress);
    results_begin();
    kf_err code = print_card(run, document, columns, count);
    results_end();
    return code;
}

kf_err note_card(struct run *run, const json_t *document, const struct column *columns,
                 size_t count) {
    int width = (int)widest_title(columns, count) + GAP;
    for (size_t i = 0; i < count; i++) {
        KF_AUTO_FREE char *text = NULL;
        KF_TRY(cell_text(run, document, &columns[i], &text));
        if (text[0])
            note(run, "%s%-*s%s%s", term_dim(run->term.err_color), width, columns[i].title,
                 term_plain(run->term.err_color), text);
    }
    return KF_OK;
}
