// SPDX-License-Identifier: Apache-2.0
// Rows: from the table, and as orders. Several names in one cell are separated by ";" or "|".
#include "enroll/batch_rows.h"

#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "x509/csr.h"

static const char *const own_columns[] = {"subject", "cn",        "email", "dns",     "upn",
                                          "san",     "container", "key",   "profile", "csr"};

#define SEPARATORS ";|\n\r"

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

/* --- as an order --- */

void kf_row_order_clear(kf_row_order *order) {
    if (!order)
        return;
    free(order->subject);
    free(order->fields);
    free(order->sans);
    json_decref(order->names);
    free((void *)order->order.csr);
    *order = (kf_row_order){0};
}

/* RFC 4514 2.4. */
static kf_err add_value(kf_buf *buf, const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        bool edge =
            (i == 0 && (text[i] == ' ' || text[i] == '#')) || (i + 1 == len && text[i] == ' ');
        if (edge || strchr(",+\"\\<>;=", text[i]))
            KF_TRY(kf_buf_add_str(buf, "\\"));
        KF_TRY(kf_buf_add(buf, text + i, 1));
    }
    return KF_OK;
}

static bool names_person(const char *subject) {
    return strncasecmp(subject, "CN=", 3) == 0 || strcasestr(subject, ",CN=") ||
           strcasestr(subject, "+CN=");
}

/* "cn" goes before the subject that is there. */
static kf_err make_subject(const kf_batch *batch, const kf_batch_row *row, kf_row_order *order) {
    const char *own = kf_batch_row_cell(row, "subject"), *cn = kf_batch_row_cell(row, "cn");
    const char *common = batch->order.spec.subject ? batch->order.spec.subject : "";
    const char *rest = *own ? own : common;
    KF_AUTO(kf_buf) text = {0};
    if (*cn && names_person(rest))
        return kf_fail(KF_E_USAGE,
                       "the subject \"%.200s\" has a common name already, and \"cn\" is "
                       "another",
                       rest);
    if (*cn) {
        KF_TRY(kf_buf_add_str(&text, "CN="));
        KF_TRY(add_value(&text, cn));
        KF_TRY(kf_buf_printf(&text, "%s", *rest ? "," : ""));
    }
    KF_TRY(kf_buf_add_str(&text, rest));
    order->subject = strdup(kf_buf_str(&text));
    order->order.spec.subject = order->subject;
    return order->subject ? KF_OK : no_memory();
}

static kf_err add_name(kf_row_order *order, const struct kf_san *san) {
    struct kf_csr_spec *spec = &order->order.spec;
    if (spec->san_count == KF_SAN_MAX)
        return kf_fail(KF_E_USAGE, "it has more than %d names", KF_SAN_MAX);
    order->sans[spec->san_count++] = *san;
    spec->sans = order->sans;
    return KF_OK;
}

/* `kind` NULL: each has its own before it, "dns:a.example". */
static kf_err add_cell_names(kf_row_order *order, const char *cell, const char *kind) {
    KF_AUTO_FREE char *copy = strdup(cell);
    char *rest = NULL;
    if (!copy)
        return no_memory();
    for (char *part = strtok_r(copy, SEPARATORS, &rest); part;
         part = strtok_r(NULL, SEPARATORS, &rest)) {
        struct kf_san san = {0};
        KF_AUTO_FREE char *whole =
            kf_str("%s%s%s", kind ? kind : "", kind ? ":" : "", kf_str_trim(part));
        json_t *kept = whole ? json_string(whole) : NULL;
        KF_TRY(kf_json_append(order->names, kept));
        KF_TRY(kf_san_parse(json_string_value(kept), &san));
        KF_TRY(add_name(order, &san));
    }
    return KF_OK;
}

static kf_err make_names(const kf_batch *batch, const kf_batch_row *row, kf_row_order *order) {
    static const struct {
        const char *column, *kind;
    } columns[] = {{"email", "email"}, {"dns", "dns"}, {"upn", "upn"}, {"san", NULL}};
    order->sans = calloc(KF_SAN_MAX, sizeof *order->sans);
    order->names = json_array();
    order->order.spec.san_count = 0;
    if (!order->sans || !order->names)
        return no_memory();
    for (size_t i = 0; i < batch->order.spec.san_count; i++)
        KF_TRY(add_name(order, &batch->order.spec.sans[i]));
    for (size_t i = 0; i < KF_COUNT(columns); i++)
        KF_TRY(add_cell_names(order, kf_batch_row_cell(row, columns[i].column), columns[i].kind));
    return KF_OK;
}

/* The form's fields: as they were checked, else those of all rows and then those of this one. */
static kf_err make_fields(const kf_batch *batch, const kf_batch_row *row, kf_row_order *order) {
    const char *known = row->fields ? row->fields : batch->fields;
    KF_AUTO_PTR(json_t) fields = json_loads(known ? known : "{}", 0, NULL);
    const char *column;
    json_t *text;
    KF_TRY(kf_json_ready(fields));
    json_object_foreach(row->cells, column, text) {
        json_t *file = json_object_get(row->files, column);
        if (!row->fields && !kf_batch_is_own_column(column))
            KF_TRY(kf_json_set(fields, column, json_incref(file ? file : text)));
    }
    order->fields = json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS);
    order->order.fields = order->fields;
    return order->fields ? KF_OK : no_memory();
}

static kf_err make_csr(const kf_batch_row *row, kf_row_order *order) {
    const char *pem = json_string_value(json_object_get(row->files, "csr"));
    KF_AUTO_PTR(kf_csr) csr = NULL;
    size_t len = 0;
    if (!pem)
        return KF_OK;
    KF_TRY(kf_csr_read((const uint8_t *)pem, strlen(pem), &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    uint8_t *copy = malloc(len);
    if (!copy)
        return no_memory();
    memcpy(copy, der, len);
    order->order.csr = copy;
    order->order.csr_len = len;
    return KF_OK;
}

kf_err kf_row_order_make(const kf_batch *batch, const kf_batch_row *row, kf_row_order *ret_order) {
    KF_AUTO(kf_row_order) made = {.order = batch->order};
    const char *key = kf_batch_row_cell(row, "key"), *profile = kf_batch_row_cell(row, "profile"),
               *container = kf_batch_row_cell(row, "container");
    KF_TRY(make_subject(batch, row, &made));
    KF_TRY(make_names(batch, row, &made));
    KF_TRY(make_fields(batch, row, &made));
    KF_TRY(make_csr(row, &made));
    if (*key)
        KF_TRY(kf_key_type_parse(key, &made.order.key));
    if (*profile)
        made.order.profile = profile;
    if (*container)
        made.order.container = container;
    kf_row_order_clear(ret_order);
    *ret_order = made;
    made = (kf_row_order){0};
    return KF_OK;
}

/* --- letters that look alike --- */

enum script { NO_LETTER, LATIN, CYRILLIC, GREEK, OTHER_LETTER };

/* Enough of UTF-8 for the scripts that are mistaken for each other. */
static enum script script_at(const unsigned char *at) {
    if ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'))
        return LATIN;
    if (*at == 0xcd || *at == 0xce || *at == 0xcf)
        return GREEK; /* U+0370 to U+03FF */
    if (*at >= 0xd0 && *at <= 0xd4)
        return CYRILLIC; /* U+0400 to U+052F */
    return *at >= 0x80 ? OTHER_LETTER : NO_LETTER;
}

bool kf_text_mixes_scripts(const char *text) {
    unsigned seen = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        enum script script = script_at(at);
        if ((*at & 0xc0) == 0x80)
            continue; /* inside a character */
        seen = script == NO_LETTER ? 0 : seen | 1u << script;
        bool two = (seen >> LATIN & 1) + (seen >> CYRILLIC & 1) + (seen >> GREEK & 1) > 1;
        if (two)
            return true;
    }
    return false;
}
