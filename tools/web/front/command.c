// SPDX-License-Identifier: Apache-2.0
// What keyfob-web.so exports.
#include "web/front/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/context.h"
#include "base/file.h"

static const char *value_of(const char *word, const char *option) {
    size_t len = strlen(option);
    return strncmp(word, option, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static void read_word(struct web_command *command, const char *word) {
    const struct {
        const char *name, **value;
    } texts[] = {{"--home", &command->home},
                 {"--module", &command->module},
                 {"--port", &command->port},
                 {"--web-dir", &command->web_dir}};
    const struct {
        const char *name;
        bool *value;
    } switches[] = {{"--no-agent", &command->no_agent},
                    {"--open", &command->open},
                    {"--print", &command->print},
                    {"--json", &command->json}};
    for (size_t i = 0; i < KF_COUNT(texts); i++)
        if (value_of(word, texts[i].name))
            *texts[i].value = value_of(word, texts[i].name);
    for (size_t i = 0; i < KF_COUNT(switches); i++)
        if (strcmp(word, switches[i].name) == 0)
            *switches[i].value = true;
}

kf_err command_home(const struct web_command *command, char **ret_home) {
    const struct kf_context_options options = {.home = command->home};
    KF_AUTO_PTR(kf_context) context = NULL;
    KF_TRY(kf_context_new(&options, &context));
    char *home = realpath(kf_context_data_dir(context), NULL);
    if (!home) {
        KF_TRY(kf_dir_make(kf_context_data_dir(context)));
        home = realpath(kf_context_data_dir(context), NULL);
    }
    if (!home)
        return kf_fail(KF_E_IO, "the folder \"%s\" cannot be entered",
                       kf_context_data_dir(context));
    *ret_home = home;
    return KF_OK;
}

/* No core dump, no other process that looks into this one's memory: PINs pass through it. */
static void protect_process(void) {
    const struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check looks into its own process */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

__attribute__((visibility("default"))) int keyfob_web(int argc, char **argv) {
    struct web_command command = {0};
    protect_process();
    for (int i = 1; i < argc; i++)
        read_word(&command, argv[i]);
    return strcmp(argv[0], "serve") == 0 ? serve_run(&command) : open_run(&command);
}
