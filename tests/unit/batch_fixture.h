// SPDX-License-Identifier: Apache-2.0
// What the tests of batches share: the fake token, the scripted CA, and tables.
#pragma once

#include "unit/enroll_fixture.h"

#include <keyfob/batch.h>

static char batch[KF_BATCH_ID_MAX]; /* that begin() recorded */

static struct kf_batch_order table_for(const char *connection, const char *csv) {
    return (struct kf_batch_order){.name = "people.csv",
                                   .csv = (const uint8_t *)csv,
                                   .csv_len = strlen(csv),
                                   .common = {.connection = connection}};
}

__attribute__((unused)) static kf_err begin(const char *connection, const char *csv) {
    struct kf_batch_order order = table_for(connection, csv);
    return kf_batch_begin(context, &order, batch);
}

__attribute__((unused)) static kf_err run_batch(void) {
    return kf_batch_run(context, batch);
}

/* A member of row `number` (1 is the first) as text, "" for null; good until the next call. */
__attribute__((unused)) static const char *row_text(int number, const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_batch_json(context, batch, &json));
    const json_t *row = json_array_get(json_object_get(json, "rows"), (size_t)number - 1);
    assert_int_equal(json_integer_value(json_object_get(row, "row")), number);
    const char *text = json_string_value(json_object_get(row, key));
    snprintf(shown, sizeof shown, "%s", text ? text : "");
    return shown;
}

#define assert_row(number, status) assert_string_equal(row_text(number, "status"), status)

__attribute__((unused)) static void assert_row_says(int number, const char *part) {
    if (!strstr(row_text(number, "problem"), part))
        fail_msg("row %d says \"%s\", not \"%s\"", number, shown, part);
}

__attribute__((unused)) static long batch_count(const char *key) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_ok(kf_batch_json(context, batch, &json));
    return (long)json_integer_value(json_object_get(json_object_get(json, "counts"), key));
}
