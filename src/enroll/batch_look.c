// SPDX-License-Identifier: Apache-2.0
// Looking at every row before the first order: its own sense, the CA's form, what the CA refuses,
// and whether two rows are the same.
#include <keyfob/form.h>

#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"
#include "enroll/batch_look.h"
#include "x509/csr.h"
#include "x509/profile.h"

#define NOTES_MAX 50

/* --- one row --- */

/* Is this the row's fault, rather than the CA's or ours? */
static bool is_of_row(kf_err err) {
    return err == KF_E_USAGE || err == KF_E_INPUT || err == KF_E_POLICY || err == KF_E_PROFILE ||
           err == KF_E_TOO_LARGE || err == KF_E_UNSUPPORTED || err == KF_E_NOT_FOUND ||
           err == KF_E_KEY_WEAK;
}

static kf_err note(char **field, const char *text) {
    char *copy = *field ? kf_str("%s; %s", *field, text) : strdup(text);
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    free(*field);
    *field = copy;
    return KF_OK;
}

kf_err kf_batch_look_files(kf_batch_look *look, kf_batch_row *row) {
    const json_t *form = NULL;
    const char *column;
    json_t *cell;
    KF_TRY(kf_batch_form(look, kf_batch_template(look, row), &form));
    json_object_foreach(row->cells, column, cell) {
        const char *kind =
            json_string_value(json_object_get(kf_batch_form_field(form, column), "kind"));
        if (strcmp(column, "csr") == 0 || kf_str_equal(kind, "file"))
            KF_TRY(kf_batch_row_take_file(row, column));
    }
    return KF_OK;
}

/* A cell of a list field holds several, separated by ";" or "|". */
static kf_err split_lists(const json_t *form, json_t *values) {
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(values, next, name, value) {
        const char *kind =
            json_string_value(json_object_get(kf_batch_form_field(form, name), "kind"));
        if (!kf_str_equal(kind, "list") || !json_is_string(value))
            continue;
        KF_AUTO_FREE char *copy = strdup(json_string_value(value));
        KF_AUTO_PTR(json_t) list = json_array();
        char *rest = NULL;
        for (char *part = copy ? strtok_r(copy, ";|\r\n", &rest) : NULL; part;
             part = strtok_r(NULL, ";|\r\n", &rest))
            KF_TRY(kf_json_append(list, json_string(kf_str_trim(part))));
        KF_TRY(kf_json_set(values, name, json_incref(list)));
    }
    return KF_OK;
}

static kf_err note_form_problems(const json_t *problems, kf_batch_row *row) {
    for (size_t i = 0; i < json_array_size(problems); i++) {
        const json_t *problem = json_array_get(problems, i);
        const char *title = json_string_value(json_object_get(problem, "title"));
        const char *text = json_string_value(json_object_get(problem, "text"));
        KF_AUTO_FREE char *whole = kf_str("\"%s\" %s", title ? title : "", text ? text : "");
        KF_TRY(whole ? note(&row->problem, whole) : kf_fail(KF_E_MEMORY, "out of memory"));
    }
    return KF_OK;
}

/* The fields with defaults; NULL when they are not right. */
static kf_err check_fields(kf_batch_look *look, kf_batch_row *row, kf_row_order *made,
                           char **ret_fields) {
    KF_AUTO_PTR(json_t) values = json_loads(made->fields, 0, NULL);
    KF_AUTO_PTR(json_t) complete = NULL;
    KF_AUTO_PTR(json_t) problems = NULL;
    const json_t *form = NULL;
    KF_TRY(kf_json_ready(values));
    KF_TRY(kf_batch_form(look, kf_batch_template(look, row), &form));
    KF_TRY(split_lists(form, values));
    kf_err err = form ? kf_form_check(form, values, &complete, &problems) : KF_OK;
    if (err == KF_E_USAGE)
        return note_form_problems(problems, row);
    KF_TRY(err);
    *ret_fields = json_dumps(form ? complete : values, JSON_COMPACT | JSON_SORT_KEYS);
    return *ret_fields ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err check_profile(kf_batch_look *look, const struct kf_enroll_order *order) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_TRY(
        kf_profile_load(look->context, order->profile ? order->profile : "tls-client", &profile));
    if (order->key == KF_KEY_NONE || order->csr)
        return KF_OK;
    for (size_t i = 0; i < kf_profile_key_count(profile); i++)
        if (kf_profile_key_at(profile, i) == order->key)
            return KF_OK;
    return kf_fail(KF_E_POLICY, "the profile \"%s\" does not allow %s keys",
                   kf_profile_name(profile), kf_key_type_title(order->key));
}

static kf_err check_emails(const kf_batch_row *row) {
    KF_AUTO_FREE char *copy = strdup(kf_batch_row_cell(row, "email"));
    char *rest = NULL;
    if (!copy)
        return kf_fail(KF_E_MEMORY, "out of memory");
    for (char *part = strtok_r(copy, ";|\r\n", &rest); part;
         part = strtok_r(NULL, ";|\r\n", &rest)) {
        const char *wrong = kf_form_check_value("email", kf_str_trim(part));
        if (wrong)
            return kf_fail(KF_E_USAGE, "\"%.100s\" (email) %s", kf_str_trim(part), wrong);
    }
    return KF_OK;
}

/* With a CA that may say the subject itself, an order without names is for it to refuse. */
static kf_err check_spec(const kf_batch_look *look, const struct kf_csr_spec *spec) {
    bool named = (spec->subject && *spec->subject) || spec->san_count > 0;
    return named || !kf_ca_connector(look->service.ca)->prepare ? kf_csr_spec_check(spec) : KF_OK;
}

/* What the CA says of every row is told once. */
static kf_err keep_notes(kf_batch_look *look, const json_t *notes) {
    for (size_t i = 0; i < json_array_size(notes); i++) {
        json_t *item = json_array_get(notes, i);
        bool known = json_array_size(look->notes) >= NOTES_MAX;
        for (size_t k = 0; k < json_array_size(look->notes) && !known; k++)
            known = json_equal(json_array_get(look->notes, k), item);
        if (!known)
            KF_TRY(kf_json_append(look->notes, json_incref(item)));
    }
    return KF_OK;
}

static kf_err ask_ca(kf_batch_look *look, const struct kf_enroll_order *order, const char *fields) {
    KF_AUTO(kf_prepared) prepared = {0};
    struct kf_ca_plan plan = {
        .profile = order->profile ? order->profile : "tls-client",
        .key = order->key == KF_KEY_NONE ? "" : kf_key_type_name(order->key),
        .subject = order->spec.subject ? order->spec.subject : "",
        .fields = fields,
        .csr = order->csr,
        .csr_len = order->csr_len,
    };
    KF_TRY(kf_ca_prepare(look->service.ca, &plan, &prepared));
    KF_TRY(keep_notes(look, prepared.notes));
    if (order->csr)
        return KF_OK;
    struct kf_csr_spec spec = order->spec;
    spec.subject = prepared.subject ? prepared.subject : spec.subject;
    return kf_csr_spec_check(&spec);
}

/* --- the same twice --- */

/* Of all that an order is made of, so that equal rows have equal prints. */
static kf_err make_print(const kf_batch_row *row, const kf_row_order *made, const char *fields,
                         char **ret_print) {
    const char *csr = json_string_value(json_object_get(row->files, "csr"));
    KF_AUTO(kf_buf) text = {0}, hex = {0};
    uint8_t digest[32];
    KF_TRY(kf_buf_printf(&text, "%s\n%s\n%s\n%s\n", made->subject, fields, csr ? csr : "",
                         made->order.profile ? made->order.profile : ""));
    for (size_t i = 0; i < made->order.spec.san_count; i++)
        KF_TRY(kf_buf_printf(&text, "%d:%s\n", (int)made->order.spec.sans[i].kind,
                             made->order.spec.sans[i].value));
    if (!EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "SHA-256 is not available");
    KF_TRY(kf_hex(&hex, digest, sizeof digest, 0));
    free(*ret_print);
    *ret_print = strdup(kf_buf_str(&hex));
    return *ret_print ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err find_twice(json_t *known, const char *text, const char *what, kf_batch_row *row) {
    const json_t *first = json_object_get(known, text);
    if (!first)
        return kf_json_set(known, text, json_integer(row->number));
    if (json_integer_value(first) == row->number)
        return KF_OK;
    KF_AUTO_FREE char *problem =
        kf_str("%s as in row %lld", what, (long long)json_integer_value(first));
    return problem ? note(&row->problem, problem) : kf_fail(KF_E_MEMORY, "out of memory");
}

/* The first one that has it. */
static kf_err note_first(json_t *known, const char *text, const kf_batch_row *row) {
    if (!text || !*text || json_object_get(known, text))
        return KF_OK;
    return kf_json_set(known, text, json_integer(row->number));
}

/* What another row is known by. */
static kf_err remember(kf_batch_look *look, const kf_batch_row *row) {
    const char *csr = json_string_value(json_object_get(row->files, "csr"));
    KF_TRY(note_first(look->prints, row->print, row));
    KF_TRY(note_first(look->requests, csr, row));
    return note_first(look->containers, kf_batch_row_cell(row, "container"), row);
}

kf_err kf_batch_look_beside(kf_batch_look *look, const kf_batch_rows *rows, int64_t except) {
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].number != except)
            KF_TRY(remember(look, &rows->items[i]));
    return KF_OK;
}

static kf_err check_twins(kf_batch_look *look, kf_batch_row *row) {
    const char *container = kf_batch_row_cell(row, "container");
    const char *csr = json_string_value(json_object_get(row->files, "csr"));
    KF_TRY(find_twice(look->prints, row->print, "the same order", row));
    if (csr && !row->problem) /* one key for two people */
        KF_TRY(find_twice(look->requests, csr, "the same request", row));
    return *container ? find_twice(look->containers, container, "the same container", row) : KF_OK;
}

/* --- whom it is for --- */

static kf_err make_title(kf_batch_row *row, const kf_row_order *made) {
    const struct kf_csr_spec *spec = &made->order.spec;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    const char *title = made->subject;
    if (made->order.csr && kf_csr_read(made->order.csr, made->order.csr_len, &csr) == KF_OK)
        title = kf_csr_subject(csr);
    if (!*title && spec->san_count)
        title = spec->sans[0].value;
    free(row->title);
    row->title = strdup(title);
    return row->title ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err warn_of_letters(kf_batch_row *row) {
    const char *column;
    json_t *cell;
    json_object_foreach(row->cells, column, cell) {
        if (json_object_get(row->files, column) || !kf_text_mixes_scripts(json_string_value(cell)))
            continue;
        KF_AUTO_FREE char *text = kf_str("\"%s\" (%s) has letters of two alphabets in one word",
                                         json_string_value(cell), column);
        KF_TRY(text ? note(&row->warning, text) : kf_fail(KF_E_MEMORY, "out of memory"));
    }
    return KF_OK;
}

/* The same every year is fine, and twice in a morning is not: the person knows. */
static kf_err warn_of_earlier(const kf_batch_look *look, kf_batch_row *row) {
    KF_AUTO_FREE char *text = NULL;
    KF_TRY(kf_batch_row_earlier(look->context, look->batch, row, &text));
    return text ? note(&row->warning, text) : KF_OK;
}

/* --- all of it --- */

static kf_err look_closely(kf_batch_look *look, kf_batch_row *row) {
    KF_AUTO(kf_row_order) made = {0};
    KF_AUTO_FREE char *fields = NULL;
    KF_TRY(kf_batch_look_files(look, row));
    KF_TRY(kf_row_order_make(look->batch, row, &made));
    KF_TRY(make_title(row, &made));
    KF_TRY(warn_of_letters(row));
    KF_TRY(check_profile(look, &made.order));
    KF_TRY(check_emails(row));
    if (!made.order.csr)
        KF_TRY(check_spec(look, &made.order.spec));
    KF_TRY(check_fields(look, row, &made, &fields));
    if (!fields)
        return KF_OK; /* noted */
    KF_TRY(make_print(row, &made, fields, &row->print));
    row->fields = strdup(fields);
    if (!row->fields)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(check_twins(look, row));
    KF_TRY(warn_of_earlier(look, row));
    return row->problem ? KF_OK : ask_ca(look, &made.order, fields);
}

kf_err kf_batch_look_at(kf_batch_look *look, kf_batch_row *row) {
    if (row->status == KF_ROW_SKIPPED)
        return KF_OK;
    free(KF_MOVE(row->problem));
    free(KF_MOVE(row->warning));
    free(KF_MOVE(row->fields));
    kf_err err = look_closely(look, row);
    if (err != KF_OK && !is_of_row(err))
        return err;
    if (err != KF_OK)
        KF_TRY(note(&row->problem, kf_error_sentence(err)));
    kf_error_clear();
    row->status = row->problem ? KF_ROW_PARKED : KF_ROW_READY;
    return KF_OK;
}
