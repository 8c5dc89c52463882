// SPDX-License-Identifier: Apache-2.0
// PIN sources: file, descriptor, variable, program.
#include "pin.h"

#include <errno.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "tty.h"

#define PIN_FILE_MAX ((size_t)1024)

static const struct {
    const char *name;
    enum pin_from from;
    bool has_value;
} forms[] = {
    {"prompt", PIN_PROMPT, false}, {"file:", PIN_FILE, true},       {"fd:", PIN_FD, true},
    {"env:", PIN_ENV, true},       {"askpass:", PIN_PROGRAM, true}, {"pinpad", PIN_PAD, false},
};

kf_err pin_source_parse(const char *text, struct pin_source *ret_source) {
    for (size_t i = 0; i < KF_COUNT(forms); i++) {
        size_t len = strlen(forms[i].name);
        bool fits = forms[i].has_value ? kf_str_starts(text, forms[i].name) && text[len]
                                       : strcmp(text, forms[i].name) == 0;
        if (!fits)
            continue;
        *ret_source = (struct pin_source){
            .from = forms[i].from, .value = forms[i].has_value ? text + len : NULL, .given = true};
        return KF_OK;
    }
    /* The text is not shown: it may be the PIN itself. */
    return kf_fail(KF_E_PIN_SOURCE, "that is no PIN source; a PIN itself is never an argument");
}

static const char *what(const struct pin_source *source) {
    return source->what ? source->what : "PIN";
}

/* The first line: what follows a newline is not part of a PIN, nor is a carriage return before it.
 */
static kf_err first_line(const struct pin_source *source, const uint8_t *data, size_t len,
                         kf_secret **ret_secret) {
    const uint8_t *newline = memchr(data, '\n', len);
    if (newline)
        len = (size_t)(newline - data);
    if (newline && len > 0 && data[len - 1] == '\r')
        len--;
    if (len == 0)
        return kf_fail(KF_E_PIN_SOURCE, "the source of the %s is empty", what(source));
    return kf_secret_copy(data, len, ret_secret);
}

static kf_err from_file(const struct pin_source *source, kf_secret **ret_secret) {
    const char *path = source->value;
    KF_AUTO(kf_buf) bytes = {.max = PIN_FILE_MAX};
    kf_err code = kf_file_read_private(path, PIN_FILE_MAX, &bytes);
    if (code == KF_OK)
        code = first_line(source, bytes.data ? bytes.data : (const uint8_t *)"", bytes.len,
                          ret_secret);
    if (bytes.data)
        explicit_bzero(bytes.data, bytes.capacity);
    if (code == KF_E_NOT_FOUND)
        code = KF_E_PIN_SOURCE;
    return code == KF_OK ? KF_OK : kf_fail_in(code, "%s file \"%s\"", what(source), path);
}

/* Byte by byte, so that the next line stays for the next source. */
static kf_err from_descriptor(const struct pin_source *source, kf_secret **ret_secret) {
    const char *number = source->value;
    int64_t fd = 0;
    uint8_t data[PIN_FILE_MAX];
    size_t len = 0;
    ssize_t got = 1;
    KF_TRY(kf_parse_number(number, "the descriptor", 0, 65535, &fd));
    while (len < sizeof data && (got = read((int)fd, data + len, 1)) != 0) {
        if (got < 0 && errno == EINTR && !interrupt_came())
            continue;
        if (got < 0 || data[len++] == '\n')
            break;
    }
    kf_err code = got < 0 ? kf_fail(KF_E_PIN_SOURCE, "descriptor %s: %s", number, strerror(errno))
                          : first_line(source, data, len, ret_secret);
    explicit_bzero(data, sizeof data);
    return code;
}

static kf_err from_variable(const struct pin_source *source, kf_secret **ret_secret) {
    const char *name = source->value;
    char *value = getenv(name);
    if (!value)
        return kf_fail(KF_E_PIN_SOURCE, "there is no environment variable \"%s\"", name);
    size_t len = strlen(value);
    kf_err code = len > PIN_FILE_MAX
                      ? kf_fail(KF_E_PIN_SOURCE, "environment variable \"%s\" is too long", name)
                      : first_line(source, (const uint8_t *)value, len, ret_secret);
    explicit_bzero(value, len); /* also what /proc/PID/environ shows */
    unsetenv(name);
    return code;
}

kf_err pin_source_keep(struct pin_source *source) {
    if (source->kept)
        return KF_OK;
    if (source->from == PIN_ENV)
        return from_variable(source, &source->kept);
    return from_descriptor(source, &source->kept);
}

kf_err pin_source_read(struct pin_source *source, const char *question, kf_secret **ret_secret) {
    switch (source->from) {
    case PIN_FILE:
        return from_file(source, ret_secret);
    case PIN_PROGRAM:
        return pin_from_program(source->value, question, ret_secret);
    case PIN_FD:
    case PIN_ENV:
        KF_TRY(pin_source_keep(source));
        return kf_secret_copy(kf_secret_data(source->kept), kf_secret_len(source->kept),
                              ret_secret);
    default:
        return kf_fail(KF_E_PIN_SOURCE, "a prompt or a pin pad has nothing to be read");
    }
}
