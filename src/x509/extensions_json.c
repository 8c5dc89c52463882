// SPDX-License-Identifier: Apache-2.0
// What the documents of certificates and of requests both say about extensions.
#include "x509/extensions.h"

#include "x509/attribute.h"
#include "x509/extension.h"
#include "x509/general_name.h"
#include "x509/json.h"
#include "x509/usage.h"

static kf_err add_extended(json_t *list, const ASN1_OBJECT *oid) {
    char text[KF_OID_TEXT_MAX];
    kf_oid_text(oid, text);
    return kf_json_append(
        list, json_pack("{s:s, s:s?}", "oid", text, "name", kf_extended_usage_name(oid)));
}

/* A damaged extension shows as an empty list: the document describes, the checks judge. */
static kf_err set_usages(const X509_EXTENSIONS *extensions, json_t *object) {
    KF_AUTO_PTR(json_t) plain = json_array();
    KF_AUTO_PTR(json_t) extended = json_array();
    KF_AUTO(kf_usages) usages = {0};
    uint32_t bit = 0;
    if (kf_usages_read(extensions, &usages) != KF_OK)
        kf_error_clear();
    for (size_t i = 0; kf_key_usage_at(i, &bit); i++)
        if (usages.bits & bit)
            KF_TRY(kf_json_append(plain, json_string(kf_key_usage_at(i, &bit))));
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.list); i++)
        KF_TRY(add_extended(extended, sk_ASN1_OBJECT_value(usages.list, i)));
    KF_TRY(kf_json_set(object, "key_usage", KF_MOVE(plain)));
    return kf_json_set(object, "extended_key_usage", KF_MOVE(extended));
}

static kf_err set_names(const X509_EXTENSIONS *extensions, json_t *object) {
    KF_AUTO_PTR(GENERAL_NAMES) names = kf_extensions_names(extensions);
    json_t *list = NULL;
    KF_TRY(kf_general_names_json(names, &list)); /* NULL is an empty list */
    return kf_json_set(object, "alternative_names", list);
}

static kf_err set_microsoft(const X509_EXTENSIONS *extensions, json_t *object) {
    KF_AUTO(kf_buf) sid = {0};
    const X509_EXTENSION *has_sid = kf_extensions_find(extensions, KF_OID_SID_EXTENSION);
    const X509_EXTENSION *v1 = kf_extensions_find(extensions, KF_OID_TEMPLATE_V1);
    const X509_EXTENSION *v2 = kf_extensions_find(extensions, KF_OID_TEMPLATE_V2);
    json_t *template = NULL;
    if (has_sid && kf_sid_from(has_sid, &sid) != KF_OK)
        kf_error_clear();
    if ((v2 || v1) && kf_template_json(v2 ? v2 : v1, &template) != KF_OK)
        kf_error_clear();
    KF_TRY(kf_json_set(object, "template", template ? template : json_null()));
    return kf_json_set(object, "sid", sid.len ? json_string(kf_buf_str(&sid)) : json_null());
}

kf_err kf_extensions_json(const X509_EXTENSIONS *extensions, json_t *object) {
    KF_TRY(set_usages(extensions, object));
    KF_TRY(set_names(extensions, object));
    return set_microsoft(extensions, object);
}
