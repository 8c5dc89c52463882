// SPDX-License-Identifier: Apache-2.0
// Extensions made from DER of our own, and Microsoft's certificate template.
#include "x509/extension.h"

#include <openssl/err.h>
#include <string.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/der.h"
#include "x509/json.h"

KF_DEFINE_AUTO_PTR_WITH(ASN1_OBJECT, ASN1_OBJECT_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_STRING, ASN1_STRING_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_TYPE, ASN1_TYPE_free)

kf_err kf_extension_make(const char *oid, const kf_buf *der, X509_EXTENSION **ret_extension) {
    KF_AUTO_PTR(ASN1_OBJECT) object = NULL;
    KF_TRY(kf_oid_parse(oid, &object));
    KF_AUTO_PTR(ASN1_OCTET_STRING) value = ASN1_OCTET_STRING_new();
    if (!value || !ASN1_OCTET_STRING_set(value, der->data, (int)der->len))
        return kf_fail_openssl(KF_E_CRYPTO, "making an extension");
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
    if (!extension)
        return kf_fail_openssl(KF_E_CRYPTO, "making an extension");
    *ret_extension = extension;
    return KF_OK;
}

/* UTF-8 to a BMPString; only what has two bytes in UTF-16 fits (X.680 41.15). */
kf_err kf_template_v1(const char *name, X509_EXTENSION **ret_extension) {
    KF_TRY(kf_attribute_check(NULL, "the template name", name, strnlen(name, 257)));
    ASN1_STRING *bmp = NULL;
    int type = ASN1_mbstring_ncopy(&bmp, (const uint8_t *)name, (int)strlen(name), MBSTRING_UTF8,
                                   B_ASN1_BMPSTRING, 1, 256);
    ERR_clear_error();
    if (type < 0)
        return kf_fail(KF_E_USAGE, "the template name \"%s\" is too long or cannot be encoded",
                       name);
    KF_AUTO_PTR(ASN1_STRING) owned = bmp;
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(kf_der_add(&der, KF_DER_BMP, ASN1_STRING_get0_data(owned),
                      (size_t)ASN1_STRING_length(owned)));
    return kf_extension_make(KF_OID_TEMPLATE_V1, &der, ret_extension);
}

/* CertificateTemplateOID ::= SEQUENCE { templateID, major INTEGER OPTIONAL, minor INTEGER OPTIONAL
 * } */
kf_err kf_template_v2(const char *text, X509_EXTENSION **ret_extension) {
    char oid[KF_OID_TEXT_MAX] = "";
    size_t len = strcspn(text, ":");
    KF_AUTO(kf_buf) der = {0};
    if (len < sizeof oid)
        memcpy(oid, text, len);
    KF_TRY(kf_der_add_oid(&der, oid));
    static const char *const parts[] = {"the template's major version",
                                        "the template's minor version"};
    const char *at = text + len;
    for (size_t i = 0; *at == ':' && i < KF_COUNT(parts); i++) {
        char digits[16] = "";
        int64_t number = 0;
        size_t here = strcspn(++at, ":");
        if (here < sizeof digits)
            memcpy(digits, at, here);
        if (kf_parse_number(digits, parts[i], 0, UINT32_MAX, &number) != KF_OK)
            return kf_fail_in(KF_E_USAGE, "template \"%s\"", text);
        KF_TRY(kf_der_add_number(&der, (uint32_t)number));
        at += here;
    }
    if (*at)
        return kf_fail(KF_E_USAGE, "the template \"%s\" is not \"OID:major:minor\"", text);
    KF_TRY(kf_der_wrap(&der, KF_DER_SEQUENCE));
    return kf_extension_make(KF_OID_TEMPLATE_V2, &der, ret_extension);
}

static kf_err not_a_template(void) {
    return kf_fail(KF_E_NOT_FOUND, "the extension is not a certificate template");
}

static kf_err read_v1(const ASN1_OCTET_STRING *data, json_t **ret_json) {
    const uint8_t *start = ASN1_STRING_get0_data(data), *end = start;
    KF_AUTO_PTR(ASN1_TYPE) value = d2i_ASN1_TYPE(NULL, &end, ASN1_STRING_length(data));
    unsigned char *text = NULL;
    bool is_text = value && end == start + ASN1_STRING_length(data) &&
                   (value->type == V_ASN1_BMPSTRING || value->type == V_ASN1_UTF8STRING);
    int len = is_text ? ASN1_STRING_to_UTF8(&text, value->value.asn1_string) : -1;
    ERR_clear_error();
    if (len < 0)
        return not_a_template();
    KF_AUTO(kf_buf) shown = {0};
    kf_err err = kf_text_escape(&shown, (const char *)text, (size_t)len);
    OPENSSL_free(text);
    KF_TRY(err);
    json_t *json = json_pack("{s:s}", "name", kf_buf_str(&shown));
    KF_TRY(kf_json_ready(json));
    *ret_json = json;
    return KF_OK;
}

static kf_err read_v2(const ASN1_OCTET_STRING *data, json_t **ret_json) {
    struct kf_der_view rest = {ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data)}, all;
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all) || rest.len)
        return not_a_template();
    const uint8_t *at = all.data;
    KF_AUTO_PTR(ASN1_OBJECT) object = d2i_ASN1_OBJECT(NULL, &at, (long)all.len);
    ERR_clear_error();
    if (!object)
        return not_a_template();
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    KF_AUTO_PTR(json_t) json = json_pack("{s:s}", "oid", oid);
    rest = (struct kf_der_view){at, all.len - (size_t)(at - all.data)};
    static const char *const parts[] = {"major", "minor"};
    for (size_t i = 0; rest.len && i < KF_COUNT(parts); i++) {
        uint32_t number = 0;
        if (!kf_der_take_number(&rest, &number))
            return not_a_template();
        KF_TRY(kf_json_set(json, parts[i], json_integer(number)));
    }
    if (rest.len)
        return not_a_template();
    KF_TRY(kf_json_ready(json));
    *ret_json = KF_MOVE(json);
    return KF_OK;
}

kf_err kf_template_json(const X509_EXTENSION *extension, json_t **ret_json) {
    X509_EXTENSION *mutable =
        (X509_EXTENSION *)extension; /* the getters of OpenSSL 3.0 lack const */
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(mutable);
    if (kf_oid_is(object, KF_OID_TEMPLATE_V1))
        return read_v1(X509_EXTENSION_get_data(mutable), ret_json);
    if (kf_oid_is(object, KF_OID_TEMPLATE_V2))
        return read_v2(X509_EXTENSION_get_data(mutable), ret_json);
    return not_a_template();
}
