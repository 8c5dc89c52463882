// SPDX-License-Identifier: Apache-2.0
// Text: safe display of foreign strings, column width, hex, base64, and small string helpers.
#pragma once

#include "base/buf.h"

/* printf into a new string; NULL when out of memory. Free with free(). */
__attribute__((format(printf, 1, 2))) char *kf_str(const char *format, ...);
/* Append `text` with C0, DEL, C1, bidi controls and invalid UTF-8 shown as \xNN. `len` bytes. */
kf_err kf_text_escape(kf_buf *buf, const char *text, size_t len);
/* Same into a fixed place, cut at a character boundary, always terminated. */
void kf_text_escape_into(char *ret_text, size_t size, const char *text, size_t len);
bool kf_utf8_valid(const char *text, size_t len);
/* Valid, and shown as it is: nothing in it would be escaped. What becomes a name should be so. */
bool kf_text_plain(const char *text, size_t len);
/* Columns that a UTF-8 string takes on a terminal (wide characters count 2). */
size_t kf_text_width(const char *text);

/* Lower-case hex; `separator` 0 for none, ':' for fingerprints. */
kf_err kf_hex(kf_buf *buf, const uint8_t *data, size_t len, char separator);
/* Hex (colons, blanks and case do not matter) to bytes: KF_E_INPUT when it is not. */
kf_err kf_unhex(const char *text, kf_buf *ret_bytes);
kf_err kf_base64(kf_buf *buf, const uint8_t *data, size_t len);
/* Append a textual encoding (RFC 7468 2): "-----BEGIN label-----", lines of 64 characters, the end.
 */
kf_err kf_pem(kf_buf *buf, const char *label, const uint8_t *data, size_t len);
/* White space does not matter. KF_E_INPUT when it is not base64. */
kf_err kf_unbase64(const char *text, size_t len, kf_buf *ret_bytes);

bool kf_str_equal(const char *a, const char *b); /* NULL equals NULL */
bool kf_str_starts(const char *text, const char *prefix);
/* Is `word` one of the blank-separated `words`? An empty word never is. */
bool kf_str_has_word(const char *words, const char *word);
/* Cut blanks off both ends, in place; returns the start. */
char *kf_str_trim(char *text);
/* A whole decimal number within bounds, or KF_E_INPUT with `what` in the sentence. */
kf_err kf_parse_number(const char *text, const char *what, int64_t min, int64_t max,
                       int64_t *ret_number);
/* "90", "90s", "15m", "2h", "28d" to seconds. */
kf_err kf_parse_duration(const char *text, const char *what, int64_t *ret_seconds);
/* RFC 3339 in UTC, "2026-11-20T08:35:02Z". */
void kf_time_text(int64_t seconds, char ret_text[static 21]);
