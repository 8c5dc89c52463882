// SPDX-License-Identifier: Apache-2.0
// The table of errors and what this thread says about its last one.
#include <keyfob/error.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

static const struct kf_error_info table[KF_ERR_COUNT] = {
    [KF_OK] = {.code = "ok", .exit = 0, .http = 200, .what = "done", .key = "", .next = ""},
#define KF_ERROR(name, code_, exit_, http_, what_, key_, next_)                                    \
    [KF_E_##name] = {                                                                              \
        .code = code_, .exit = exit_, .http = http_, .what = what_, .key = key_, .next = next_},
#include <keyfob/errors.def>
#undef KF_ERROR
};

static _Thread_local struct kf_error_saved now;

const struct kf_error_info *kf_error_info(kf_err code) {
    return (unsigned)code < KF_ERR_COUNT ? &table[code] : &table[KF_E_FAILED];
}

/* Through a copy, since the arguments may point into the very text that is replaced. */
static void set_text(char *ret_text, size_t size, const char *format, va_list args) {
    char raw[sizeof now.sentence];
    int len = vsnprintf(raw, sizeof raw, format, args);
    if (len < 0)
        len = 0;
    kf_text_escape_into(ret_text, size, raw, (size_t)len < sizeof raw ? (size_t)len : strlen(raw));
}

kf_err kf_fail(kf_err code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    set_text(now.sentence, sizeof now.sentence, format, args);
    va_end(args);
    now.next[0] = now.key[0] = '\0';
    now.code = code;
    return code;
}

kf_err kf_fail_in(kf_err code, const char *format, ...) {
    char before[sizeof now.sentence], rest[sizeof now.sentence];
    va_list args;
    va_start(args, format);
    set_text(before, sizeof before, format, args);
    va_end(args);
    memcpy(rest, now.sentence, sizeof rest);
    const char *why = rest[0] ? rest : kf_error_info(code)->what;
    char both[2 * sizeof now.sentence + 2];
    int len = snprintf(both, sizeof both, "%s: %s", before, why);
    kf_text_escape_into(now.sentence, sizeof now.sentence, both, (size_t)len);
    now.code = code;
    return code;
}

void kf_error_hint(const char *format, ...) {
    va_list args;
    va_start(args, format);
    set_text(now.next, sizeof now.next, format, args);
    va_end(args);
}

void kf_error_key(const char *format, ...) {
    va_list args;
    va_start(args, format);
    set_text(now.key, sizeof now.key, format, args);
    va_end(args);
}

const char *kf_error_sentence(kf_err code) {
    return code != KF_OK && now.sentence[0] ? now.sentence : kf_error_info(code)->what;
}

const char *kf_error_next(kf_err code) {
    return code != KF_OK && now.next[0] ? now.next : kf_error_info(code)->next;
}

const char *kf_error_key_state(kf_err code) {
    return code != KF_OK && now.key[0] ? now.key : kf_error_info(code)->key;
}

void kf_error_clear(void) {
    now.sentence[0] = now.next[0] = now.key[0] = '\0';
    now.code = KF_OK;
}

kf_err kf_error_code(void) {
    return now.code;
}

void kf_error_save(struct kf_error_saved *ret_saved) {
    *ret_saved = now;
}

void kf_error_restore(const struct kf_error_saved *saved) {
    now = *saved;
}
