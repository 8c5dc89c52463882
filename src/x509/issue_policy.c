// SPDX-License-Identifier: Apache-2.0
// What the lab CA agrees to sign: nothing that the profile does not ask for.
#include "x509/issue.h"

#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/extension.h"
#include "x509/extensions.h"
#include "x509/general_name.h"
#include "x509/json.h"
#include "x509/profile.h"
#include "x509/usage.h"

#define RSA_BITS_MIN 2048

static kf_err check_key(const kf_csr *csr, const kf_profile *profile) {
    KF_AUTO_PTR(EVP_PKEY) key = NULL;
    KF_TRY(kf_csr_public_key(csr, &key));
    if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
        return kf_fail(KF_E_POLICY, "the key has %d bits, but RSA keys need %d",
                       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    enum kf_key_type type = kf_public_key_type(key);
    for (size_t i = 0; type != KF_KEY_NONE && i < kf_profile_key_count(profile); i++)
        if (kf_profile_key_at(profile, i) == type)
            return KF_OK;
    return kf_fail(KF_E_POLICY, "the profile \"%s\" does not allow the key type %s",
                   kf_profile_name(profile), kf_public_key_title(key));
}

static bool is_ca_wish(X509_EXTENSION *extension) {
    BASIC_CONSTRAINTS *constraints = X509V3_EXT_d2i(extension);
    ERR_clear_error();
    bool harmless = constraints && !constraints->ca;
    BASIC_CONSTRAINTS_free(constraints);
    return !harmless;
}

static const char *const known[] = {"2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.37",
                                    KF_OID_SID_EXTENSION};

/* It is copied into the certificate. */
static kf_err check_template(const X509_EXTENSION *extension) {
    KF_AUTO_PTR(json_t) json = NULL;
    return kf_template_json(extension, &json) == KF_OK
               ? KF_OK
               : kf_fail(KF_E_POLICY, "the certificate template of the request is damaged");
}

static kf_err check_extension(X509_EXTENSION *extension) {
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
    if (kf_oid_is(object, "2.5.29.19"))
        return is_ca_wish(extension)
                   ? kf_fail(KF_E_POLICY, "the request asks to become a CA certificate")
                   : KF_OK;
    if (kf_oid_is(object, KF_OID_TEMPLATE_V1) || kf_oid_is(object, KF_OID_TEMPLATE_V2))
        return check_template(extension);
    for (size_t i = 0; i < KF_COUNT(known); i++)
        if (kf_oid_is(object, known[i]))
            return KF_OK;
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    return kf_fail(KF_E_POLICY,
                   "the request asks for the extension %s, which this CA does not give", oid);
}

static kf_err check_extensions(const X509_EXTENSIONS *asked) {
    KF_AUTO(kf_buf) oid = {0};
    if (sk_X509_EXTENSION_num(asked) > KF_EXTENSIONS_MAX)
        return kf_fail(KF_E_POLICY, "the request has more than %d extensions", KF_EXTENSIONS_MAX);
    if (kf_extensions_twice(asked, &oid))
        return kf_fail(KF_E_POLICY, "the request has the extension %s twice", kf_buf_str(&oid));
    for (int i = 0; i < sk_X509_EXTENSION_num(asked); i++)
        KF_TRY(check_extension(sk_X509_EXTENSION_value(asked, i)));
    return KF_OK;
}

/* The usages of the certificate are the profile's; a request that wants more was made for something
 * else. */
static kf_err check_usages(const kf_csr *csr, const X509_EXTENSIONS *asked,
                           const kf_profile *profile) {
    KF_AUTO(kf_usages) want = {0}, may = {0};
    KF_AUTO(kf_buf) bits = {0}, list = {0};
    KF_AUTO_PTR(X509_EXTENSIONS) given = NULL;
    KF_TRY(kf_profile_extensions(profile, kf_csr_key_type(csr), &given));
    KF_TRY(kf_usages_read(given, &may));
    if (kf_usages_read(asked, &want) != KF_OK)
        return kf_fail_in(KF_E_POLICY, "the request");
    KF_TRY(kf_usages_bits_less(&want, &may, &bits));
    KF_TRY(kf_usages_list_less(&want, &may, &list));
    if (bits.len || list.len)
        return kf_fail(KF_E_POLICY,
                       "the request asks for %s%s%s, which the profile \"%s\" does not give",
                       kf_buf_str(&bits), bits.len && list.len ? ", " : "", kf_buf_str(&list),
                       kf_profile_name(profile));
    return KF_OK;
}

static bool is_clean_ascii(const ASN1_STRING *value) {
    const uint8_t *text = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    for (int i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return false;
    return len > 0;
}

static bool is_clean_other(const OTHERNAME *other) {
    if (!other->value || other->value->type != V_ASN1_UTF8STRING)
        return true; /* not a kind with a text of its own: shows as hex and counts as "other" */
    const ASN1_STRING *value = other->value->value.utf8string;
    int len = ASN1_STRING_length(value);
    return len > 0 && kf_text_plain((const char *)ASN1_STRING_get0_data(value), (size_t)len);
}

/* A string with a NUL or worse looks like another name to some programs. */
static bool is_clean(const GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
        return is_clean_ascii(name->d.ia5);
    case GEN_IPADD: /* 8 and 32 bytes are for name constraints (RFC 5280 4.2.1.6) */
        return name->d.ip->length == 4 || name->d.ip->length == 16;
    case GEN_OTHERNAME:
        return is_clean_other(name->d.otherName);
    default:
        return true;
    }
}

static kf_err read_names(const X509_EXTENSIONS *asked, json_t **ret_list) {
    KF_AUTO_PTR(GENERAL_NAMES) names = kf_extensions_names(asked);
    if (sk_GENERAL_NAME_num(names) <= 0 && kf_extensions_find(asked, "2.5.29.17"))
        return kf_fail(KF_E_POLICY, "the alternative names of the request are damaged");
    if (sk_GENERAL_NAME_num(names) > KF_SAN_MAX)
        return kf_fail(KF_E_POLICY, "the request has more than %d names", KF_SAN_MAX);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (!is_clean(sk_GENERAL_NAME_value(names, i)))
            return kf_fail(KF_E_POLICY, "an alternative name of the request has characters that "
                                        "no name of its kind has");
    if (names)
        return kf_general_names_json(names, ret_list);
    *ret_list = json_array();
    return kf_json_ready(*ret_list);
}

/* A name of a known kind that is not well formed shows as "other"; it must not slip in as that. And
 * the security identifier has three forms: the extension, an otherName, and this URI
 * (MS-PKCA 3.1.5.2.1.6). */
static const struct {
    const char *start;
    enum kf_san_kind kind, is;
} disguises[] = {
    {KF_OID_UPN ";", KF_SAN_OTHER, KF_SAN_UPN},
    {KF_OID_KERBEROS ";", KF_SAN_OTHER, KF_SAN_KERBEROS},
    {KF_OID_SMTP_UTF8 ";", KF_SAN_OTHER, KF_SAN_EMAIL},
    {KF_OID_SID_NAME ";", KF_SAN_OTHER, KF_SAN_SID},
    {"tag:microsoft.com,2022-09-14:sid:", KF_SAN_URI, KF_SAN_SID},
};

static bool is_allowed(const struct kf_san *san, const kf_profile *profile) {
    for (size_t i = 0; i < KF_COUNT(disguises); i++)
        if (disguises[i].kind == san->kind &&
            strncasecmp(san->value, disguises[i].start, strlen(disguises[i].start)) == 0 &&
            !kf_profile_allows_san(profile, disguises[i].is))
            return false;
    return kf_profile_allows_san(profile, san->kind);
}

static kf_err read_name(const json_t *name, const kf_profile *profile, struct kf_san *ret_san) {
    const char *word = "";
    ret_san->value = "";
    json_unpack((json_t *)name, "{s:s, s:s}", "kind", &word, "value", &ret_san->value);
    if (kf_san_kind_parse(word, strlen(word), &ret_san->kind) == KF_OK &&
        is_allowed(ret_san, profile))
        return KF_OK;
    return kf_fail(KF_E_POLICY, "the profile \"%s\" does not allow the name \"%s:%.300s\"",
                   kf_profile_name(profile), word, ret_san->value);
}

static kf_err read_sid(const X509_EXTENSIONS *asked, const kf_profile *profile, kf_buf *ret_sid) {
    const X509_EXTENSION *extension = kf_extensions_find(asked, KF_OID_SID_EXTENSION);
    if (!extension)
        return KF_OK;
    if (kf_sid_from(extension, ret_sid) != KF_OK)
        return kf_fail_in(KF_E_POLICY, "the request");
    if (kf_profile_allows_san(profile, KF_SAN_SID))
        return KF_OK;
    return kf_fail(KF_E_POLICY, "the profile \"%s\" does not allow the security identifier \"%s\"",
                   kf_profile_name(profile), kf_buf_str(ret_sid));
}

static kf_err check_names(const kf_csr *csr, const X509_EXTENSIONS *asked,
                          const kf_profile *profile) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_AUTO(kf_buf) sid = {0};
    struct kf_san sans[KF_SAN_MAX + 1];
    KF_TRY(read_names(asked, &list));
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++)
        KF_TRY(read_name(json_array_get(list, i), profile, &sans[i]));
    KF_TRY(read_sid(asked, profile, &sid));
    if (sid.len)
        sans[count++] = (struct kf_san){KF_SAN_SID, kf_buf_str(&sid)};
    const X509_NAME *subject = X509_REQ_get_subject_name(kf_csr_x509(csr));
    kf_err err = kf_profile_check_names(profile, subject, sans, count);
    return err == KF_E_USAGE ? KF_E_POLICY : err;
}

static kf_err check_subject(const kf_csr *csr, const X509_EXTENSIONS *asked) {
    if (*kf_csr_subject(csr) || kf_extensions_find(asked, "2.5.29.17"))
        return KF_OK;
    return kf_fail(KF_E_POLICY, "the request has neither a subject nor an alternative name");
}

kf_err kf_issue_allowed(const kf_csr *csr, const kf_profile *profile) {
    KF_AUTO_PTR(X509_EXTENSIONS) asked = X509_REQ_get_extensions(kf_csr_x509(csr));
    ERR_clear_error();
    if (kf_profile_is_ca(profile))
        return kf_fail(KF_E_POLICY, "this CA makes no CA certificates, as the profile \"%s\" wants",
                       kf_profile_name(profile));
    KF_TRY(check_key(csr, profile));
    KF_TRY(check_subject(csr, asked));
    KF_TRY(check_extensions(asked));
    KF_TRY(check_usages(csr, asked, profile));
    return check_names(csr, asked, profile);
}
