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
    const char *what;  /* "secret" in sentences; NULL = "PIN" */
    bool given;
    kf_secret *kept;
};

/* The new password of a software container: the same command logs in with it, and nobody types it a
 * third time. */
struct pin_kept {
    bool wanted;                      /* the next new user PIN is to be kept */
    kf_secret *secret;                /* until the command ends */
    char *token_label, *token_serial; /* NULL: not known yet, it answers nothing */
};

struct pins {
    struct pin_source user, so, fresh, file;
    struct pin_kept kept;
    enum command_id command; /* decides what a new PIN falls back to */
    bool no_input, weak_password;
};

/* Read the options and $KEYFOB_PIN_SOURCE; a variable that is named is read and wiped at once.
 * KF_E_PIN_SOURCE. */
kf_err pins_init(struct pins *pins, const struct line *line, bool no_input);
void pins_clear(struct pins *pins);
/* Does a file, descriptor or variable answer for the PIN that this command logs in with? */
bool pins_are_stored(const struct pins *pins);
bool pins_use_pad(const struct pins *pins);
/* Keep the new user PIN that is asked for next, and then answer with it when this very token wants
 * its user PIN. */
void pins_keep(struct pins *pins);
kf_err pins_keep_for(struct pins *pins, const char *token_label, const char *token_serial);
/* The password of a key file, from --file-pin-source or asked for; `fresh`: a new one, twice. May
 * be empty when it is not new. */
kf_err pins_file_password(struct pins *pins, const char *file, bool fresh,
                          kf_secret **ret_password);
/* Answer a question of the library. */
kf_err pins_answer(struct pins *pins, const struct kf_pin_question *question, kf_secret **ret_pin);

/* Parse "file:PATH" and the like. */
kf_err pin_source_parse(const char *text, struct pin_source *ret_source);
/* Read now what can be read only once. */
kf_err pin_source_keep(struct pin_source *source);
/* What the source gives, but for prompt and pin pad; `question` is told to a program. */
kf_err pin_source_read(struct pin_source *source, const char *question, kf_secret **ret_secret);
/* The first line that a program prints (askpass). */
kf_err pin_from_program(const char *program, const char *question, kf_secret **ret_secret);
