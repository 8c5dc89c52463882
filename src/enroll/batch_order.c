// SPDX-License-Identifier: Apache-2.0
// A row as an order. Several names in one cell are separated by ";" or "|".
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "enroll/batch_rows.h"
#include "x509/csr.h"

#define SEPARATORS ";|\n\r"

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a batch");
}

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
