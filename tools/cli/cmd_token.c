// SPDX-License-Identifier: Apache-2.0
// keyfob token: what is there, preparing one, trying one out.
#include <string.h>

#include "medium.h"
#include "output.h"

static const struct column list_columns[] = {
    {"LABEL", "label", NULL},   {"SERIAL", "serial", format_serial},
    {"MODEL", "model", NULL},   {"STATUS", "initialized", format_token},
    {"MEDIUM", "medium", NULL}, {"URI", "uri", format_for_programs},
};

static const struct column card_columns[] = {
    {"Label", "label", NULL},
    {"Serial", "serial", format_serial},
    {"Model", "model", NULL},
    {"Manufacturer", "manufacturer", NULL},
    {"Medium", "medium", NULL},
    {"URI", "uri", NULL},
    {"Module", "module", NULL},
    {"Initialised", "initialized", NULL},
    {"PIN set", "pin.set", NULL},
    {"Tries of the PIN", "pin.tries", format_state},
    {"Tries of the SO PIN", "so_tries", format_state},
    {"Shortest PIN", "pin.min", NULL},
    {"Longest PIN", "pin.max", NULL},
    {"PIN pad", "pin.pad", format_bool},
    {"Write protected", "write_protected", format_bool},
    {"Key types", "key_types", format_list},
    {"Mechanisms", "mechanisms", format_list},
};

/* The same of a software container, in its words. */
static const struct column software_columns[] = {
    {"Label", "label", NULL},
    {"Serial", "serial", format_serial},
    {"Model", "model", NULL},
    {"Medium", "medium", NULL},
    {"Place", "place", NULL},
    {"URI", "uri", NULL},
    {"Module", "module", NULL},
    {"Password set", "pin.set", NULL},
    {"Password", "pin.tries", format_password},
    {"Unblock secret", "so_tries", format_password},
    {"Shortest password", "pin.min", NULL},
    {"Longest password", "pin.max", NULL},
    {"Write protected", "write_protected", format_bool},
    {"Key types", "key_types", format_list},
    {"Mechanisms", "mechanisms", format_list},
};

static kf_err add_token(kf_token *token, json_t *list) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_token_json(token, false, &document));
    json_array_append_new(list, KF_MOVE(document));
    return KF_OK;
}

kf_err cmd_token_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(run_open_tokens(run));
    for (size_t i = 0; i < kf_tokens_count(run->tokens); i++)
        KF_TRY(add_token(kf_tokens_at(run->tokens, i), list));
    const char *module = run_option(run, OPT_MODULE);
    size_t notes = run->progress.verbose ? 0 : kf_tokens_note_count(run->tokens);
    KF_TRY(out_list(run, list, list_columns, KF_COUNT(list_columns), "token"));
    if (notes)
        note(run, "%zu %s could not be read; keyfob %s%s%smodule list shows why.", notes,
             notes == 1 ? "module" : "modules", module ? "--module " : "", module ? module : "",
             module ? " " : "");
    return KF_OK;
}

kf_err cmd_token_show(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, true, &token));
    KF_TRY(kf_token_json(token, true, &document));
    size_t hidden = run_has(run, OPT_DETAILS) ? 0 : 1;
    return token_is_software(token)
               ? out_card(run, document, software_columns, KF_COUNT(software_columns) - hidden)
               : out_card(run, document, card_columns, KF_COUNT(card_columns) - hidden);
}

/* An initialised token loses all that is on it: its label must be typed. */
static kf_err confirm_erase(struct run *run, const char *selector) {
    char question[256];
    kf_token *token = NULL;
    if (!run_has(run, OPT_ERASE) || !selector)
        return KF_OK;
    KF_TRY(kf_tokens_select(run->tokens, selector, &token));
    const struct kf_token_info *info = kf_token_info(token);
    snprintf(question, sizeof question,
             "All keys on %s (%s) will be destroyed. Type its label to go on: ", info->label,
             info->serial);
    return run_confirm(run, question, info->label);
}

kf_err cmd_token_init(struct run *run) {
    const char *selector = NULL, *label = run_option(run, OPT_LABEL);
    KF_AUTO_PTR(json_t) document = NULL;
    kf_token *token = NULL;
    KF_TRY(run_token_selector(run, true, &selector));
    if (!label || !*label)
        return kf_fail(KF_E_USAGE, "the token needs a name: --label LABEL");
    KF_TRY(run_open_tokens(run));
    KF_TRY(confirm_erase(run, selector));
    KF_TRY(kf_token_init(run->tokens, selector ? selector : "new", label, run_has(run, OPT_ERASE),
                         &token));
    KF_TRY(kf_token_json(token, false, &document));
    const struct kf_token_info *info = kf_token_info(token);
    return out_done(run, KF_MOVE(document), "The token is ready: %s (%s)", info->label,
                    info->serial);
}

static const struct column test_columns[] = {
    {"STEP", "name", NULL},
    {"RESULT", "ok", format_result},
    {"WHAT", "text", NULL},
};

kf_err cmd_token_test(struct run *run) {
    KF_AUTO_PTR(json_t) report = NULL;
    kf_token *token = NULL;
    KF_TRY(run_select_token(run, true, &token));
    kf_err code = kf_token_test(token, &report);
    if (report && run_has(run, OPT_JSON))
        KF_TRY(out_json(run, report));
    else if (report)
        KF_TRY(
            out_list(run, json_at(report, "steps"), test_columns, KF_COUNT(test_columns), "step"));
    return code;
}
