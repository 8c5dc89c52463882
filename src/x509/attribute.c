// SPDX-License-Identifier: Apache-2.0
// The attribute types of distinguished names that keyfob knows: names, OIDs, string types and
// lengths.
#include "x509/attribute.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define UTF8      V_ASN1_UTF8STRING
#define PRINTABLE V_ASN1_PRINTABLESTRING
#define IA5       V_ASN1_IA5STRING
#define NUMERIC   V_ASN1_NUMERICSTRING

/* Lengths: RFC 5280 appendix A.1 (ub-...), X.520 annex C, RFC 4524, Russian order 795 for the last
 * five. */
static const struct kf_attribute attributes[] = {
    {"CN", "2.5.4.3", "commonName", UTF8, 1, 64},
    {"SN", "2.5.4.4", "surname", UTF8, 1, 64},
    {"serialNumber", "2.5.4.5", NULL, PRINTABLE, 1, 64},
    {"C", "2.5.4.6", "countryName country", PRINTABLE, 2, 2},
    {"L", "2.5.4.7", "localityName locality", UTF8, 1, 128},
    {"ST", "2.5.4.8", "S stateOrProvinceName", UTF8, 1, 128},
    {"STREET", "2.5.4.9", "streetAddress", UTF8, 1, 128},
    {"O", "2.5.4.10", "organizationName organization", UTF8, 1, 64},
    {"OU", "2.5.4.11", "organizationalUnitName", UTF8, 1, 64},
    {"title", "2.5.4.12", "T", UTF8, 1, 64},
    {"description", "2.5.4.13", NULL, UTF8, 1, 1024},
    {"businessCategory", "2.5.4.15", NULL, UTF8, 1, 128},
    {"postalCode", "2.5.4.17", NULL, UTF8, 1, 40},
    {"name", "2.5.4.41", NULL, UTF8, 1, 128},
    {"GN", "2.5.4.42", "G givenName", UTF8, 1, 64},
    {"initials", "2.5.4.43", NULL, UTF8, 1, 64},
    {"generationQualifier", "2.5.4.44", NULL, UTF8, 1, 64},
    {"dnQualifier", "2.5.4.46", NULL, PRINTABLE, 1, 64},
    {"pseudonym", "2.5.4.65", NULL, UTF8, 1, 128},
    {"organizationIdentifier", "2.5.4.97", NULL, UTF8, 1, 256},
    {"UID", "0.9.2342.19200300.100.1.1", "userId", UTF8, 1, 256},
    {"DC", "0.9.2342.19200300.100.1.25", "domainComponent", IA5, 1, 63},
    {"emailAddress", "1.2.840.113549.1.9.1", "E email", IA5, 1, 255},
    {"unstructuredName", "1.2.840.113549.1.9.2", NULL, UTF8, 1, 255},
    {"INN", "1.2.643.3.131.1.1", NULL, NUMERIC, 12, 12},
    {"SNILS", "1.2.643.100.3", NULL, NUMERIC, 11, 11},
    {"OGRN", "1.2.643.100.1", NULL, NUMERIC, 13, 13},
    {"OGRNIP", "1.2.643.100.5", NULL, NUMERIC, 15, 15},
    {"INNLE", "1.2.643.100.4", NULL, NUMERIC, 10, 10},
};

static bool has_word(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; at && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == len && strncasecmp(at, word, len) == 0)
            return true;
    return false;
}

const struct kf_attribute *kf_attribute_find(const char *name) {
    for (size_t i = 0; i < KF_COUNT(attributes); i++)
        if (strcasecmp(attributes[i].name, name) == 0 || has_word(attributes[i].alias, name) ||
            strcmp(attributes[i].oid, name) == 0)
            return &attributes[i];
    return NULL;
}

const struct kf_attribute *kf_attribute_of(const ASN1_OBJECT *object) {
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    for (size_t i = 0; i < KF_COUNT(attributes); i++)
        if (strcmp(attributes[i].oid, oid) == 0)
            return &attributes[i];
    return NULL;
}

/* The characters of each string type (X.680 41). */
static const struct {
    int type;
    const char *title, *allowed; /* NULL: all of ASCII */
} strings[] = {
    {PRINTABLE, "Latin letters, digits and '()+,-./:=?",
     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"},
    {IA5, "ASCII", NULL},
    {NUMERIC, "digits", "0123456789"},
};

static kf_err check_characters(int type, const char *name, const char *value, size_t len) {
    for (size_t i = 0; i < KF_COUNT(strings); i++) {
        if (strings[i].type != type)
            continue;
        for (size_t at = 0; at < len; at++)
            if ((uint8_t)value[at] >= 0x80 ||
                (strings[i].allowed && !strchr(strings[i].allowed, value[at])))
                return kf_fail(KF_E_USAGE, "%s takes only %s, not \"%.*s\"", name, strings[i].title,
                               (int)len, value);
    }
    return KF_OK;
}

/* What kf_text_escape() shows as \xNN: controls, line breaks, what turns the reading direction. */
static kf_err check_visible(const char *name, const char *value, size_t len) {
    KF_AUTO(kf_buf) shown = {0};
    KF_TRY(kf_text_escape(&shown, value, len));
    if (shown.len != len || memcmp(shown.data, value, len) != 0)
        return kf_fail(KF_E_USAGE, "%s holds a control character or is not UTF-8: \"%.*s\"", name,
                       (int)len, value);
    return KF_OK;
}

static size_t count_points(const char *value, size_t len) {
    size_t points = 0;
    for (size_t i = 0; i < len; i++)
        points += ((uint8_t)value[i] & 0xc0) != 0x80;
    return points;
}

kf_err kf_attribute_check(const struct kf_attribute *attribute, const char *name, const char *value,
                          size_t len) {
    if (len == 0)
        return kf_fail(KF_E_USAGE, "%s has no value", name);
    KF_TRY(check_visible(name, value, len));
    if (!attribute)
        return KF_OK;
    KF_TRY(check_characters(attribute->type, name, value, len));
    size_t points = count_points(value, len);
    if (attribute->min == attribute->max && points != attribute->max)
        return kf_fail(KF_E_USAGE, "%s must have exactly %zu characters, and \"%.*s\" has %zu",
                       name, attribute->max, (int)len, value, points);
    if (points > attribute->max)
        return kf_fail(KF_E_USAGE, "%s may have at most %zu characters, and \"%.*s\" has %zu", name,
                       attribute->max, (int)len, value, points);
    return KF_OK;
}

void kf_oid_text(const ASN1_OBJECT *object, char ret_text[static KF_OID_TEXT_MAX]) {
    int len = object ? OBJ_obj2txt(ret_text, KF_OID_TEXT_MAX, object, 1) : 0;
    if (len <= 0 || len >= KF_OID_TEXT_MAX)
        ret_text[0] = '\0';
}

bool kf_oid_is(const ASN1_OBJECT *object, const char *oid) {
    char text[KF_OID_TEXT_MAX];
    kf_oid_text(object, text);
    return strcmp(text, oid) == 0;
}

kf_err kf_oid_parse(const char *oid, ASN1_OBJECT **ret_object) {
    size_t len = strlen(oid);
    bool dotted = len && len < KF_OID_TEXT_MAX && strspn(oid, "0123456789.") == len;
    ASN1_OBJECT *object = dotted && strchr(oid, '.') ? OBJ_txt2obj(oid, 1) : NULL;
    char again[KF_OID_TEXT_MAX] = "";
    if (object)
        kf_oid_text(object, again);
    ERR_clear_error();
    /* What does not come back as it was ("1.2.03", "1..2") was not an OID. */
    if (!object || strcmp(again, oid) != 0) {
        ASN1_OBJECT_free(object);
        return kf_fail(KF_E_USAGE, "\"%s\" is not an object identifier such as 1.2.840.113549",
                       oid);
    }
    *ret_object = object;
    return KF_OK;
}
