// SPDX-License-Identifier: Apache-2.0
// Operations: software containers as wholes.
#include <string.h>

#include "web/worker/media.h"
#include "web/worker/token_view.h"

/* As it is now. */
static kf_err changed(struct work *work, const char *event, kf_token *token, json_t **ret_result) {
    token_event(work, event, token);
    return token_view(work, token, false, ret_result);
}

static kf_err medium_make(struct work *work, json_t **ret_result) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "name", &name));
    KF_TRY(media_order(work, work->args, name, &order, folder));
    KF_TRY(work_tokens(work, &tokens));
    KF_TRY(kf_medium_make(tokens, &order, &token));
    return changed(work, "token.inserted", token, ret_result);
}

static kf_err medium_copy(struct work *work, json_t **ret_result) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    kf_token *token = NULL, *made = NULL;
    const char *name = work_text(work, "name");
    KF_TRY(media_token(work, &token));
    KF_TRY(
        media_order(work, work->args, name ? name : kf_token_info(token)->label, &order, folder));
    KF_TRY(kf_medium_copy(token, &order, &made));
    return changed(work, "token.inserted", made, ret_result);
}

static kf_err medium_move(struct work *work, json_t **ret_result) {
    struct kf_medium_order order;
    char folder[PATH_MAX];
    kf_token *token = NULL, *made = NULL;
    KF_TRY(media_order(work, work->args, NULL, &order, folder));
    KF_TRY(media_token_to_move(work, &order, &token));
    order.name = kf_token_info(token)->label;
    KF_TRY(kf_medium_move(token, &order, &made));
    return changed(work, "token.changed", made, ret_result);
}

static kf_err medium_rename(struct work *work, json_t **ret_result) {
    kf_token *token = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "name", &name));
    KF_TRY(media_token(work, &token));
    KF_TRY(kf_medium_rename(token, name));
    return changed(work, "token.changed", token, ret_result);
}

static kf_err medium_remove(struct work *work, json_t **ret_result) {
    kf_token *token = NULL;
    KF_TRY(media_token(work, &token));
    KF_TRY(work_confirmed(work, kf_token_info(token)->label));
    KF_TRY(kf_medium_remove(token));
    token_event(work, "token.removed", token);
    return work_nothing(ret_result);
}

/* --- check --- */

/* What a check of one key found, as steps of the whole. */
static kf_err check_key(kf_token *token, const struct kf_container_info *info, json_t *steps) {
    KF_AUTO_PTR(json_t) report = NULL;
    json_t *step;
    size_t i;
    kf_err code = kf_container_check(token, info->uri, &report);
    json_array_foreach(json_object_get(report, "steps"), i, step) {
        json_object_set_new(step, "container", json_string(info->label));
        json_array_append(steps, step);
    }
    return code;
}

static kf_err check_keys(kf_token *token, json_t *steps) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    struct kf_error_saved saved;
    kf_err first = KF_OK;
    KF_TRY(kf_containers_read(token, true, &containers));
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        const struct kf_container_info *info = kf_containers_at(containers, i);
        kf_err code = info->has_private ? check_key(token, info, steps) : KF_OK;
        if (code != KF_OK && first == KF_OK) {
            first = code;
            kf_error_save(&saved);
        }
    }
    if (first != KF_OK)
        kf_error_restore(&saved);
    return first;
}

/* Every sealed part, and then every key. */
static kf_err medium_check(struct work *work, json_t **ret_result) {
    json_t *report = NULL;
    kf_token *token = NULL;
    KF_TRY(media_token(work, &token));
    kf_err code = kf_medium_check(token, true);
    if (code == KF_E_INTERRUPTED || code == KF_E_PIN_WRONG || code == KF_E_PIN_LOCKED)
        return code; /* nothing was looked at */
    KF_TRY(work_result(
        json_pack("{s:s, s:s, s:[{s:s, s:b, s:s}]}", "schema", "keyfob.container-check/1", "label",
                  kf_token_info(token)->label, "steps", "name", "container", "ok", code == KF_OK,
                  "text",
                  code == KF_OK ? "structure, sums and seals are right" : kf_error_sentence(code)),
        &report));
    if (code == KF_OK)
        code = check_keys(token, json_object_get(report, "steps"));
    return work_report(work, code, report, ret_result);
}

const struct op medium_ops[] = {
    {"medium.make", medium_make},
    {"medium.copy", medium_copy},
    {"medium.move", medium_move},
    {"medium.rename", medium_rename},
    {"medium.remove", medium_remove},
    {"medium.check", medium_check},
    {0},
};
