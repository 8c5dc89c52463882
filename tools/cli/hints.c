// SPDX-License-Identifier: Apache-2.0
// What to type next, where the table of errors does not know the command.
#include "hints.h"

#include <string.h>

static const struct {
    const char *noun, *list;
} lists[] = {
    {"cert", "cert list"},       {"store", "store list"},           {"container", "container list"},
    {"profile", "profile list"}, {"connection", "connection list"}, {"request", "request list"},
    {"enroll", "request list"},  {"wait", "request list"},          {"resume", "request list"},
    {"ca", "ca list"},           {"batch", "batch list"},           {"renew", "cert list"},
    {"revoke", "cert list"},
};

static const char *list_for(const struct command *command) {
    if (command->id == CMD_CSR_CREATE)
        return "container list";
    if (strcmp(command->noun, "csr") == 0)
        return "request list";
    for (size_t i = 0; i < KF_COUNT(lists); i++)
        if (strcmp(lists[i].noun, command->noun) == 0)
            return lists[i].list;
    return NULL;
}

/* At the noun "connection" no key is in play, and the first word names it. */
static void hint_for_connection(const struct run *run) {
    const char *name = run->line->argument_count ? run_argument(run, 0) : NULL;
    kf_error_key("No key was touched.");
    if (name)
        kf_error_hint("Try later with `keyfob connection check %s`; its address: `keyfob "
                      "connection show %s`.",
                      name, name);
}

void hint_for_command(const struct run *run, kf_err code) {
    const struct command *command = run->line->command;
    const char *list = list_for(command);
    if (strcmp(kf_error_next(code), kf_error_info(code)->next) != 0)
        return; /* who met the error knew better */
    if (code == KF_E_USAGE)
        kf_error_hint("See `keyfob help %s%s%s`.", command->noun, command->verb ? " " : "",
                      command->verb ? command->verb : "");
    else if (code == KF_E_NOT_FOUND && list)
        kf_error_hint("`keyfob %s` shows what there is.", list);
    else if (code == KF_E_STATE && list)
        kf_error_hint("`keyfob %s` shows how things stand.", list);
    else if (code == KF_E_CA_UNREACHABLE && strcmp(command->noun, "connection") == 0)
        hint_for_connection(run);
}
