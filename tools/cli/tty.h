// SPDX-License-Identifier: Apache-2.0
// Questions on the terminal itself (/dev/tty), with or without echo.
#pragma once

#include <keyfob/secret.h>

#define ANSWER_MAX 1024

/* Is there a terminal to ask on? */
bool tty_is_there(void);
/* Ask, echo off; the terminal is put back on every signal, and what was typed before the question
 * is thrown away. KF_E_PIN_NEEDED without a terminal, KF_E_INTERRUPTED on Ctrl-C or end of input.
 */
kf_err tty_ask_secret(const char *question, kf_secret **ret_answer);
/* Ask with echo. The answer without its newline. Errors as above, KF_E_NEEDS_PERSON without a
 * terminal. */
kf_err tty_ask(const char *question, char ret_answer[static ANSWER_MAX]);

/* Ctrl-C: the first one is noted and told to whoever waits, the second one ends the program. */
void interrupt_watch(void);
bool interrupt_came(void);
