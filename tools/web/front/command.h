// SPDX-License-Identifier: Apache-2.0
// What keyfob-web.so exports for the commands `serve` and `open`.
#pragma once

#include <keyfob/error.h>
#include <stdbool.h>

/* As the command line gave it; texts may be NULL. */
struct web_command {
    const char *home, *module, *port, *web_dir;
    bool no_agent, open, print, json;
};

/* The library's context finds the home; freed with free(). */
kf_err command_home(const struct web_command *command, char **ret_home);
kf_err serve_run(const struct web_command *command);
kf_err open_run(const struct web_command *command);

/* `argv`: "serve" or "open", and options such as "--port=8484". A kf_err; what it says is asked of
 * the library, which this module has loaded. */
int keyfob_web(int argc, char **argv);
