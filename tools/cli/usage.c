// SPDX-License-Identifier: Apache-2.0
// Errors that are told before the library is loaded, in the same words and shape as all others.
#include "program.h"

#include <stdarg.h>
#include <string.h>

const struct error_row error_rows[] = {
#define KF_ERROR(name, code_, exit_, http_, what_, key_, next_)                                    \
    {.code = code_, .what = what_, .next = next_, .exit = exit_},
#include <keyfob/errors.def>
#undef KF_ERROR
};
const size_t error_row_count = sizeof error_rows / sizeof error_rows[0];

static const char *const key_states[] = {
#define KF_ERROR(name, code_, exit_, http_, what_, key_, next_) key_,
#include <keyfob/errors.def>
#undef KF_ERROR
};

static void print_json_string(const char *text) {
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            printf("\\u%04x", *at);
        else
            putchar(*at);
    }
    putchar('"');
}

static void print_json(const struct error_row *row, const char *key, const char *message,
                       const char *hint) {
    printf("{\"schema\":\"keyfob.error/1\",\"code\":\"%s\",\"exit\":%d,\"message\":", row->code,
           row->exit);
    print_json_string(message);
    printf(",\"key\":");
    print_json_string(key);
    printf(",\"next\":[{\"text\":");
    print_json_string(hint);
    printf("}]}\n");
}

/* Bytes of one character of UTF-8 (RFC 3629), 0 when it is none, or one of the controls. */
static size_t character(const unsigned char *at) {
    size_t more = at[0] < 0x80 ? 0 : at[0] < 0xc2 ? 4 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
    if (at[0] < 0x20 || at[0] == 0x7f || at[0] > 0xf4 || more == 4)
        return 0;
    for (size_t i = 1; i <= more; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool control = at[0] == 0xc2 && at[1] < 0xa0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool none = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return control || overlong || none ? 0 : more + 1;
}

/* What was typed is not sent to the terminal when it is a control, or not UTF-8. */
static void make_printable(char *text) {
    for (char *at = text; *at;) {
        size_t len = character((const unsigned char *)at);
        if (len == 0)
            *at = '?';
        at += len ? len : 1;
    }
}

static int tell(const struct line *line, kf_err code, const char *hint, const char *format,
                va_list args) {
    const struct error_row *row = &error_rows[code - 1];
    const char *key = key_states[code - 1];
    char message[1024];
    vsnprintf(message, sizeof message, format, args);
    make_printable(message);
    fprintf(stderr, "keyfob: error: %s  [%s]\n  %s\nkeyfob: hint: %s\n", message, row->code, key,
            hint);
    if (line && line->value[OPT_JSON])
        print_json(row, key, message, hint);
    return row->exit;
}

int early_error(const struct line *line, kf_err code, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int status = tell(line, code, hint ? hint : error_rows[code - 1].next, format, args);
    va_end(args);
    return status;
}

int usage_error(const struct line *line, const char *hint, const char *format, ...) {
    char own[160];
    const struct command *command = line->command;
    if (!hint && command)
        snprintf(own, sizeof own, "See `keyfob help %s%s%s`.", command->noun,
                 command->verb ? " " : "", command->verb ? command->verb : "");
    va_list args;
    va_start(args, format);
    int status = tell(line, KF_E_USAGE,
                      hint      ? hint
                      : command ? own
                                : error_rows[KF_E_USAGE - 1].next,
                      format, args);
    va_end(args);
    return status;
}
