// SPDX-License-Identifier: Apache-2.0
// Letters that look alike: a name in two alphabets may be somebody else's.
#include "enroll/batch_rows.h"

enum script { NO_LETTER, LATIN, CYRILLIC, GREEK, OTHER_LETTER };

/* Enough of UTF-8 for the scripts that are mistaken for each other. */
static enum script script_at(const unsigned char *at) {
    if ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'))
        return LATIN;
    if (*at == 0xcd || *at == 0xce || *at == 0xcf)
        return GREEK; /* U+0370 to U+03FF */
    if (*at >= 0xd0 && *at <= 0xd4)
        return CYRILLIC; /* U+0400 to U+052F */
    return *at >= 0x80 ? OTHER_LETTER : NO_LETTER;
}

bool kf_text_mixes_scripts(const char *text) {
    unsigned seen = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        enum script script = script_at(at);
        if ((*at & 0xc0) == 0x80)
            continue; /* inside a character */
        seen = script == NO_LETTER ? 0 : seen | 1u << script;
        bool two = (seen >> LATIN & 1) + (seen >> CYRILLIC & 1) + (seen >> GREEK & 1) > 1;
        if (two)
            return true;
    }
    return false;
}
