// SPDX-License-Identifier: Apache-2.0
// Where PINs come from: --pin-source and its two sisters. No option takes a PIN itself.
#pragma once

#include <keyfob/context.h>

#include "command.h"

enum pin_from { PIN_PROMPT, PIN_FILE, PIN_FD, PIN_ENV, PIN_PROGRAM, PIN_PAD };

/* One source. What can be read only once (descriptor, variable) is kept here until the program
 * ends. */
struct pin_source {
    enum pin_from from;
    const char *value; /* path, number, name, program; NULL for prompt and pin pad */
    bool given;
    kf_secret *kept;
};

struct pins {
    struct pin_source user, so, fresh;
    enum command_id command; /* decides what a new PIN falls back to */
    bool no_input;
};

/* Read the options and $KEYFOB_PIN_SOURCE; a variable that is named is read and wiped at once.
 * KF_E_PIN_SOURCE. */
kf_err pins_init(struct pins *pins, const struct line *line, bool no_input);
void pins_clear(struct pins *pins);
/* Does a file, descriptor or variable answer for the PIN that this command logs in with? */
bool pins_are_stored(const struct pins *pins);
bool pins_use_pad(const struct pins *pins);
/* Answer a question of the library. */
kf_err pins_answer(struct pins *pins, const struct kf_pin_question *question, kf_secret **ret_pin);

/* Parse "file:PATH" and the like. */
kf_err pin_source_parse(const char *text, struct pin_source *ret_source);
/* What the source gives, but for prompt and pin pad; `question` is told to a program. */
kf_err pin_source_read(struct pin_source *source, const char *question, kf_secret **ret_secret);
/* The first line that a program prints (askpass). */
kf_err pin_from_program(const char *program, const char *question, kf_secret **ret_secret);
