// SPDX-License-Identifier: Apache-2.0
// Operations: what tokens are there, preparing one, trying one out.
#include <string.h>

#include "web/worker/token_view.h"

/* --- list --- */

static json_t *notes_of(const kf_tokens *tokens) {
    json_t *notes = json_array();
    for (size_t i = 0; i < kf_tokens_note_count(tokens); i++)
        json_array_append_new(notes, json_string(kf_tokens_note(tokens, i)));
    return notes;
}

static kf_err token_list(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) items = json_array();
    kf_tokens *tokens = NULL;
    json_int_t blank = 0;
    KF_TRY(work_tokens(work, &tokens));
    for (size_t i = 0; i < kf_tokens_count(tokens); i++) {
        kf_token *token = kf_tokens_at(tokens, i);
        json_t *view = NULL;
        if (!kf_token_info(token)->initialized) {
            blank++;
            continue;
        }
        KF_TRY(token_view(work, token, false, &view));
        json_array_append_new(items, view);
    }
    return work_result(json_pack("{s:s, s:O, s:I, s:o}", "schema", "keyfob.tokens/1", "items",
                                 items, "blank", blank, "notes", notes_of(tokens)),
                       ret_result);
}

static kf_err token_show(struct work *work, json_t **ret_result) {
    kf_token *token = NULL;
    KF_TRY(work_token(work, &token));
    return token_view(work, token, true, ret_result);
}

/* --- init --- */

/* All that is on it goes: its label must have been typed. */
static kf_err confirm_erase(struct work *work, kf_tokens *tokens, const char *name) {
    kf_token *token = NULL;
    if (!work_flag(work, "erase") || strcmp(name, "new") == 0)
        return KF_OK;
    KF_TRY(kf_tokens_select(tokens, name, &token));
    return work_confirmed(work, kf_token_info(token)->label);
}

static kf_err token_init(struct work *work, json_t **ret_result) {
    const char *label = NULL, *name = work_text(work, "token");
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    KF_TRY(work_need(work, "label", &label));
    KF_TRY(work_tokens(work, &tokens));
    name = name ? name : "new";
    KF_TRY(confirm_erase(work, tokens, name));
    KF_TRY(kf_token_init(tokens, name, label, work_flag(work, "erase"), &token));
    token_event(work, "token.changed", token);
    return token_view(work, token, false, ret_result);
}

/* --- test --- */

static kf_err token_test(struct work *work, json_t **ret_result) {
    json_t *report = NULL;
    kf_token *token = NULL;
    KF_TRY(work_token(work, &token));
    kf_err code = kf_token_test(token, &report);
    return work_report(work, code, report, ret_result);
}

const struct op token_ops[] = {
    {"token.list", token_list},
    {"token.show", token_show},
    {"token.init", token_init},
    {"token.test", token_test},
    {0},
};
