// SPDX-License-Identifier: Apache-2.0
// The program: parses the line, answers --version, help and completion itself, and loads the rest
// when it is needed.
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "program.h"

#define MODULE_NAME "keyfob-cli.so"
#define WORKER_NAME "keyfob-worker.so"
#define WEB_NAME    "keyfob-web.so"

void *module_function(const struct line *line, const char *name) {
    void *module = dlopen(MODULE_NAME, RTLD_NOW | RTLD_LOCAL);
    void *function = module ? dlsym(module, name) : NULL;
    if (!function)
        early_error(line, KF_E_FAILED, "Install keyfob again.", "the program is not complete: %s",
                    dlerror());
    return function;
}

static int run_module(const struct line *line) {
    keyfob_run_fn *run = (keyfob_run_fn *)module_function(line, "keyfob_run");
    return run ? run(line) : error_rows[KF_E_FAILED - 1].exit;
}

/* `keyfob serve` starts it: tools/web/worker. */
static int run_worker(int argc, char **argv) {
    void *module = dlopen(WORKER_NAME, RTLD_NOW | RTLD_LOCAL);
    int (*work)(int argc, char **argv) =
        module ? (int (*)(int, char **))dlsym(module, "keyfob_work") : NULL;
    if (!work)
        fprintf(stderr, "keyfob: the program is not complete: %s\n", dlerror());
    return work ? work(argc, argv) : error_rows[KF_E_FAILED - 1].exit;
}

typedef const char *error_text_fn(kf_err code);

/* The words are those of the library, which the module has loaded. */
static int tell_web_error(const struct line *line, void *module, int code) {
    error_text_fn *sentence = (error_text_fn *)dlsym(module, "kf_error_sentence");
    error_text_fn *next = (error_text_fn *)dlsym(module, "kf_error_next");
    return early_error(line, (kf_err)code, next ? next((kf_err)code) : NULL, "%s",
                       sentence ? sentence((kf_err)code) : error_rows[code - 1].what);
}

/* `serve` and `open`: tools/web/front. The options go on as they were given. */
static int run_web(const struct line *line) {
    static char words[OPT_COUNT][4200];
    char *argv[OPT_COUNT + 2] = {(char *)line->command->noun};
    int argc = 1;
    void *module = dlopen(WEB_NAME, RTLD_NOW | RTLD_LOCAL);
    int (*web)(int argc, char **argv) =
        module ? (int (*)(int, char **))dlsym(module, "keyfob_web") : NULL;
    if (!web)
        return early_error(line, KF_E_FAILED, "Install keyfob again.",
                           "the program is not complete: %s", dlerror());
    for (int id = OPT_NONE + 1; id < OPT_COUNT; id++) {
        const char *value = line->value[id];
        if (!value)
            continue;
        snprintf(words[argc], sizeof words[argc], "--%s%s%s", options[id].name,
                 options[id].argument ? "=" : "", options[id].argument ? value : "");
        argv[argc] = words[argc];
        argc++;
    }
    int code = web(argc, argv);
    return code == KF_OK ? 0 : tell_web_error(line, module, code);
}

static int run_line(const struct line *line) {
    if (line->value[OPT_VERSION])
        return puts("keyfob " KEYFOB_VERSION) == EOF;
    if (line->value[OPT_HELP] || !line->command || line->command->id == CMD_HELP)
        return help_run(line);
    if (line->command->id == CMD_COMPLETION)
        return completion_run(line);
    if (line->command->id == CMD_SERVE || line->command->id == CMD_OPEN)
        return run_web(line);
    return run_module(line);
}

/* What was printed counts only once it arrived: a full disk or a closed pipe is a failure. */
static int close_output(const struct line *line, int status) {
    bool failed = ferror(stdout);
    int why = failed ? 0 : errno;
    if (fflush(stdout) != 0) {
        failed = true;
        why = errno;
    }
    if (!failed)
        return status;
    static const struct line no_json; /* standard output takes nothing more */
    early_error(&no_json, KF_E_IO,
                "See that the disk has room and that the reader of the pipe stays.",
                "writing the output%s%s", why ? ": " : "", why ? strerror(why) : "");
    return status ? status : error_rows[KF_E_IO - 1].exit;
}

int main(int argc, char **argv) {
    static struct line line;
    signal(SIGPIPE, SIG_IGN);
    int status = 0;
    if (argc > 1 && strcmp(argv[1], "__complete") == 0)
        status = completion_words(argc - 2, argv + 2);
    else if (argc > 1 && strcmp(argv[1], "__worker") == 0)
        status = run_worker(argc - 1, argv + 1);
    else if (argc == 2 && strcmp(argv[1], "__man") == 0)
        status = man_run();
    else
        status = line_parse(argc, argv, &line);
    bool hidden = argc > 1 && strncmp(argv[1], "__", 2) == 0;
    if (status == 0 && !hidden)
        status = run_line(&line);
    return close_output(&line, status);
}
