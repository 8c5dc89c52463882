// SPDX-License-Identifier: Apache-2.0
// The registered names as a subject, and a slip that is hard to see in them.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "x509/attribute.h"

#define INN "1.2.643.3.131.1.1"

/* RFC 4514 2.4 */
static kf_err add_escaped(kf_buf *subject, const char *value) {
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++) {
        bool at_end = i == 0 || i + 1 == len;
        bool special = strchr("\"+,;<>\\", value[i]) || (i == 0 && value[i] == '#') ||
                       (at_end && value[i] == ' ');
        if (special)
            KF_TRY(kf_buf_add_str(subject, "\\"));
        KF_TRY(kf_buf_add(subject, value + i, 1));
    }
    return KF_OK;
}

/* An organization's taxpayer number has 10 digits, and the attribute always 12: it begins with "00"
 * then (order 795 of the FSB, part II). */
static const char *padding_of(const char *oid, const char *value) {
    return strcmp(oid, INN) == 0 && strlen(value) == 10 ? "00" : "";
}

kf_err kf_cp_subject_add(kf_buf *subject, const char *oid, const char *value) {
    const struct kf_attribute *attribute = kf_attribute_find(oid);
    KF_TRY(kf_buf_printf(subject, "%s%s=%s", subject->len ? "," : "",
                         attribute ? attribute->name : oid, padding_of(oid, value)));
    return add_escaped(subject, value);
}

/* --- look-alike letters --- */

/* The bytes of the character at `at` when it is a letter of the script, otherwise 0. Cyrillic is
 * U+0400 to U+052F: two bytes from D0 80 to D4 AF. */
static size_t latin(const char *at) {
    char c = (char)(*at | 0x20);
    return c >= 'a' && c <= 'z';
}

static size_t cyrillic(const char *at) {
    unsigned char first = (unsigned char)at[0];
    if (first < 0xd0 || first > 0xd4 || !at[1])
        return 0;
    return first < 0xd4 || (unsigned char)at[1] <= 0xaf ? 2 : 0;
}

bool kf_cp_mixed_word(const char *text, char *ret_word, size_t size) {
    while (*text) {
        const char *at = text;
        bool has_latin = false, has_cyrillic = false;
        for (size_t step; (step = latin(at) + cyrillic(at)) > 0; at += step) {
            has_latin = has_latin || latin(at);
            has_cyrillic = has_cyrillic || cyrillic(at);
        }
        if (has_latin && has_cyrillic) {
            snprintf(ret_word, size, "%.*s", (int)(at - text), text);
            return true;
        }
        text = at > text ? at : text + 1;
    }
    return false;
}
