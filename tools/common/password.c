// SPDX-License-Identifier: Apache-2.0
// What a new password of a file must be worth. An estimate without a dictionary: it does not know
// that "correct horse" is famous.
#include "common/password.h"

#include <string.h>

#include "base/auto.h"

#define CHARACTERS_MIN 10
#define KINDS_MIN      3
#define BITS_MIN       60

enum kind { SMALL, CAPITAL, DIGIT, SIGN, FOREIGN, KINDS };

/* Tenths of a bit: a character by itself, and one that goes on in a word or a number. */
static const struct {
    unsigned alone, following;
} worth[KINDS] = {
    [SMALL] = {47, 20}, [CAPITAL] = {47, 20}, [DIGIT] = {33, 25},
    [SIGN] = {50, 35},  [FOREIGN] = {60, 20},
};
#define WORTH_ROW       5  /* "aaa", "abc", "321" */
#define WORTH_IDEOGRAPH 80 /* a word by itself */

static enum kind kind_of(uint32_t c) {
    if (c >= 'a' && c <= 'z')
        return SMALL;
    if (c >= 'A' && c <= 'Z')
        return CAPITAL;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c < 0x80 ? SIGN : FOREIGN;
}

/* One character of UTF-8; a byte that is none counts as one. */
static uint32_t next_character(const uint8_t **at, const uint8_t *end) {
    uint32_t c = *(*at)++;
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 0;
    if (more > 0)
        c &= 0x3fU >> more;
    for (; more > 0 && *at < end && (**at & 0xc0) == 0x80; more--)
        c = c << 6 | (*(*at)++ & 0x3fU);
    return c;
}

static unsigned worth_after(uint32_t c, uint32_t before) {
    enum kind kind = kind_of(c);
    if (c == before || c == before + 1 || c + 1 == before)
        return WORTH_ROW;
    if (c >= 0x3000)
        return WORTH_IDEOGRAPH;
    return kind == kind_of(before) ? worth[kind].following : worth[kind].alone;
}

struct measure {
    unsigned characters, kinds, bits;
};

static struct measure measure(const uint8_t *text, size_t len) {
    struct measure sum = {0};
    unsigned tenths = 0;
    bool seen[KINDS] = {0};
    uint32_t before = 0;
    for (const uint8_t *at = text, *end = text + len; at < end; sum.characters++) {
        uint32_t c = next_character(&at, end);
        enum kind kind = kind_of(c);
        tenths += sum.characters > 0 ? worth_after(c, before) : worth[kind].alone;
        sum.kinds += !seen[kind];
        seen[kind] = true;
        before = c;
    }
    sum.bits = tenths / 10;
    explicit_bzero(&before, sizeof before);
    return sum;
}

kf_err password_check(kf_secret *password, const char *what) {
    struct measure sum = measure(kf_secret_data(password), kf_secret_len(password));
    if (sum.characters >= CHARACTERS_MIN && sum.kinds >= KINDS_MIN)
        return KF_OK;
    if (sum.bits >= BITS_MIN)
        return KF_OK;
    kf_fail(KF_E_POLICY,
            "%s can be guessed by whoever copies the file: it has %u character%s of %u kind%s, "
            "worth about %u bits",
            what, sum.characters, sum.characters == 1 ? "" : "s", sum.kinds,
            sum.kinds == 1 ? "" : "s", sum.bits);
    kf_error_hint("Take %d or more characters of %d kinds (small letters, capitals, digits, "
                  "signs), or a sentence of some words; --weak-password takes it all the same.",
                  CHARACTERS_MIN, KINDS_MIN);
    return KF_E_POLICY;
}
