// SPDX-License-Identifier: Apache-2.0
// Questions to the person: a word to be typed before something that cannot be undone.
#include <string.h>

#include "run.h"
#include "tty.h"

bool run_can_ask(const struct run *run) {
    return !run->no_input && tty_is_there();
}

kf_err run_ask(struct run *run, const char *question, char ret_answer[static 1024]) {
    if (run->no_input)
        return kf_fail(KF_E_NEEDS_PERSON, "an answer is needed: %.200s", question);
    progress_pause(&run->progress);
    return tty_ask(question, ret_answer);
}

kf_err run_confirm(struct run *run, const char *question, const char *word) {
    char answer[ANSWER_MAX];
    if (run_has(run, OPT_YES))
        return KF_OK;
    kf_err code = run_can_ask(run) ? run_ask(run, question, answer) : KF_E_NEEDS_PERSON;
    if (code == KF_E_NEEDS_PERSON) {
        kf_fail(KF_E_NEEDS_PERSON, "nobody can be asked whether to go on");
        kf_error_key("Nothing was changed.");
        kf_error_hint("Give the answer with --yes.");
    }
    KF_TRY(code);
    if (strcmp(kf_str_trim(answer), word) != 0) {
        kf_fail(KF_E_INTERRUPTED, "\"%s\" was not typed", word);
        kf_error_key("Nothing was changed.");
        kf_error_hint("Run the command again and type it, or use --yes.");
        return KF_E_INTERRUPTED;
    }
    return KF_OK;
}
