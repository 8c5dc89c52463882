// SPDX-License-Identifier: Apache-2.0
// Distinguished names as JSON.
#include "base/text.h"
#include "x509/attribute.h"
#include "x509/json.h"
#include "x509/name_entries.h"

static kf_err visit_json(void *arg, const X509_NAME_ENTRY *entry, bool joined) {
    const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
    const struct kf_attribute *attribute = kf_attribute_of(object);
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    KF_AUTO(kf_buf) plain = {0}, shown = {0};
    kf_err err = KF_OK;
    if (kf_name_value(value, &plain, &err))
        KF_TRY(err == KF_OK ? kf_text_escape(&shown, kf_buf_str(&plain), plain.len) : err);
    else
        KF_TRY(kf_name_value_hex(&shown, value));
    return kf_json_append(arg, json_pack("{s:s, s:s, s:s}", "oid", oid, "name",
                                         attribute ? attribute->name : oid, "value",
                                         kf_buf_str(&shown)));
}

kf_err kf_name_json(const X509_NAME *name, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_name_each(name, visit_json, list));
    KF_TRY(kf_json_ready(list));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
