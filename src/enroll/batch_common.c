// SPDX-License-Identifier: Apache-2.0
// What all rows of a batch share, as JSON for the database and back.
#include <string.h>

#include "base/text.h"
#include "enroll/batch_rows.h"

static kf_err no_memory(void) {
    return kf_fail(KF_E_MEMORY, "out of memory for a batch");
}

void kf_batch_clear(kf_batch *batch) {
    if (!batch)
        return;
    free(batch->name);
    free(batch->who);
    free(batch->sans);
    free(batch->fields);
    json_decref(batch->columns);
    json_decref(batch->common);
    *batch = (kf_batch){0};
}

static kf_err encode_names(const struct kf_csr_spec *spec, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < spec->san_count; i++)
        KF_TRY(kf_json_append(list, json_pack("{s:i, s:s}", "kind", (int)spec->sans[i].kind,
                                              "value", spec->sans[i].value)));
    *ret_list = KF_MOVE(list);
    return KF_OK;
}

static kf_err refuse(const struct kf_enroll_order *order) {
    if (!order->connection || !*order->connection)
        return kf_fail(KF_E_USAGE, "no connection was named");
    if (order->csr)
        return kf_fail(KF_E_USAGE, "one request cannot be that of all rows; name a file for each "
                                   "in a column \"csr\"");
    if (order->container)
        return kf_fail(KF_E_USAGE, "one container cannot be that of all rows; name one for each in "
                                   "a column \"container\"");
    if (order->spec.challenge)
        return kf_fail(KF_E_UNSUPPORTED, "a challenge password cannot be kept in a batch");
    return KF_OK;
}

static kf_err encode(const struct kf_enroll_order *order, json_t **ret_common) {
    const struct kf_csr_spec *spec = &order->spec;
    KF_AUTO_PTR(json_t) fields = NULL;
    KF_AUTO_PTR(json_t) names = NULL;
    json_error_t error;
    fields = json_loads(order->fields ? order->fields : "{}", JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(fields))
        return kf_fail(KF_E_USAGE, "the form's fields are not a JSON object");
    KF_TRY(encode_names(spec, &names));
    *ret_common = json_pack(
        "{s:s, s:s?, s:s?, s:s, s:s?, s:O, s:s?, s:b, s:s?, s:s?, s:O, s:i, s:b, s:I, s:s?}",
        "connection", order->connection, "token", order->token, "profile", order->profile, "key",
        order->key == KF_KEY_NONE ? "" : kf_key_type_name(order->key), "subject", spec->subject,
        "names", names, "hash", spec->hash, "pss", spec->rsa_pss, "template_name",
        spec->template_name, "template_oid", spec->template_oid, "fields", fields, "id_style",
        (int)order->id_style, "exportable", order->exportable, "wait", (json_int_t)order->wait,
        "from", order->from);
    return *ret_common ? KF_OK : kf_fail(KF_E_INPUT, "what all rows share is not valid UTF-8");
}

kf_err kf_batch_common(const struct kf_enroll_order *order, kf_batch *batch) {
    KF_TRY(refuse(order));
    KF_TRY(encode(order, &batch->common));
    return kf_batch_common_read(batch);
}

/* --- back --- */

static const char *text_of(const kf_batch *batch, const char *key) {
    return json_string_value(json_object_get(batch->common, key));
}

static bool flag_of(const kf_batch *batch, const char *key) {
    return json_is_true(json_object_get(batch->common, key));
}

static kf_err read_names(kf_batch *batch) {
    const json_t *names = json_object_get(batch->common, "names");
    size_t count = json_array_size(names);
    batch->sans = calloc(count + 1, sizeof *batch->sans);
    if (!batch->sans)
        return no_memory();
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(names, i);
        batch->sans[i].kind = (enum kf_san_kind)json_integer_value(json_object_get(name, "kind"));
        batch->sans[i].value = json_string_value(json_object_get(name, "value"));
    }
    batch->order.spec.sans = batch->sans;
    batch->order.spec.san_count = count;
    return KF_OK;
}

kf_err kf_batch_common_read(kf_batch *batch) {
    const char *key = text_of(batch, "key");
    const json_t *fields = json_object_get(batch->common, "fields");
    if (!text_of(batch, "connection") || !json_is_object(fields))
        return kf_fail(KF_E_DATABASE, "a batch in the database cannot be read");
    batch->order = (struct kf_enroll_order){
        .connection = text_of(batch, "connection"),
        .token = text_of(batch, "token"),
        .profile = text_of(batch, "profile"),
        .from = text_of(batch, "from"),
        .exportable = flag_of(batch, "exportable"),
        .wait = json_integer_value(json_object_get(batch->common, "wait")),
        .id_style =
            (enum kf_id_style)json_integer_value(json_object_get(batch->common, "id_style")),
        .spec = {.subject = text_of(batch, "subject"),
                 .hash = text_of(batch, "hash"),
                 .rsa_pss = flag_of(batch, "pss"),
                 .template_name = text_of(batch, "template_name"),
                 .template_oid = text_of(batch, "template_oid")},
    };
    if (key && *key)
        KF_TRY(kf_key_type_parse(key, &batch->order.key));
    KF_TRY(read_names(batch));
    batch->fields = json_dumps(fields, JSON_COMPACT);
    batch->order.fields = batch->fields;
    return batch->fields ? KF_OK : no_memory();
}
