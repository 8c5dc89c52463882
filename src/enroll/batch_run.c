// SPDX-License-Identifier: Apache-2.0
// Ordering row after row. Which request a row has is recorded in the transaction that records the
// request, so that no row is ordered twice, whoever dies when.
#include <string.h>

#include "base/text.h"
#include "enroll/batch_rows.h"
#include "enroll/draft.h"

struct run {
    kf_context *context;
    kf_batch batch;
    kf_lock lock;
    kf_flow shared; /* the tokens, logged in, and the opened CA */
    int64_t row;    /* that is ordered now */
};

static void run_clear(struct run *run) {
    kf_flow_clear(&run->shared);
    kf_lock_clear(&run->lock);
    kf_batch_clear(&run->batch);
}

/* --- what an error means for the rows behind --- */

/* The next row would fail in the same way, or use up a try of the PIN. */
static bool stops(kf_err err) {
    static const kf_err all[] = {
        KF_E_PIN_WRONG,       KF_E_PIN_LOCKED,
        KF_E_PIN_LOW,         KF_E_PIN_LENGTH,
        KF_E_PIN_EXPIRED,     KF_E_PIN_NEEDED,
        KF_E_PIN_SOURCE,      KF_E_TOKEN_ABSENT,
        KF_E_TOKEN_OTHER,     KF_E_TOKEN_REMOVED,
        KF_E_TOKEN_AMBIGUOUS, KF_E_TOKEN_FULL,
        KF_E_TOKEN_BLANK,     KF_E_TOKEN_READ_ONLY,
        KF_E_MODULE,          KF_E_CA_UNREACHABLE,
        KF_E_CA_LOGIN,        KF_E_CA_ANSWER,
        KF_E_UNTRUSTED,       KF_E_INTERRUPTED,
        KF_E_MEMORY,          KF_E_IO,
        KF_E_DISK_FULL,       KF_E_PERMISSION,
        KF_E_DATABASE,        KF_E_DATABASE_NEWER,
        KF_E_CONFIG,          KF_E_BUSY,
    };
    for (size_t i = 0; i < KF_COUNT(all); i++)
        if (all[i] == err)
            return true;
    return false;
}

static bool is_under_way(kf_err err) {
    return err == KF_OK || err == KF_E_PENDING || err == KF_E_NEEDS_PERSON;
}

/* Of one order or of all? The other rows show it. */
static bool may_be_of_one(kf_err err) {
    return err == KF_E_CA_UNREACHABLE || err == KF_E_CA_ANSWER;
}

static kf_err park(struct run *run, const char *problem) {
    KF_AUTO(kf_batch_row) row = {0};
    KF_TRY(kf_batch_load_row(run->context, &run->batch, run->row, &row));
    free(row.problem);
    row.problem = strdup(problem);
    row.status = KF_ROW_PARKED;
    return row.problem ? kf_batch_row_save(run->context, &run->batch, &row)
                       : kf_fail(KF_E_MEMORY, "out of memory");
}

/* The whole batch is gone on with, not the one request. */
static void drop_request_hint(kf_err err, struct kf_error_saved *saved) {
    KF_AUTO_FREE char *next = kf_str("%s", kf_error_next(err));
    char *own = next ? strstr(next, " Then go on with `keyfob resume r-") : NULL;
    if (!own)
        return;
    *own = '\0';
    snprintf(saved->next, sizeof saved->next, "%s", next);
}

static kf_err in_row(const struct run *run, kf_err err) {
    struct kf_error_saved saved;
    kf_error_save(&saved);
    KF_AUTO_FREE char *whole = kf_str("row %lld: %s", (long long)run->row, saved.sentence);
    if (whole)
        snprintf(saved.sentence, sizeof saved.sentence, "%s", whole);
    drop_request_hint(err, &saved);
    kf_error_restore(&saved);
    return err;
}

/* Parks the row, or gives the error back when it stops the batch. */
static kf_err settle(struct run *run, kf_err err) {
    if (is_under_way(err))
        return KF_OK;
    if (stops(err))
        return in_row(run, err);
    KF_AUTO_FREE char *problem = kf_str("%s", kf_error_sentence(err));
    KF_TRY(problem ? park(run, problem) : kf_fail(KF_E_MEMORY, "out of memory"));
    kf_step(run->context, "row", KF_STEP_FAILED, 0, "row %lld is parked: %s", (long long)run->row,
            problem);
    return KF_OK;
}

/* --- rows with a request --- */

/* The CA is asked when its time has come; another process that works on the request goes on with
 * it. */
static kf_err go_on(struct run *run, const kf_batch_row *row) {
    KF_AUTO(kf_flow) flow = {0};
    char id[KF_REQUEST_ID_MAX];
    snprintf(id, sizeof id, "r-%lld", (long long)row->request);
    run->row = row->number;
    kf_err err = kf_flow_open(run->context, id, &flow);
    if (err == KF_E_BUSY)
        return KF_OK;
    KF_TRY(err);
    kf_flow_pass(&run->shared, &flow);
    flow.deadline = kf_flow_deadline(run->context, run->batch.order.wait);
    err = kf_flow_run(&flow);
    kf_flow_pass(&flow, &run->shared);
    return settle(run, err);
}

/* A CA that does not answer, and an order of which it is not known yet whether it arrived, keep no
 * other row from being asked about. */
static kf_err go_on_with_all(struct run *run, const kf_batch_rows *rows) {
    struct kf_error_saved saved = {.code = KF_OK};
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].status != KF_ROW_ORDERED)
            continue;
        if (kf_context_interrupted(run->context))
            return kf_fail(KF_E_INTERRUPTED, "interrupted; the batch is kept");
        kf_err err = go_on(run, &rows->items[i]);
        if (err != KF_OK && !may_be_of_one(err))
            return err;
        if (err != KF_OK)
            kf_error_save(&saved);
    }
    if (saved.code != KF_OK)
        kf_error_restore(&saved);
    return saved.code;
}

/* --- rows without --- */

static kf_err note_request(void *arg, kf_db *db, int64_t number) {
    const struct run *run = arg;
    return kf_batch_row_note_request(db, &run->batch, run->row, number);
}

static void tell_row(const struct run *run, const kf_batch_row *row, size_t count,
                     enum kf_step_state state) {
    kf_step(run->context, "row", state, 0, "row %lld of %zu: %s", (long long)row->number, count,
            row->title ? row->title : "");
}

static kf_err order_row(struct run *run, const kf_batch_row *row, size_t count) {
    KF_AUTO(kf_row_order) made = {0};
    char id[KF_REQUEST_ID_MAX] = "";
    run->row = row->number;
    tell_row(run, row, count, KF_STEP_BEGIN);
    kf_err err = kf_row_order_make(&run->batch, row, &made);
    if (err == KF_OK) {
        KF_AUTO(kf_draft)
        draft = {.order = made.order,
                 .also = {.write = note_request, .arg = run},
                 .shared = &run->shared};
        if (made.order.from)
            err = kf_draft_inherit(run->context, &draft, made.order.from);
        if (err == KF_OK)
            err = kf_draft_enroll(run->context, &draft, id);
    }
    if (is_under_way(err))
        tell_row(run, row, count, KF_STEP_DONE);
    return settle(run, err);
}

static kf_err order_all(struct run *run, const kf_batch_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        const kf_batch_row *row = &rows->items[i];
        if (row->status != KF_ROW_READY)
            continue;
        if (kf_context_interrupted(run->context))
            return kf_fail(KF_E_INTERRUPTED, "interrupted; the batch is kept");
        KF_TRY(order_row(run, row, rows->count));
    }
    return KF_OK;
}

/* --- the end --- */

static kf_err tell_parked(const struct run *run, const size_t *counts) {
    long long number = (long long)run->batch.number;
    kf_fail(KF_E_PARKED, "batch b-%lld: %zu done, %zu wait for the CA, %zu parked", number,
            counts[KF_ROW_DONE], counts[KF_ROW_ORDERED], counts[KF_ROW_PARKED]);
    kf_error_hint("See them with `keyfob batch show b-%lld`; correct one with `keyfob batch retry "
                  "b-%lld ROW COLUMN=VALUE`.",
                  number, number);
    return KF_E_PARKED;
}

static kf_err tell(const struct run *run) {
    KF_AUTO(kf_batch_rows) rows = {0};
    size_t counts[KF_ROW_STATUS_COUNT];
    long long number = (long long)run->batch.number;
    KF_TRY(kf_batch_load_rows(run->context, &run->batch, &rows));
    kf_batch_count(&rows, counts);
    if (counts[KF_ROW_PARKED])
        return tell_parked(run, counts);
    if (!counts[KF_ROW_ORDERED])
        return KF_OK;
    kf_fail(KF_E_PENDING, "batch b-%lld: %zu done, %zu wait for the CA", number,
            counts[KF_ROW_DONE], counts[KF_ROW_ORDERED]);
    kf_error_hint("Go on later with `keyfob batch resume b-%lld`.", number);
    return KF_E_PENDING;
}

static kf_err work(struct run *run) {
    KF_AUTO(kf_batch_rows) rows = {0};
    struct kf_error_saved saved = {.code = KF_OK};
    KF_TRY(kf_request_set(&run->shared.request.connection, run->batch.order.connection));
    KF_TRY(kf_flow_ca(&run->shared)); /* without its connection no row can go on */
    KF_TRY(kf_batch_load_rows(run->context, &run->batch, &rows));
    kf_err err = go_on_with_all(run, &rows);
    if (err != KF_OK && !may_be_of_one(err))
        return err;
    kf_error_save(&saved);
    KF_TRY(order_all(run, &rows));
    if (err == KF_OK)
        return tell(run);
    kf_error_restore(&saved);
    return err;
}

kf_err kf_batch_run(kf_context *context, const char *id) {
    struct run run = {.context = context, .shared = {.context = context}};
    kf_err err = kf_batch_load(context, id, &run.batch);
    if (err == KF_OK)
        err = kf_batch_lock(context, &run.batch, &run.lock);
    if (err == KF_OK)
        err = work(&run);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    run_clear(&run);
    if (err != KF_OK)
        kf_error_restore(&saved);
    return err;
}
