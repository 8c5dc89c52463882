// SPDX-License-Identifier: Apache-2.0
// Distinguished names back to RFC 4514 text.
#include "x509/name_entries.h"

#include <string.h>

#include "base/quiet.h"
#include "base/text.h"
#include "x509/attribute.h"

bool kf_name_value(const ASN1_STRING *value, kf_buf *ret_text, kf_err *ret_err) {
    unsigned char *text = NULL;
    KF_QUIET();
    int len = ASN1_STRING_to_UTF8(&text, value);
    if (len < 0)
        return false;
    *ret_err = kf_buf_add(ret_text, text, (size_t)len);
    OPENSSL_free(text);
    return true;
}

kf_err kf_name_value_hex(kf_buf *text, const ASN1_STRING *value) {
    ASN1_TYPE any = {.type = ASN1_STRING_type(value), .value.asn1_string = (ASN1_STRING *)value};
    unsigned char *der = NULL;
    int len = i2d_ASN1_TYPE(&any, &der);
    if (len < 0)
        return kf_fail_openssl(KF_E_CRYPTO, "showing a name");
    kf_err err = kf_buf_add_str(text, "#");
    if (err == KF_OK)
        err = kf_hex(text, der, (size_t)len, '\0');
    OPENSSL_free(der);
    return err;
}

/* The bytes of one UTF-8 character (1 when they are none). */
static size_t character_len(const char *text, size_t len) {
    for (size_t used = 1; used <= 4 && used <= len; used++)
        if (kf_utf8_valid(text, used))
            return used;
    return 1;
}

static bool is_shown_as_is(const char *text, size_t len) {
    char shown[20];
    kf_text_escape_into(shown, sizeof shown, text, len);
    return strlen(shown) == len && memcmp(shown, text, len) == 0;
}

/* What cannot be shown safely becomes \XX, so the text stays RFC 4514 and can be read again. */
static kf_err add_escaped(kf_buf *text, const char *value, size_t len) {
    for (size_t at = 0, used; at < len; at += used) {
        used = character_len(value + at, len - at);
        bool first = at == 0, last = at + used == len;
        if (!is_shown_as_is(value + at, used))
            for (size_t i = 0; i < used; i++)
                KF_TRY(kf_buf_printf(text, "\\%02X", (uint8_t)value[at + i]));
        else if (strchr("\"+,;<>\\", value[at]) || (first && value[at] == '#') ||
                 ((first || last) && value[at] == ' '))
            KF_TRY(kf_buf_printf(text, "\\%c", value[at]));
        else
            KF_TRY(kf_buf_add(text, value + at, used));
    }
    return KF_OK;
}

static kf_err add_entry(kf_buf *text, const X509_NAME_ENTRY *entry) {
    const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
    const struct kf_attribute *attribute = kf_attribute_of(object);
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    KF_TRY(kf_buf_printf(text, "%s=", attribute ? attribute->name : oid));
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    KF_AUTO(kf_buf) plain = {0};
    kf_err err = KF_OK;
    /* RFC 4514 2.4: a type shown as an OID has its value as hex. */
    if (!attribute || !kf_name_value(value, &plain, &err))
        return kf_name_value_hex(text, value);
    KF_TRY(err);
    return add_escaped(text, kf_buf_str(&plain), plain.len);
}

kf_err kf_name_each(const X509_NAME *name, kf_name_visit *visit, void *arg) {
    int end = X509_NAME_entry_count(name);
    while (end > 0) {
        int group = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, end - 1)), start = end - 1;
        while (start > 0 && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, start - 1)) == group)
            start--;
        for (int i = start; i < end; i++)
            KF_TRY(visit(arg, X509_NAME_get_entry(name, i), i > start));
        end = start;
    }
    return KF_OK;
}

static kf_err visit_text(void *arg, const X509_NAME_ENTRY *entry, bool joined) {
    kf_buf *text = arg;
    if (text->len)
        KF_TRY(kf_buf_add_str(text, joined ? "+" : ","));
    return add_entry(text, entry);
}

kf_err kf_name_text(const X509_NAME *name, kf_buf *ret_text) {
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_buf_add_str(&text, ""));
    KF_TRY(kf_name_each(name, visit_text, &text));
    kf_buf_move(ret_text, &text);
    return KF_OK;
}
