// SPDX-License-Identifier: Apache-2.0
// keyfob batch: many recipients from a CSV file, each an order of its own.
#include <string.h>

#include "batch_view.h"
#include "fields.h"
#include "login.h"
#include "tty.h"

#define CSV_MAX ((size_t)8 * 1024 * 1024)

/* --- what is ordered for all rows --- */

typedef struct batch_input {
    struct kf_batch_order order;
    kf_buf csv;
    char *fields, *connection;
} batch_input;

static void batch_input_clear(batch_input *input) {
    kf_buf_clear(&input->csv);
    free(input->fields);
    free(input->connection);
}

static kf_err read_fields(struct run *run, batch_input *input) {
    KF_AUTO_PTR(json_t) given = NULL;
    KF_TRY(fields_given(run, &given));
    if (run_has(run, OPT_TEMPLATE))
        json_object_set_new(given, "template", json_string(run_option(run, OPT_TEMPLATE)));
    if (json_object_size(given) == 0)
        return KF_OK;
    KF_TRY(fields_text(given, &input->fields));
    input->order.common.fields = input->fields;
    return KF_OK;
}

/* The one that is named, or the only one. */
static kf_err choose_connection(struct run *run, batch_input *input) {
    KF_AUTO_PTR(json_t) list = NULL;
    const char *name = run_option(run, OPT_CONNECTION);
    if (!name) {
        KF_TRY(kf_connections_json(run->context, &list));
        if (json_array_size(list) != 1)
            return kf_fail(KF_E_USAGE, "%zu connections are set up, name one with --connection",
                           json_array_size(list));
        name = json_text(json_array_get(list, 0), "name");
    }
    input->connection = strdup(name);
    input->order.common.connection = input->connection;
    return input->connection ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err read_order(struct run *run, batch_input *input) {
    const char *path = run_argument(run, 0), *slash = strrchr(path, '/');
    struct kf_enroll_order *common = &input->order.common;
    KF_TRY(run_read_file(path, CSV_MAX, &input->csv));
    input->order.name = slash ? slash + 1 : path;
    input->order.csv = input->csv.data;
    input->order.csv_len = input->csv.len;
    common->token = run_option(run, OPT_TOKEN);
    common->profile = run_option(run, OPT_PROFILE);
    if (run_has(run, OPT_KEY))
        KF_TRY(kf_key_type_parse(run_option(run, OPT_KEY), &common->key));
    KF_TRY(choose_connection(run, input));
    return read_fields(run, input);
}

/* --- steps that may want a sign-in --- */

struct work {
    const batch_input *input;
    const char *id;
    json_t *document;
};

static kf_err check_rows(struct run *run, void *arg) {
    struct work *work = arg;
    return kf_batch_check(run->context, &work->input->order, &work->document);
}

static kf_err run_rows(struct run *run, void *arg) {
    struct work *work = arg;
    return kf_batch_run(run->context, work->id);
}

/* --- run, resume --- */

static kf_err confirm(struct run *run, size_t ready) {
    char question[96];
    if (run_has(run, OPT_YES) || !run_can_ask(run))
        return KF_OK;
    snprintf(question, sizeof question, "Order these %zu now? Type yes: ", ready);
    return run_confirm(run, question, "yes");
}

static void tell_parked(struct run *run, const char *id) {
    note(run, "  See them:     keyfob batch show %s", id);
    note(run, "  Correct one:  keyfob batch retry %s ROW COLUMN=VALUE", id);
    note(run, "  In a file:    keyfob batch errors %s --out FILE", id);
}

/* Ends with the batch as it stands, whatever happened. */
static kf_err order_rows(struct run *run, const char *id, const char *connection) {
    struct work work = {.id = id};
    struct kf_error_saved saved;
    KF_AUTO_PTR(json_t) document = NULL;
    kf_err code = login_and(run, connection, run_rows, &work);
    kf_error_save(&saved);
    KF_TRY(kf_batch_json(run->context, id, &document));
    KF_TRY(batch_result(run, document));
    fflush(stdout);
    kf_error_restore(&saved);
    run->told = code == KF_E_PENDING || code == KF_E_PARKED;
    if (code == KF_E_PARKED)
        tell_parked(run, id);
    else if (code == KF_E_PENDING)
        note(run, "  When the CA has decided:  keyfob batch resume %s", id);
    else if (code != KF_OK)
        kf_error_hint("%s Then `keyfob batch resume %s`.", saved.next, id);
    return code;
}

kf_err cmd_batch_run(struct run *run) {
    KF_AUTO(batch_input) input = {0};
    struct work work = {.input = &input};
    char id[KF_BATCH_ID_MAX] = "";
    KF_TRY(read_order(run, &input));
    KF_TRY(login_and(run, input.connection, check_rows, &work));
    KF_AUTO_PTR(json_t) document = work.document;
    if (run_has(run, OPT_DRY_RUN))
        return batch_checked(run, document);
    size_t ready = batch_count(document, "ready");
    batch_tell_checked(run, document);
    if (ready == 0) {
        kf_fail(KF_E_INPUT, "no row of \"%s\" can be ordered", input.order.name);
        kf_error_hint("Correct the file as said above; `keyfob help batch` says what it may hold.");
        return KF_E_INPUT;
    }
    KF_TRY(confirm(run, ready));
    KF_TRY(kf_batch_begin(run->context, &input.order, id));
    note(run, "Batch %s  %zu rows to order", id, ready);
    return order_rows(run, id, input.connection);
}

/* The one that was named; the library knows which rows are still to be ordered. */
kf_err cmd_batch_resume(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    const char *id = run_argument(run, 0);
    KF_TRY(kf_batch_json(run->context, id, &document));
    return order_rows(run, id, json_text(document, "connection"));
}

/* --- looking --- */

kf_err cmd_batch_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_batches_json(run->context, &list));
    return batch_table(run, list);
}

kf_err cmd_batch_show(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_batch_json(run->context, run_argument(run, 0), &document));
    return batch_card(run, document);
}

kf_err cmd_batch_errors(struct run *run) {
    KF_AUTO_FREE uint8_t *csv = NULL;
    size_t len = 0;
    KF_TRY(kf_batch_errors(run->context, run_argument(run, 0), &csv, &len));
    return out_file(run, csv, len, false);
}

/* --- correcting --- */

static kf_err read_changes(struct run *run, char **ret_text) {
    KF_AUTO_PTR(json_t) changes = json_object();
    for (size_t i = 2; i < run->line->argument_count; i++)
        KF_TRY(fields_set(changes, run_argument(run, i), "a correction"));
    return fields_text(changes, ret_text);
}

kf_err cmd_batch_retry(struct run *run) {
    const char *id = run_argument(run, 0);
    KF_AUTO_FREE char *changes = NULL;
    json_t *document = NULL;
    int64_t row = 0;
    KF_TRY(kf_parse_number(run_argument(run, 1), "the row", 1, KF_BATCH_ROWS_MAX, &row));
    KF_TRY(read_changes(run, &changes));
    KF_TRY(kf_batch_retry(run->context, id, row, run->line->argument_count > 2 ? changes : NULL));
    KF_TRY(kf_batch_json(run->context, id, &document));
    KF_TRY(out_done(run, document, "Row %s of %s is ready again", run_argument(run, 1), id));
    note(run, "  Order it:  keyfob batch resume %s", id);
    return KF_OK;
}
