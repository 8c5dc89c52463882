// SPDX-License-Identifier: Apache-2.0
// One-time codes that open a session: a long one of 128 bits for a link, a short one to be typed.
#pragma once

#include <keyfob/error.h>
#include <stdint.h>

typedef struct codes codes;

enum code_kind {
    CODE_LINK, /* 32 hex digits */
    CODE_TYPED /* "7F3K-92QD", 40 bits in Crockford's base 32 */
};
#define CODE_TEXT 40

/* Milliseconds of the moment, for tests; NULL: kf_monotonic_ms(). */
typedef int64_t codes_clock_fn(void);

kf_err codes_new(codes_clock_fn *clock, codes **ret_codes);
void codes_free(codes *codes);
/* Good for `ms` milliseconds and one use. At most 16 at a time: the oldest goes. */
kf_err codes_mint(codes *codes, enum code_kind kind, int64_t ms, char ret_text[static CODE_TEXT]);
/* KF_E_SIGN_IN when it is not good (any more); KF_E_BUSY, without looking, for short ones after
 * five wrong ones within five minutes: for a minute, then twice as long each time. A long one
 * cannot be guessed, so it is always looked at. Blanks, dashes and small letters do not matter in a
 * short one. */
kf_err codes_use(codes *codes, const char *text);
