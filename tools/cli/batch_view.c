// SPDX-License-Identifier: Apache-2.0
// Batches for a person: what was checked, how it stands, which rows need attention.
#include "batch_view.h"

#include <string.h>

/* Whom a row is for; where it has no subject, what stands first in it. */
static kf_err format_whom(const struct run *run, const json_t *row, const json_t *value,
                          kf_buf *out) {
    const char *column;
    json_t *cell;
    size_t count = 0;
    if (*json_text(row, "subject"))
        return format_text(run, row, value, out);
    json_object_foreach(json_object_get(row, "cells"), column, cell) {
        const char *text = json_string_value(cell);
        if (!text || count++ == 2)
            break;
        KF_TRY(kf_buf_add_str(out, count > 1 ? " " : ""));
        KF_TRY(kf_text_escape(out, text, strlen(text)));
    }
    return KF_OK;
}

static const struct column list_columns[] = {
    {"BATCH", "id", NULL},
    {"NAME", "name", NULL},
    {"CONNECTION", "connection", NULL},
    {"READY", "counts.ready", NULL},
    {"ORDERED", "counts.ordered", NULL},
    {"DONE", "counts.done", NULL},
    {"PARKED", "counts.parked", NULL},
    {"SINCE", "created_at", format_when},
};

static const struct column row_columns[] = {
    {"ROW", "row", NULL},
    {"STATUS", "status", format_state},
    {"SUBJECT", "subject", format_whom},
    {"REQUEST", "request", NULL},
    {"PROBLEM", "problem", NULL},
    {"WARNING", "warning", NULL},
};

static const struct column card_columns[] = {
    {"Batch", "id", NULL},
    {"Name", "name", NULL},
    {"Connection", "connection", NULL},
    {"Since", "created_at", format_when},
};

kf_err batch_table(struct run *run, const json_t *batches) {
    return out_list(run, batches, list_columns, KF_COUNT(list_columns), "batch");
}

size_t batch_count(const json_t *document, const char *status) {
    size_t i, count = 0;
    json_t *row;
    json_array_foreach(json_object_get(document, "rows"), i, row) {
        count += strcmp(json_text(row, "status"), status) == 0;
    }
    return count;
}

static kf_err show_rows(struct run *run, const json_t *document) {
    return out_list(run, json_object_get(document, "rows"), row_columns, KF_COUNT(row_columns),
                    "row");
}

/* Piped, the rows alone are the result. */
kf_err batch_card(struct run *run, const json_t *document) {
    if (run_has(run, OPT_JSON))
        return out_json(run, document);
    if (run->term.out) {
        KF_TRY(out_card(run, document, card_columns, KF_COUNT(card_columns)));
        KF_TRY(out_line(run, "%s", ""));
    }
    return show_rows(run, document);
}

/* --- checked --- */

/* What is wrong with the file as a whole. */
static void tell_problems(struct run *run, const json_t *document) {
    size_t i;
    json_t *problem;
    json_array_foreach(json_object_get(document, "problems"), i, problem) {
        KF_AUTO(kf_buf) text = {0};
        const char *raw = json_text(problem, "text");
        if (kf_text_escape(&text, raw, strlen(raw)) == KF_OK)
            note(run, "%s %s%s%s", term_mark(&run->term, MARK_NOTE), json_text(problem, "column"),
                 *json_text(problem, "column") ? ": " : "", kf_buf_str(&text));
    }
}

static void tell_row(struct run *run, const json_t *row) {
    KF_AUTO(kf_buf) text = {0};
    bool parked = strcmp(json_text(row, "status"), "parked") == 0;
    const char *raw = json_text(row, parked ? "problem" : "warning");
    if (!*raw || format_whom(run, row, json_object_get(row, "subject"), &text) != KF_OK ||
        kf_buf_add_str(&text, text.len ? "  " : "") != KF_OK ||
        kf_text_escape(&text, raw, strlen(raw)) != KF_OK)
        return;
    note(run, "  %s row %lld  %s", term_mark(&run->term, parked ? MARK_FAILED : MARK_NOTE),
         (long long)json_integer_value(json_object_get(row, "row")), kf_buf_str(&text));
}

void batch_tell_checked(struct run *run, const json_t *document) {
    size_t i, rows = json_array_size(json_object_get(document, "rows"));
    size_t skipped = batch_count(document, "skipped");
    json_t *row;
    tell_problems(run, document);
    json_array_foreach(json_object_get(document, "rows"), i, row) tell_row(run, row);
    note(run, "Checked %zu row%s: %zu ok, %zu need attention", rows - skipped,
         rows - skipped == 1 ? "" : "s", batch_count(document, "ready"),
         batch_count(document, "parked"));
}

kf_err batch_checked(struct run *run, const json_t *document) {
    size_t parked = batch_count(document, "parked");
    if (run_has(run, OPT_JSON))
        KF_TRY(out_json(run, document));
    else
        KF_TRY(show_rows(run, document));
    tell_problems(run, document);
    note(run, "%zu ok, %zu need attention. Nothing was ordered.", batch_count(document, "ready"),
         parked);
    if (parked == 0)
        return KF_OK;
    kf_fail(KF_E_PARKED, "%zu row%s need%s attention", parked, parked == 1 ? "" : "s",
            parked == 1 ? "s" : "");
    kf_error_key("Nothing was ordered.");
    kf_error_hint("Correct the file, or run it all the same: these rows are parked.");
    run->told = true;
    return KF_E_PARKED;
}

/* --- ordered --- */

kf_err batch_result(struct run *run, const json_t *document) {
    size_t i;
    json_t *row;
    if (run_has(run, OPT_JSON))
        return out_json(run, document);
    json_array_foreach(json_object_get(document, "rows"), i, row) {
        if (strcmp(json_text(row, "status"), "parked") == 0)
            tell_row(run, row);
    }
    return out_line(run, "%s: %zu done, %zu ordered, %zu to order, %zu parked",
                    json_text(document, "id"), batch_count(document, "done"),
                    batch_count(document, "ordered"), batch_count(document, "ready"),
                    batch_count(document, "parked"));
}
