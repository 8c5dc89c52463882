// SPDX-License-Identifier: Apache-2.0
// Distinguished names from RFC 4514 text.
#include "x509/name.h"

#include <openssl/err.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "x509/attribute.h"

#define NAME_TEXT_MAX    ((size_t)8192)
#define NAME_ENTRIES_MAX 32

KF_DEFINE_AUTO_PTR_WITH(ASN1_OBJECT, ASN1_OBJECT_free)
KF_DEFINE_AUTO_PTR_WITH(ASN1_TYPE, ASN1_TYPE_free)

/* Entries in the order of the text; `group` counts the relative distinguished names. */
struct reader {
    const char *at;
    X509_NAME_ENTRY *entries[NAME_ENTRIES_MAX];
    int groups[NAME_ENTRIES_MAX];
    size_t count;
    int group;
};

static void reader_clear(struct reader *reader) {
    for (size_t i = 0; i < reader->count; i++)
        X509_NAME_ENTRY_free(reader->entries[i]);
    reader->count = 0;
}

static void skip_blanks(struct reader *reader) {
    while (*reader->at == ' ')
        reader->at++;
}

/* The attribute type in front of "=". */
static kf_err read_type(struct reader *reader, char *ret_type, size_t size) {
    skip_blanks(reader);
    size_t len = strcspn(reader->at, "=,+\\ ");
    const char *end = reader->at + len;
    end += strspn(end, " ");
    if (len == 0 || *end != '=') {
        kf_fail(KF_E_USAGE, "there is no \"TYPE=\" at \"%.40s\" of the subject", reader->at);
        kf_error_hint("Write a subject such as \"CN=Anna Example,O=Example,C=DE\"; "
                      "a comma inside of a value is \"\\,\".");
        return KF_E_USAGE;
    }
    if (len >= size)
        return kf_fail(KF_E_USAGE, "the attribute type \"%.40s...\" is too long", reader->at);
    memcpy(ret_type, reader->at, len);
    ret_type[len] = '\0';
    reader->at = end + 1;
    return KF_OK;
}

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) % 16 : -1;
}

/* Two hex digits, or -1. */
static int hex_pair(const char *text) {
    int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
    return low < 0 ? -1 : high << 4 | low;
}

/* After a backslash: a special character, or two hex digits (RFC 4514 2.4). */
static kf_err read_escape(struct reader *reader, kf_buf *value) {
    int byte = hex_pair(reader->at + 1);
    if (byte >= 0) {
        uint8_t one = (uint8_t)byte;
        reader->at += 3;
        return kf_buf_add(value, &one, 1);
    }
    if (!reader->at[1] || !strchr("\\\"+,;<>#= ", reader->at[1]))
        return kf_fail(KF_E_USAGE, "\"%.2s\" in the subject is not an escape", reader->at);
    reader->at += 2;
    return kf_buf_add(value, reader->at - 1, 1);
}

/* Up to an unescaped "," or "+"; blanks around it go unless they are escaped. */
static kf_err read_value(struct reader *reader, kf_buf *value) {
    size_t keep = 0;
    while (*reader->at && !strchr(",+", *reader->at)) {
        if (strchr("\"<>;", *reader->at))
            return kf_fail(KF_E_USAGE, "write \"\\%c\" for \"%c\" in the subject (RFC 4514)",
                           *reader->at, *reader->at);
        bool blank = *reader->at == ' ';
        if (*reader->at == '\\')
            KF_TRY(read_escape(reader, value));
        else
            KF_TRY(kf_buf_add(value, reader->at++, 1));
        if (!blank)
            keep = value->len;
    }
    value->len = keep;
    return KF_OK;
}

/* "#04..." is the value's DER (RFC 4514 2.4); only strings make sense in a name. */
static kf_err read_hex_value(struct reader *reader, ASN1_TYPE **ret_value) {
    KF_AUTO(kf_buf) der = {0};
    const char *start = reader->at++;
    for (int byte; (byte = hex_pair(reader->at)) >= 0; reader->at += 2) {
        uint8_t one = (uint8_t)byte;
        KF_TRY(kf_buf_add(&der, &one, 1));
    }
    skip_blanks(reader);
    const uint8_t *end = der.data;
    KF_AUTO_PTR(ASN1_TYPE) value = der.len ? d2i_ASN1_TYPE(NULL, &end, (long)der.len) : NULL;
    ERR_clear_error();
    if (!value || end != der.data + der.len || (*reader->at && !strchr(",+", *reader->at)))
        return kf_fail(KF_E_USAGE, "\"%.40s\" in the subject is not the hex of one DER value",
                       start);
    *ret_value = KF_MOVE(value);
    return KF_OK;
}

static bool is_text_type(int type) {
    return type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING ||
           type == V_ASN1_IA5STRING || type == V_ASN1_NUMERICSTRING || type == V_ASN1_T61STRING ||
           type == V_ASN1_BMPSTRING || type == V_ASN1_UNIVERSALSTRING;
}

static kf_err check_hex_value(const struct kf_attribute *attribute, const char *name,
                              const ASN1_TYPE *value) {
    unsigned char *text = NULL;
    int len = is_text_type(value->type) ? ASN1_STRING_to_UTF8(&text, value->value.asn1_string) : -1;
    ERR_clear_error();
    if (len < 0)
        return kf_fail(KF_E_USAGE, "the hex value of %s is not a string", name);
    struct kf_attribute any_type = attribute ? *attribute : (struct kf_attribute){0};
    any_type.type = V_ASN1_UTF8STRING; /* the writer has chosen another one on purpose */
    kf_err err =
        kf_attribute_check(attribute ? &any_type : NULL, name, (const char *)text, (size_t)len);
    OPENSSL_free(text);
    return err;
}

static kf_err add_entry(struct reader *reader, const char *oid, int type, const void *data,
                        size_t len) {
    KF_AUTO_PTR(ASN1_OBJECT) object = NULL;
    KF_TRY(kf_oid_parse(oid, &object));
    if (reader->count == NAME_ENTRIES_MAX)
        return kf_fail(KF_E_USAGE, "the subject has more than %d attributes", NAME_ENTRIES_MAX);
    X509_NAME_ENTRY *entry = X509_NAME_ENTRY_create_by_OBJ(NULL, object, type, data, (int)len);
    if (!entry)
        return kf_fail_openssl(KF_E_CRYPTO, "making the subject");
    reader->groups[reader->count] = reader->group;
    reader->entries[reader->count++] = entry;
    return KF_OK;
}

/* One TYPE=VALUE. */
static kf_err read_attribute(struct reader *reader) {
    char name[KF_OID_TEXT_MAX];
    KF_TRY(read_type(reader, name, sizeof name));
    const char *plain = strncasecmp(name, "OID.", 4) == 0 ? name + 4 : name;
    const struct kf_attribute *attribute = kf_attribute_find(plain);
    if (!attribute && (*plain < '0' || *plain > '9')) {
        kf_fail(KF_E_USAGE, "there is no attribute \"%s\" for a subject", name);
        kf_error_hint(
            "Known are CN, O, OU, C, L, ST, STREET, SN, GN, title, UID, DC, emailAddress, "
            "serialNumber, INN, SNILS, OGRN and some more; any other one by its OID.");
        return KF_E_USAGE;
    }
    const char *oid = attribute ? attribute->oid : plain;
    skip_blanks(reader);
    if (*reader->at == '#') {
        KF_AUTO_PTR(ASN1_TYPE) value = NULL;
        KF_TRY(read_hex_value(reader, &value));
        KF_TRY(check_hex_value(attribute, name, value));
        const ASN1_STRING *string = value->value.asn1_string;
        return add_entry(reader, oid, value->type, ASN1_STRING_get0_data(string),
                         (size_t)ASN1_STRING_length(string));
    }
    KF_AUTO(kf_buf) value = {0};
    KF_TRY(read_value(reader, &value));
    KF_TRY(kf_attribute_check(attribute, name, kf_buf_str(&value), value.len));
    return add_entry(reader, oid, attribute ? attribute->type : V_ASN1_UTF8STRING, value.data,
                     value.len);
}

static kf_err read_attributes(struct reader *reader) {
    skip_blanks(reader);
    if (*reader->at == '\0')
        return KF_OK;
    for (;;) {
        KF_TRY(read_attribute(reader));
        if (*reader->at == '\0')
            return KF_OK;
        reader->group += *reader->at == ',';
        reader->at++;
    }
}

/* The text is most specific first, the DER the other way round (RFC 4514 2.1). */
static kf_err build(const struct reader *reader, X509_NAME **ret_name) {
    KF_AUTO_PTR(X509_NAME) name = X509_NAME_new();
    int last = -1;
    for (int group = reader->group; name && group >= 0; group--)
        for (size_t i = 0; i < reader->count; i++) {
            if (reader->groups[i] != group)
                continue;
            if (!X509_NAME_add_entry(name, reader->entries[i], -1, last == group ? -1 : 0))
                return kf_fail_openssl(KF_E_CRYPTO, "making the subject");
            last = group;
        }
    /* Encode once, so that what cannot be encoded shows here. */
    if (!name || i2d_X509_NAME(name, NULL) < 0)
        return kf_fail_openssl(KF_E_CRYPTO, "making the subject");
    *ret_name = KF_MOVE(name);
    return KF_OK;
}

kf_err kf_name_parse(const char *text, X509_NAME **ret_name) {
    size_t len = strnlen(text, NAME_TEXT_MAX + 1);
    if (len > NAME_TEXT_MAX)
        return kf_fail(KF_E_USAGE, "the subject is longer than %zu bytes", NAME_TEXT_MAX);
    if (!kf_utf8_valid(text, len))
        return kf_fail(KF_E_USAGE, "the subject is not UTF-8");
    if (*text == '/') {
        kf_fail(KF_E_USAGE,
                "a subject is written \"CN=Anna,O=Example\", not \"/O=Example/CN=Anna\"");
        return KF_E_USAGE;
    }
    __attribute__((cleanup(reader_clear))) struct reader reader = {.at = text};
    KF_TRY(read_attributes(&reader));
    return build(&reader, ret_name);
}
