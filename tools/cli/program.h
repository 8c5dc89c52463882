// SPDX-License-Identifier: Apache-2.0
// The program's own parts: parsing, help, man page, completion. They need nothing but libc, so that
// they start at once.
#pragma once

#include <keyfob/error.h>
#include <stdio.h>

#include "command.h"

/* Parse argv. 0, or the exit status of a usage error that was printed. */
int line_parse(int argc, char **argv, struct line *ret_line);
/* How many arguments a command wants at least and takes at most. */
void command_arguments(const struct command *command, size_t *ret_min, size_t *ret_max);
bool command_takes(const struct command *command, enum option_id option);
/* The option of the same name that the command takes; `option` when there is none. */
enum option_id command_option(const struct command *command, enum option_id option);
bool command_is_noun(const char *word);
const struct command *command_find(const char *noun, const char *verb);
/* By name with or without the dashes' value; OPT_NONE when there is none. `len` bytes of `name`
 * count. */
enum option_id option_find(const char *name, size_t len);
enum option_id option_letter(char letter);
/* True when the option takes one of listed words, such as "auto|always|never". */
bool option_has_words(const struct option *option);
/* Is `word` one of the words in "a|b|c"? */
bool words_have(const char *words, const char *word);

/* Print a usage error (also as JSON when --json was typed) and return its exit status. `hint` may
 * be NULL. */
__attribute__((format(printf, 3, 4))) int usage_error(const struct line *line, const char *hint,
                                                      const char *format, ...);
/* The same for any code, for errors that happen before the library is there. */
__attribute__((format(printf, 4, 5))) int early_error(const struct line *line, kf_err code,
                                                      const char *hint, const char *format, ...);

int help_run(const struct line *line);
void help_overview(FILE *to);
void help_noun(FILE *to, const char *noun);
void help_command(FILE *to, const struct command *command);

/* The topics of help: exit-codes, environment, pin. */
struct topic {
    const char *name, *title, *intro;
    const struct topic_row { const char *term, *text; } * rows;
    size_t row_count;
};
extern const struct topic topics[];
extern const size_t topic_count;
/* All error codes from errors.def, in order. */
struct error_row {
    const char *code, *what, *next;
    int exit;
};
extern const struct error_row error_rows[];
extern const size_t error_row_count;

int man_run(void);
int completion_run(const struct line *line);
/* `keyfob __complete WORD...`: what may stand in place of the last word. */
int completion_words(int count, char **words);

/* A function of keyfob-cli.so, or NULL after telling why. */
void *module_function(const struct line *line, const char *name);
