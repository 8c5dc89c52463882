// SPDX-License-Identifier: Apache-2.0
// One-time codes.
#include "web/front/codes.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "web/front/random.h"

#define CODES_MAX   16
#define TRIES       5
#define TRIES_MS    ((int64_t)5 * 60 * 1000)
#define BACKOFF_MS  ((int64_t)60 * 1000)
#define BACKOFF_MAX ((int64_t)60 * 60 * 1000)
#define LINK_BYTES  16
#define TYPED_CHARS 8

struct code {
    enum code_kind kind;
    char text[CODE_TEXT]; /* "" is free; a short one without its dash */
    int64_t made_at, until;
};

struct codes {
    codes_clock_fn *clock;
    struct code items[CODES_MAX];
    int64_t wrong_at[TRIES]; /* the last wrong ones, in turn */
    size_t wrong_count;
    int64_t locked_until, backoff;
};

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

kf_err codes_new(codes_clock_fn *clock, codes **ret_codes) {
    codes *made = calloc(1, sizeof *made);
    if (!made)
        return kf_fail(KF_E_MEMORY, "out of memory for codes");
    made->clock = clock ? clock : kf_monotonic_ms;
    made->backoff = BACKOFF_MS;
    *ret_codes = made;
    return KF_OK;
}

void codes_free(codes *codes) {
    if (codes)
        explicit_bzero(codes, sizeof *codes);
    free(codes);
}

static kf_err make_typed(char *ret_text) {
    uint8_t bytes[TYPED_CHARS];
    KF_TRY(random_bytes(bytes, sizeof bytes));
    for (size_t i = 0; i < TYPED_CHARS; i++)
        ret_text[i] = alphabet[bytes[i] % 32];
    ret_text[TYPED_CHARS] = '\0';
    explicit_bzero(bytes, sizeof bytes);
    return KF_OK;
}

/* A free place, or that of the oldest. */
static struct code *take_place(codes *codes) {
    struct code *place = &codes->items[0];
    for (size_t i = 0; i < CODES_MAX; i++) {
        struct code *code = &codes->items[i];
        if (!*code->text)
            return code;
        if (code->made_at < place->made_at)
            place = code;
    }
    return place;
}

kf_err codes_mint(codes *codes, enum code_kind kind, int64_t ms, char ret_text[static CODE_TEXT]) {
    struct code code = {.kind = kind, .made_at = codes->clock()};
    code.until = code.made_at + ms;
    KF_TRY(kind == CODE_LINK ? random_hex(code.text, LINK_BYTES) : make_typed(code.text));
    if (kind == CODE_LINK)
        strcpy(ret_text, code.text);
    else
        snprintf(ret_text, CODE_TEXT, "%.4s-%s", code.text, code.text + 4);
    *take_place(codes) = code;
    explicit_bzero(&code, sizeof code);
    return KF_OK;
}

/* As people type it: O is 0, I and L are 1. False when that is no short code. */
static bool read_typed(const char *text, char ret_text[static TYPED_CHARS + 1]) {
    size_t len = 0;
    for (; *text; text++) {
        char letter = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        letter = letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter;
        if (letter == '-' || letter == ' ')
            continue;
        if (len == TYPED_CHARS || !strchr(alphabet, letter))
            return false;
        ret_text[len++] = letter;
    }
    ret_text[len] = '\0';
    return len == TYPED_CHARS;
}

static bool take(codes *codes, enum code_kind kind, const char *text) {
    bool good = false;
    for (size_t i = 0; i < CODES_MAX; i++) {
        struct code *code = &codes->items[i];
        if (!*code->text || code->kind != kind || !secret_equal(code->text, text))
            continue;
        good = good || codes->clock() < code->until;
        explicit_bzero(code, sizeof *code);
    }
    return good;
}

/* The fifth wrong one within five minutes closes the door for a while. */
static void note_wrong(codes *codes) {
    int64_t now = codes->clock();
    size_t place = codes->wrong_count++ % TRIES;
    codes->wrong_at[place] = now;
    int64_t oldest = codes->wrong_at[(place + 1) % TRIES];
    if (codes->wrong_count < TRIES || now - oldest >= TRIES_MS)
        return;
    codes->locked_until = now + codes->backoff;
    codes->backoff = codes->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX : codes->backoff * 2;
    codes->wrong_count = 0;
}

static kf_err fail_locked(const codes *codes) {
    int64_t seconds = (codes->locked_until - codes->clock() + 999) / 1000;
    kf_err code = kf_fail(KF_E_BUSY, "too many wrong codes were typed");
    kf_error_key("No key was touched.");
    kf_error_hint("Run `keyfob open` in a terminal, or wait %lld seconds and type a new code.",
                  (long long)seconds);
    return code;
}

static kf_err fail_wrong(void) {
    kf_err code = kf_fail(KF_E_SIGN_IN, "this code was used, has expired, or is not right");
    kf_error_hint("Run `keyfob open` again.");
    return code;
}

kf_err codes_use(codes *codes, const char *text) {
    char typed[TYPED_CHARS + 1];
    if (!read_typed(text, typed))
        return take(codes, CODE_LINK, text) ? KF_OK : fail_wrong();
    if (codes->clock() < codes->locked_until)
        return fail_locked(codes);
    if (take(codes, CODE_TYPED, typed)) {
        codes->wrong_count = 0;
        codes->backoff = BACKOFF_MS;
        return KF_OK;
    }
    note_wrong(codes);
    return fail_wrong();
}
