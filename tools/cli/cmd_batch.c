// SPDX-License-Identifier: Apache-2.0
// keyfob batch: many recipients from a CSV file.
#include <string.h>

#include "enroll_order.h"
#include "fields.h"
#include "login.h"
#include "tty.h"

#define CSV_MAX ((size_t)8 * 1024 * 1024)

/* --- showing --- */

static const struct column list_columns[] = {
    {"BATCH", "id", NULL},
    {"NAME", "name", NULL},
    {"CONNECTION", "connection", NULL},
    {"STATUS", "status", format_state},
    {"ROWS", "counts.rows|rows_total|count", NULL},
    {"DONE", "counts.done", NULL},
    {"PARKED", "counts.parked", NULL},
    {"SINCE", "created_at", format_when},
};

static const struct column row_columns[] = {
    {"ROW", "row", NULL},
    {"STATUS", "status", format_row},
    {"SUBJECT", "subject", NULL},
    {"REQUEST", "request", NULL},
    {"PROBLEM", "problem|problems", format_list},
};

static size_t count_status(const json_t *rows, const char *status) {
    size_t i, count = 0;
    json_t *row;
    json_array_foreach(rows, i, row) count += strcmp(json_text(row, "status"), status) == 0;
    return count;
}

static kf_err show_rows(struct run *run, const json_t *document) {
    if (run_has(run, OPT_JSON))
        return out_json(run, document);
    return out_list(run, json_object_get(document, "rows"), row_columns, KF_COUNT(row_columns),
                    "row");
}

/* --- running --- */

typedef struct batch_input {
    struct kf_batch_order order;
    kf_buf csv;
    char connection[256];
    char *fields, *name;
} batch_input;

static void batch_input_clear(batch_input *input) {
    kf_buf_clear(&input->csv);
    free(input->fields);
    free(input->name);
}
