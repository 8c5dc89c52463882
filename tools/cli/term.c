// SPDX-License-Identifier: Apache-2.0
// What the terminal can show: NO_COLOR, CLICOLOR_FORCE, TERM, the locale's character set.
#include "term.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

static const struct {
    const char *utf8, *ascii, *paint;
} marks[MARK_COUNT] = {
    [MARK_NONE] = {"", "", ""},
    [MARK_DONE] = {"✔", "[ok]", "\033[32m"},
    [MARK_BUSY] = {"◌", "[..]", "\033[2m"},
    [MARK_WAIT] = {"◔", "[..]", "\033[33m"},
    [MARK_READY] = {"⬇", "[>>]", "\033[36m"},
    [MARK_FAILED] = {"✖", "[x]", "\033[31m"},
    [MARK_NOTE] = {"!", "[!]", "\033[33m"},
};

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value && *value;
}

static bool is_terminal(int fd) {
    const char *kind = getenv("TERM");
    return isatty(fd) && kind && *kind && strcmp(kind, "dumb") != 0;
}

static bool wants_color(const char *option, bool terminal) {
    if (option && strcmp(option, "auto") != 0)
        return strcmp(option, "always") == 0;
    if (is_set("NO_COLOR"))
        return false;
    const char *force = getenv("CLICOLOR_FORCE");
    return terminal || (force && *force && strcmp(force, "0") != 0);
}

static size_t columns_of(int fd) {
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void term_init(struct term *term, const char *color) {
    setlocale(LC_CTYPE, "");
    bool out = isatty(STDOUT_FILENO);
    *term = (struct term){
        .out = out,
        .err = is_terminal(STDERR_FILENO),
        .out_color = wants_color(color, is_terminal(STDOUT_FILENO)),
        .err_color = wants_color(color, is_terminal(STDERR_FILENO)),
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = out ? columns_of(STDOUT_FILENO) : 0,
        .err_width = is_terminal(STDERR_FILENO) ? columns_of(STDERR_FILENO) : 0,
    };
}

const char *term_mark(const struct term *term, enum mark mark) {
    return term->utf8 ? marks[mark].utf8 : marks[mark].ascii;
}

const char *term_paint(bool color, enum mark mark) {
    return color ? marks[mark].paint : "";
}

const char *term_dim(bool color) {
    return color ? "\033[2m" : "";
}

/* Bytes of one UTF-8 character. */
static size_t character(const char *text) {
    size_t len = 1;
    while (((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    return len;
}

size_t term_fit(const char *text, size_t width) {
    size_t len = 0;
    for (size_t next = 0; text[next]; len = next) {
        char start[256];
        next = len + character(text + len);
        snprintf(start, sizeof start, "%.*s", (int)next, text);
        if (next >= sizeof start || kf_text_width(start) > width)
            return len;
    }
    return len;
}

const char *term_plain(bool color) {
    return color ? "\033[0m" : "";
}
