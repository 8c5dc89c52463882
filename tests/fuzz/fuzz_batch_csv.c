// SPDX-License-Identifier: Apache-2.0
// Fuzz target: tables as people save them; what was read comes back from what is written of it.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enroll/batch_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(const kf_csv *csv, kf_buf *text) {
    for (size_t i = 0; i < csv->count; i++) {
        for (size_t k = 0; k < csv->rows[i].count; k++) {
            /* an empty row of one cell would be an empty line */
            const char *cell = csv->rows[i].cells[k];
            kf_csv_add_cell(text, csv->rows[i].count == 1 && !*cell ? "-" : cell, k == 0);
        }
        kf_buf_add_str(text, "\r\n");
    }
}

/* Only where no cell begins with our own mark, or with one of a spreadsheet's. */
static bool plain(const kf_csv *csv) {
    for (size_t i = 0; i < csv->count; i++)
        for (size_t k = 0; k < csv->rows[i].count; k++)
            if (strchr("'s", csv->rows[i].cells[k][0]) || strchr(csv->rows[i].cells[k], '\r'))
                return false;
    return csv->separator == ',';
}

static void come_back(const kf_csv *csv) {
    KF_AUTO(kf_buf) text = {0};
    KF_AUTO(kf_csv) again = {0};
    write_all(csv, &text);
    if (kf_csv_read(text.data, text.len, 1000, &again) != KF_OK)
        return; /* another separator, or too large by its quotes */
    if (again.separator == ',' && again.count != csv->count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(kf_csv) csv = {0};
    KF_AUTO(kf_batch) batch = {0};
    KF_AUTO(kf_batch_rows) rows = {0};
    if (kf_csv_read(data, size, 1000, &csv) == KF_OK && plain(&csv))
        come_back(&csv);
    if (kf_batch_read_csv(data, size, &batch, &rows) == KF_OK)
        for (size_t i = 0; i < rows.count; i++) {
            KF_AUTO(kf_row_order) made = {0};
            if (kf_row_order_make(&batch, &rows.items[i], &made) == KF_OK &&
                made.order.spec.san_count > KF_SAN_MAX)
                abort();
        }
    return 0;
}
