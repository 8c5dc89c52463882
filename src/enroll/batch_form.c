// SPDX-License-Identifier: Apache-2.0
// The table's columns beside the fields of the CA's form.
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "enroll/batch_look.h"

#define TEMPLATES_MAX 100

void kf_batch_look_free(kf_batch_look *look) {
    if (!look)
        return;
    kf_service_clear(&look->service);
    json_decref(look->forms);
    json_decref(look->problems);
    json_decref(look->prints);
    json_decref(look->containers);
    json_decref(look->requests);
    json_decref(look->notes);
    free(look);
}

const json_t *kf_batch_look_problems(const kf_batch_look *look) {
    return look->problems;
}

const json_t *kf_batch_look_notes(const kf_batch_look *look) {
    return look->notes;
}

/* --- forms --- */

const char *kf_batch_template(const kf_batch_look *look, const kf_batch_row *row) {
    const json_t *fields = json_object_get(look->batch->common, "fields");
    const char *common = json_string_value(json_object_get(fields, "template"));
    const char *own = row ? kf_batch_row_cell(row, "template") : "";
    return *own ? own : common ? common : "";
}

kf_err kf_batch_form(kf_batch_look *look, const char *template, const json_t **ret_form) {
    json_t *form = json_object_get(look->forms, template);
    if (!form && json_object_size(look->forms) == TEMPLATES_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the table names more than %d templates", TEMPLATES_MAX);
    if (!form) {
        bool has = kf_ca_connector(look->service.ca)->form != NULL;
        kf_err err =
            has ? kf_ca_form(look->service.ca, KF_FORM_ORDER, *template ? template : NULL, &form)
                : KF_E_UNSUPPORTED;
        if (err != KF_OK && err != KF_E_UNSUPPORTED)
            return err;
        form = err == KF_OK ? form : json_null();
        kf_error_clear();
        KF_TRY(kf_json_set(look->forms, template, form));
    }
    *ret_form = json_is_object(form) ? form : NULL;
    return KF_OK;
}

const json_t *kf_batch_form_field(const json_t *form, const char *name) {
    const json_t *fields = json_object_get(form, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        if (kf_str_equal(json_string_value(json_object_get(field, "name")), name))
            return field;
    }
    return NULL;
}

/* --- columns --- */

static bool in_some_form(const kf_batch_look *look, const char *column) {
    const char *template;
    json_t *form;
    json_object_foreach(look->forms, template, form) {
        if (kf_batch_form_field(form, column))
            return true;
    }
    return false;
}

static void try_all(const kf_batch_look *look, struct kf_nearest *nearest) {
    const char *template, *own;
    json_t *form;
    for (size_t i = 0; (own = kf_batch_own_column(i)); i++)
        kf_nearest_try(nearest, own);
    json_object_foreach(look->forms, template, form) {
        const json_t *fields = json_object_get(form, "fields");
        for (size_t i = 0; i < json_array_size(fields); i++) {
            const char *name =
                json_string_value(json_object_get(json_array_get(fields, i), "name"));
            if (name)
                kf_nearest_try(nearest, name);
        }
    }
}

kf_err kf_batch_look_column(const kf_batch_look *look, const char *column) {
    struct kf_nearest nearest = {.wanted = column};
    if (kf_batch_is_own_column(column) || in_some_form(look, column))
        return KF_OK;
    try_all(look, &nearest);
    const char *near = kf_nearest_word(&nearest);
    return near ? kf_fail(KF_E_USAGE,
                          "\"%.80s\" is neither a column that keyfob knows nor a field "
                          "of this CA; did you mean \"%s\"?",
                          column, near)
                : kf_fail(KF_E_USAGE,
                          "\"%.80s\" is neither a column that keyfob knows nor a field "
                          "of this CA",
                          column);
}

static kf_err complain(kf_batch_look *look, const char *column, const char *text) {
    return kf_json_append(look->problems, json_pack("{s:s, s:s}", "column", column, "text", text));
}

static kf_err check_columns(kf_batch_look *look) {
    const json_t *columns = look->batch->columns;
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const char *column = json_string_value(json_array_get(columns, i));
        kf_err err = kf_batch_look_column(look, column);
        if (err != KF_OK)
            KF_TRY(complain(look, column, kf_error_sentence(err)));
    }
    return KF_OK;
}

static bool has_column(const kf_batch_look *look, const char *name) {
    const json_t *columns = look->batch->columns;
    for (size_t i = 0; i < json_array_size(columns); i++)
        if (kf_str_equal(json_string_value(json_array_get(columns, i)), name))
            return true;
    return false;
}

/* Nobody could fill in a field that is needed and has neither column nor value. */
static kf_err check_missing(kf_batch_look *look, const json_t *form) {
    const json_t *fields = json_object_get(form, "fields");
    const json_t *common = json_object_get(look->batch->common, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        const char *title = json_string_value(json_object_get(field, "title"));
        bool given = !name || has_column(look, name) || json_object_get(common, name) ||
                     json_object_get(field, "value");
        if (given || !json_is_true(json_object_get(field, "required")))
            continue;
        KF_AUTO_FREE char *text =
            kf_str("the CA needs \"%s\" (%s), and no column has it", title ? title : name, name);
        KF_TRY(text ? complain(look, name, text) : kf_fail(KF_E_MEMORY, "out of memory"));
    }
    return KF_OK;
}

static kf_err load_forms(kf_batch_look *look, const kf_batch_rows *rows) {
    const json_t *form = NULL;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].status != KF_ROW_SKIPPED)
            KF_TRY(kf_batch_form(look, kf_batch_template(look, &rows->items[i]), &form));
    return KF_OK;
}

static kf_err check_table(kf_batch_look *look, const kf_batch_rows *rows) {
    const char *template;
    json_t *form;
    KF_TRY(load_forms(look, rows));
    KF_TRY(check_columns(look));
    if (json_object_size(look->forms) == 1)
        json_object_foreach(look->forms, template, form) KF_TRY(check_missing(look, form));
    return KF_OK;
}

/* No certificate could be checked, so none is ordered (as with a single order). */
static kf_err check_anchors(const kf_batch_look *look) {
    const char *connection = look->batch->order.connection;
    KF_AUTO(kf_certs) anchors = {0};
    KF_TRY(kf_ca_anchors(look->service.ca, &anchors));
    if (anchors.count > 0)
        return KF_OK;
    kf_fail(KF_E_UNTRUSTED, "no root certificate of the connection \"%s\" was accepted yet",
            connection);
    kf_error_hint(
        "Compare the fingerprint with the CA and accept it: `keyfob connection roots %s`.",
        connection);
    return KF_E_UNTRUSTED;
}

kf_err kf_batch_look_new(kf_context *context, const kf_batch *batch, const kf_batch_rows *rows,
                         kf_batch_look **ret_look) {
    KF_AUTO_PTR(kf_batch_look) look = calloc(1, sizeof *look);
    if (!look)
        return kf_fail(KF_E_MEMORY, "out of memory");
    look->context = context;
    look->batch = batch;
    look->forms = json_object();
    look->problems = json_array();
    look->prints = json_object();
    look->containers = json_object();
    look->requests = json_object();
    look->notes = json_array();
    if (!look->forms || !look->problems || !look->prints || !look->containers || !look->requests ||
        !look->notes)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_service_open(context, batch->order.connection, &look->service));
    KF_TRY(check_anchors(look));
    KF_TRY(check_table(look, rows));
    *ret_look = KF_MOVE(look);
    return KF_OK;
}
