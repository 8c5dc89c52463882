// SPDX-License-Identifier: Apache-2.0
// General names built in code, never from a configuration string (RFC 5280 4.2.1.6).
#include "x509/general_name.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <string.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/der.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(GENERAL_NAME, GENERAL_NAME_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_OBJECT, ASN1_OBJECT_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_TYPE, ASN1_TYPE_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_STRING, ASN1_STRING_free)

static kf_err out_of_memory(void) {
    return kf_fail_openssl(KF_E_CRYPTO, "making an alternative name");
}

/* rfc822Name, dNSName, URI, iPAddress: a string under a tag. */
static kf_err make_string(int tag, int type, const void *data, size_t len,
                          GENERAL_NAME **ret_name) {
    KF_AUTO_PTR(ASN1_STRING) value = ASN1_STRING_type_new(type);
    KF_AUTO_PTR(GENERAL_NAME) name = GENERAL_NAME_new();
    if (!value || !name || !ASN1_STRING_set(value, data, (int)len))
        return out_of_memory();
    GENERAL_NAME_set0_value(name, tag, KF_MOVE(value));
    *ret_name = KF_MOVE(name);
    return KF_OK;
}

static kf_err make_other(const char *oid, const uint8_t *der, size_t len, GENERAL_NAME **ret_name) {
    KF_AUTO_PTR(ASN1_OBJECT) object = NULL;
    KF_TRY(kf_oid_parse(oid, &object));
    const uint8_t *end = der;
    KF_AUTO_PTR(ASN1_TYPE) value = len ? d2i_ASN1_TYPE(NULL, &end, (long)len) : NULL;
    ERR_clear_error();
    if (!value || end != der + len)
        return kf_fail(KF_E_USAGE, "the value of the other name \"%s\" is not one DER element",
                       oid);
    KF_AUTO_PTR(GENERAL_NAME) name = GENERAL_NAME_new();
    if (!name || !GENERAL_NAME_set0_othername(name, object, value))
        return out_of_memory();
    object = NULL;
    value = NULL;
    *ret_name = KF_MOVE(name);
    return KF_OK;
}

static kf_err make_other_text(const char *oid, const char *text, size_t len,
                              GENERAL_NAME **ret_name) {
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(kf_der_add(&der, KF_DER_UTF8, text, len));
    return make_other(oid, der.data, der.len, ret_name);
}

static kf_err make_email(const char *text, GENERAL_NAME **ret_name) {
    KF_AUTO(kf_buf) address = {0};
    KF_TRY(kf_check_email(text, &address));
    for (size_t i = 0; i < address.len; i++)
        if (address.data[i] >= 0x80)
            return make_other_text(KF_OID_SMTP_UTF8, kf_buf_str(&address), address.len, ret_name);
    return make_string(GEN_EMAIL, V_ASN1_IA5STRING, address.data, address.len, ret_name);
}

static kf_err make_dns(const char *text, GENERAL_NAME **ret_name) {
    KF_AUTO(kf_buf) name = {0};
    KF_TRY(kf_check_dns(text, &name));
    return make_string(GEN_DNS, V_ASN1_IA5STRING, name.data, name.len, ret_name);
}

static kf_err make_ip(const char *text, GENERAL_NAME **ret_name) {
    uint8_t address[16];
    size_t len = inet_pton(AF_INET, text, address) == 1    ? 4
                 : inet_pton(AF_INET6, text, address) == 1 ? 16
                                                           : 0;
    if (!len)
        return kf_fail(KF_E_USAGE, "\"%s\" is not an IP address", text);
    return make_string(GEN_IPADD, V_ASN1_OCTET_STRING, address, len, ret_name);
}

static kf_err make_uri(const char *text, GENERAL_NAME **ret_name) {
    KF_TRY(kf_check_uri(text));
    return make_string(GEN_URI, V_ASN1_IA5STRING, text, strlen(text), ret_name);
}

static kf_err make_upn(const char *text, GENERAL_NAME **ret_name) {
    KF_TRY(kf_check_upn(text));
    return make_other_text(KF_OID_UPN, text, strlen(text), ret_name);
}

static kf_err make_kerberos(const char *text, GENERAL_NAME **ret_name) {
    KF_AUTO(kf_buf) der = {0};
    KF_TRY(kf_kerberos_encode(text, &der));
    return make_other(KF_OID_KERBEROS, der.data, der.len, ret_name);
}

/* "OID;UTF8:text" or "OID;DER:hex" */
static kf_err make_any_other(const char *text, GENERAL_NAME **ret_name) {
    char oid[KF_OID_TEXT_MAX] = "";
    size_t len = strcspn(text, ";");
    const char *value = text + len;
    if (len < sizeof oid)
        memcpy(oid, text, len);
    if (kf_str_starts(value, ";UTF8:") && value[6]) {
        KF_TRY(kf_attribute_check(NULL, "the other name", value + 6, strlen(value + 6)));
        return make_other_text(oid, value + 6, strlen(value + 6), ret_name);
    }
    if (!kf_str_starts(value, ";DER:"))
        return kf_fail(KF_E_USAGE,
                       "write the other name \"%s\" as \"OID;UTF8:text\" or \"OID;DER:hex\"", text);
    KF_AUTO(kf_buf) der = {0};
    if (kf_unhex(value + 5, &der) != KF_OK)
        return kf_fail_in(KF_E_USAGE, "the other name");
    return make_other(oid, der.data, der.len, ret_name);
}

static kf_err (*const makers[])(const char *text, GENERAL_NAME **ret_name) = {
    [KF_SAN_EMAIL] = make_email, [KF_SAN_DNS] = make_dns,         [KF_SAN_IP] = make_ip,
    [KF_SAN_URI] = make_uri,     [KF_SAN_UPN] = make_upn,         [KF_SAN_KERBEROS] = make_kerberos,
    [KF_SAN_SID] = NULL,         [KF_SAN_OTHER] = make_any_other,
};

static kf_err add_name(const struct kf_san *san, GENERAL_NAMES *names) {
    if ((size_t)san->kind >= KF_COUNT(makers) || !san->value)
        return kf_fail(KF_E_USAGE, "an alternative name has no kind or no value");
    if (!makers[san->kind])
        return KF_OK;
    if (strnlen(san->value, KF_SAN_VALUE_MAX + 1) > KF_SAN_VALUE_MAX)
        return kf_fail(KF_E_USAGE, "the %s \"%.60s...\" has more than %d bytes",
                       kf_san_title(san->kind), san->value, KF_SAN_VALUE_MAX);
    KF_AUTO_PTR(GENERAL_NAME) name = NULL;
    KF_TRY(makers[san->kind](san->value, &name));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), name) == 0)
            return KF_OK; /* said twice is said once */
    if (!sk_GENERAL_NAME_push(names, name))
        return out_of_memory();
    name = NULL;
    return KF_OK;
}

kf_err kf_general_names_build(const struct kf_san *sans, size_t count, GENERAL_NAMES **ret_names) {
    if (count > KF_SAN_MAX)
        return kf_fail(KF_E_USAGE, "there are more than %d alternative names", KF_SAN_MAX);
    KF_AUTO_PTR(GENERAL_NAMES) names = GENERAL_NAMES_new();
    if (!names)
        return out_of_memory();
    for (size_t i = 0; i < count; i++)
        KF_TRY(add_name(&sans[i], names));
    *ret_names = KF_MOVE(names);
    return KF_OK;
}
