// SPDX-License-Identifier: Apache-2.0
// What was asked, as the journal keeps it.
#include "enroll/order.h"

#include <string.h>

#include "base/text.h"
#include "x509/general_name.h"
#include "x509/json.h"

void kf_order_clear(kf_order *order) {
    kf_profile_free(order->profile);
    free(order->sans);
    free(order->fields);
    json_decref(order->json);
    *order = (kf_order){0};
}

/* NULL when a name is not UTF-8: no name may be left out. */
static json_t *encode_sans(const struct kf_csr_spec *spec) {
    json_t *list = json_array();
    for (size_t i = 0; i < spec->san_count; i++) {
        json_t *name =
            json_pack("{s:i s:s}", "kind", (int)spec->sans[i].kind, "value", spec->sans[i].value);
        if (json_array_append_new(list, name) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static kf_err parse_fields(const char *text, json_t **ret_fields) {
    json_error_t error;
    json_t *fields = json_loads(text ? text : "{}", JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(fields)) {
        json_decref(fields);
        return kf_fail(KF_E_USAGE, "the form's fields are not a JSON object: %s",
                       kf_json_problem(&error));
    }
    *ret_fields = fields;
    return KF_OK;
}

kf_err kf_order_encode(const struct kf_enroll_order *order, const kf_profile *profile,
                       enum kf_key_type key, char **ret_json) {
    const struct kf_csr_spec *spec = &order->spec;
    json_t *fields = NULL;
    KF_TRY(parse_fields(order->fields, &fields));
    json_t *json =
        json_pack("{s:s s:o s:s? s:b s:s? s:s? s:s s:i s:b s:s s:o}", "subject",
                  spec->subject ? spec->subject : "", "sans", encode_sans(spec), "hash", spec->hash,
                  "pss", spec->rsa_pss, "template_name", spec->template_name, "template_oid",
                  spec->template_oid, "key", kf_key_type_name(key), "id_style",
                  (int)order->id_style, "exportable", order->exportable, "profile_text",
                  profile ? kf_profile_text(profile) : "", "fields", fields);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return kf_fail(KF_E_INPUT, "the subject or a name is not valid UTF-8");
    *ret_json = text;
    return KF_OK;
}

kf_err kf_order_names(const json_t *document, struct kf_san **ret_sans, size_t *ret_count) {
    const json_t *names = json_object_get(document, "alternative_names");
    const char *sid = json_string_value(json_object_get(document, "sid"));
    size_t count = 0, room = json_array_size(names) + 1;
    struct kf_san *sans = calloc(room, sizeof *sans);
    if (!sans)
        return kf_fail(KF_E_MEMORY, "out of memory");
    for (size_t i = 0; i + 1 < room; i++) {
        const json_t *name = json_array_get(names, i);
        const char *kind = json_string_value(json_object_get(name, "kind"));
        sans[count].value = json_string_value(json_object_get(name, "value"));
        if (kind && kf_san_kind_parse(kind, strlen(kind), &sans[count].kind) == KF_OK)
            count++;
    }
    if (sid)
        sans[count++] = (struct kf_san){.kind = KF_SAN_SID, .value = sid};
    *ret_sans = sans;
    *ret_count = count;
    return KF_OK;
}

static kf_err decode_sans(json_t *list, kf_order *order) {
    size_t count = json_array_size(list);
    order->sans = calloc(count ? count : 1, sizeof *order->sans);
    if (!order->sans)
        return kf_fail(KF_E_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        order->sans[i].kind = (enum kf_san_kind)json_integer_value(json_object_get(item, "kind"));
        order->sans[i].value = json_string_value(json_object_get(item, "value"));
        if (!order->sans[i].value)
            return kf_fail(KF_E_DATABASE, "the journal has a name without a value");
    }
    order->spec.sans = order->sans;
    order->spec.san_count = count;
    return KF_OK;
}

static const char *text_of(const kf_order *order, const char *key) {
    return json_string_value(json_object_get(order->json, key));
}

static kf_err decode_key(kf_order *order) {
    const char *name = text_of(order, "key");
    if (!name || !*name || kf_str_equal(name, "none"))
        return KF_OK; /* a CSR made elsewhere */
    return kf_key_type_parse(name, &order->key);
}

static kf_err decode_profile(const kf_request *request, kf_order *order) {
    const char *text = text_of(order, "profile_text");
    if (!text || !*text || !request->profile)
        return KF_OK;
    return kf_profile_parse(text, strlen(text), request->profile, &order->profile);
}

kf_err kf_order_decode(const kf_request *request, kf_order *ret_order) {
    KF_AUTO(kf_order) order = {0};
    json_error_t error;
    order.json = json_loads(request->order ? request->order : "", 0, &error);
    if (!json_is_object(order.json))
        return kf_fail(KF_E_DATABASE, "the order of request r-%lld cannot be read: %s",
                       (long long)request->number,
                       order.json ? "not an object" : kf_json_problem(&error));
    KF_TRY(decode_profile(request, &order));
    KF_TRY(decode_sans(json_object_get(order.json, "sans"), &order));
    KF_TRY(decode_key(&order));
    order.fields = json_dumps(json_object_get(order.json, "fields"), JSON_COMPACT);
    order.spec.subject = text_of(&order, "subject");
    if (!order.fields || !order.spec.subject)
        return kf_fail(KF_E_DATABASE, "the order of request r-%lld has no fields or no subject",
                       (long long)request->number);
    order.spec.profile = order.profile;
    order.spec.hash = text_of(&order, "hash");
    order.spec.rsa_pss = json_is_true(json_object_get(order.json, "pss"));
    order.spec.template_name = text_of(&order, "template_name");
    order.spec.template_oid = text_of(&order, "template_oid");
    order.id_style = (enum kf_id_style)json_integer_value(json_object_get(order.json, "id_style"));
    order.exportable = json_is_true(json_object_get(order.json, "exportable"));
    kf_order_clear(ret_order);
    *ret_order = order;
    order = (kf_order){0};
    return KF_OK;
}
