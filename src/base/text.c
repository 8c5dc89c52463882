// SPDX-License-Identifier: Apache-2.0
// Text: safe display of foreign strings, column width, hex, base64, and small string helpers.
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

char *kf_str(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    return len < 0 ? NULL : text;
}

/* One code point of at most `len` bytes (RFC 3629 4). Returns its bytes, or 0 when it is not UTF-8.
 */
static size_t decode(const uint8_t *text, size_t len, uint32_t *ret_point) {
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t extra = 0; extra < KF_COUNT(forms) && extra < len; extra++) {
        if ((text[0] & forms[extra].mask) != forms[extra].lead)
            continue;
        uint32_t point = text[0] & (uint8_t)~forms[extra].mask;
        for (size_t i = 1; i <= extra; i++) {
            if ((text[i] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (text[i] & 0x3f);
        }
        if (point < forms[extra].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
        *ret_point = point;
        return extra + 1;
    }
    return 0;
}

/* Controls, and what reorders a line or breaks it (Unicode Standard Annex 9, 2.1 to 2.6). */
static bool is_unsafe(uint32_t point) {
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* One character as it is shown: at most 16 bytes in `ret_shown`. Returns how many bytes it took of
 * `text`. */
static size_t escape_one(const char *text, size_t len, char ret_shown[static 17]) {
    uint32_t point = 0;
    size_t used = decode((const uint8_t *)text, len, &point);
    if (used && !is_unsafe(point)) {
        memcpy(ret_shown, text, used);
        ret_shown[used] = '\0';
        return used;
    }
    if (!used)
        used = 1;
    for (size_t i = 0; i < used; i++)
        snprintf(ret_shown + 4 * i, 5, "\\x%02x", (uint8_t)text[i]);
    return used;
}

kf_err kf_text_escape(kf_buf *buf, const char *text, size_t len) {
    char shown[17];
    for (size_t at = 0; at < len;) {
        at += escape_one(text + at, len - at, shown);
        KF_TRY(kf_buf_add_str(buf, shown));
    }
    return KF_OK;
}

void kf_text_escape_into(char *ret_text, size_t size, const char *text, size_t len) {
    if (size == 0)
        return;
    char shown[17];
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        at += escape_one(text + at, len - at, shown);
        size_t more = strlen(shown);
        if (more >= size - used)
            break;
        memcpy(ret_text + used, shown, more);
        used += more;
    }
    ret_text[used] = '\0';
}

bool kf_utf8_valid(const char *text, size_t len) {
    uint32_t point;
    for (size_t at = 0, used; at < len; at += used) {
        used = decode((const uint8_t *)text + at, len - at, &point);
        if (!used)
            return false;
    }
    return true;
}

bool kf_text_plain(const char *text, size_t len) {
    uint32_t point;
    for (size_t at = 0, used; at < len; at += used) {
        used = decode((const uint8_t *)text + at, len - at, &point);
        if (!used || is_unsafe(point))
            return false;
    }
    return true;
}

size_t kf_text_width(const char *text) {
    bool wide = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    size_t columns = 0, len = strlen(text);
    for (size_t at = 0; at < len;) {
        uint32_t point = 0;
        size_t used = decode((const uint8_t *)text + at, len - at, &point);
        int width = wide && used ? wcwidth((wchar_t)point) : 1;
        columns += width > 0 ? (size_t)width : 0;
        at += used ? used : 1;
    }
    return columns;
}

kf_err kf_hex(kf_buf *buf, const uint8_t *data, size_t len, char separator) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        char pair[3] = {separator, digits[data[i] >> 4], digits[data[i] & 15]};
        bool bare = separator == '\0' || i == 0;
        KF_TRY(kf_buf_add(buf, pair + bare, 3 - (size_t)bare));
    }
    return KF_OK;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

kf_err kf_unhex(const char *text, kf_buf *ret_bytes) {
    KF_AUTO(kf_buf) bytes = {.max = ret_bytes->max};
    int high = -1;
    for (const char *c = text; *c; c++) {
        if (is_blank(*c) || *c == ':')
            continue;
        int value = hex_value(*c);
        if (value < 0)
            return kf_fail(KF_E_INPUT, "\"%.64s\" is not hexadecimal", text);
        if (high < 0) {
            high = value;
            continue;
        }
        uint8_t byte = (uint8_t)(high << 4 | value);
        KF_TRY(kf_buf_add(&bytes, &byte, 1));
        high = -1;
    }
    if (high >= 0)
        return kf_fail(KF_E_INPUT, "\"%.64s\" has half a byte of hexadecimal", text);
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}

/* RFC 4648 4 */
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

kf_err kf_base64(kf_buf *buf, const uint8_t *data, size_t len) {
    for (size_t at = 0; at < len; at += 3) {
        size_t here = len - at < 3 ? len - at : 3;
        uint32_t bits = (uint32_t)data[at] << 16;
        bits |= here > 1 ? (uint32_t)data[at + 1] << 8 : 0;
        bits |= here > 2 ? data[at + 2] : 0;
        char four[4] = {base64_digits[bits >> 18], base64_digits[bits >> 12 & 63],
                        here > 1 ? base64_digits[bits >> 6 & 63] : '=',
                        here > 2 ? base64_digits[bits & 63] : '='};
        KF_TRY(kf_buf_add(buf, four, sizeof four));
    }
    return KF_OK;
}

static int base64_value(char c) {
    const char *at = c ? strchr(base64_digits, c) : NULL;
    return at ? (int)(at - base64_digits) : -1;
}

kf_err kf_unbase64(const char *text, size_t len, kf_buf *ret_bytes) {
    KF_AUTO(kf_buf) bytes = {.max = ret_bytes->max};
    uint32_t bits = 0;
    size_t digits = 0, pads = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_blank(text[i]))
            continue;
        int value = text[i] == '=' ? 0 : base64_value(text[i]);
        pads += text[i] == '=';
        if (value < 0 || pads > 2 || (pads && text[i] != '='))
            return kf_fail(KF_E_INPUT, "not base64 at byte %zu", i + 1);
        bits = bits << 6 | (uint32_t)value;
        if (++digits % 4)
            continue;
        uint8_t three[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
        KF_TRY(kf_buf_add(&bytes, three, 3 - pads));
        bits = 0;
    }
    /* Three digits and one pad fill a group; more pads would begin another, which is refused here.
     */
    if (digits % 4 || (pads && digits < 4))
        return kf_fail(KF_E_INPUT, "base64 is cut short");
    kf_buf_move(ret_bytes, &bytes);
    return KF_OK;
}

bool kf_str_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool kf_str_starts(const char *text, const char *prefix) {
    return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool kf_str_has_word(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; *at;) {
        size_t here = strcspn(at, " ");
        if (len && here == len && memcmp(at, word, len) == 0)
            return true;
        at += here + strspn(at + here, " ");
    }
    return false;
}

char *kf_str_trim(char *text) {
    while (is_blank(*text))
        text++;
    size_t len = strlen(text);
    while (len && is_blank(text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* Digits only, so neither blanks nor "+1" nor "0x1" pass as strtoll() would let them. */
static bool read_number(const char *text, size_t len, int64_t *ret_number) {
    bool minus = len && text[0] == '-';
    int64_t number = 0;
    if (len == minus)
        return false;
    for (size_t i = minus; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        int64_t digit = minus ? '0' - text[i] : text[i] - '0';
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number))
            return false;
    }
    *ret_number = number;
    return true;
}

kf_err kf_parse_number(const char *text, const char *what, int64_t min, int64_t max,
                       int64_t *ret_number) {
    int64_t number = 0;
    if (!read_number(text, strlen(text), &number) || number < min || number > max)
        return kf_fail(KF_E_INPUT,
                       "%s must be a number from %" PRId64 " to %" PRId64 ", not \"%.64s\"", what,
                       min, max, text);
    *ret_number = number;
    return KF_OK;
}

kf_err kf_parse_duration(const char *text, const char *what, int64_t *ret_seconds) {
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t len = strlen(text);
    int64_t each = 1, number = 0;
    for (size_t i = 0; len && i < KF_COUNT(units); i++) {
        if (text[len - 1] != units[i].unit)
            continue;
        each = units[i].seconds;
        len--;
        break;
    }
    if (!read_number(text, len, &number) || number < 0 || text[0] == '-' ||
        __builtin_mul_overflow(number, each, &number))
        return kf_fail(KF_E_INPUT, "%s must be a time such as 90s, 15m, 2h or 28d, not \"%.64s\"",
                       what, text);
    *ret_seconds = number;
    return KF_OK;
}

void kf_time_text(int64_t seconds, char ret_text[static 21]) {
    time_t when = (time_t)seconds;
    struct tm utc = {0};
    /* RFC 3339 5.6 has four digits for the year. */
    if (!gmtime_r(&when, &utc) || utc.tm_year < -1900 || utc.tm_year > 9999 - 1900 ||
        strftime(ret_text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc) != 20)
        memcpy(ret_text, "0000-00-00T00:00:00Z", 21);
}
