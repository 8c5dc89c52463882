// SPDX-License-Identifier: Apache-2.0
// The terminal: is there one, how wide, with colours, with which symbols.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct term {
    bool out, err; /* standard output / error is a terminal that moves its cursor */
    bool out_color, err_color;
    bool utf8;
    size_t width;     /* columns of standard output; 0 when it is none */
    size_t err_width; /* the same of standard error */
};

enum mark {
    MARK_NONE,
    MARK_DONE,
    MARK_BUSY,
    MARK_WAIT,
    MARK_READY,
    MARK_FAILED,
    MARK_NOTE,
    MARK_COUNT
};

/* `color` is the option's word or NULL. Sets the locale's character set. */
void term_init(struct term *term, const char *color);
/* "✔" or "[ok]"; plain text, without colour. */
const char *term_mark(const struct term *term, enum mark mark);
/* What stands before and after a coloured word; "" without colours. */
const char *term_paint(bool color, enum mark mark);
const char *term_dim(bool color);
const char *term_plain(bool color);
/* How many bytes of `text` fit into `width` columns; at most 255. */
size_t term_fit(const char *text, size_t width);
