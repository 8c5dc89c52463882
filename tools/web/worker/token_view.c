// SPDX-License-Identifier: Apache-2.0
// A token, and what is on it, as the page shows it.
#include "web/worker/token_view.h"

#include <string.h>

bool token_is_software(kf_token *token) {
    struct kf_medium_info info;
    return kf_medium_info(token, &info) == KF_OK && strcmp(info.medium, "token") != 0;
}

void token_event(struct work *work, const char *type, const kf_token *token) {
    const struct kf_token_info *info = kf_token_info(token);
    work_event(work, type,
               json_pack("{s:s, s:s, s:s}", "uri", info->uri, "label", info->label, "serial",
                         info->serial));
}

kf_err token_containers(kf_token *token, bool login, json_t **ret_containers) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_containers_read(token, login, &containers));
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        json_t *document = NULL;
        KF_TRY(kf_container_json(containers, i, &document));
        json_array_append_new(list, document);
    }
    *ret_containers = KF_MOVE(list);
    return KF_OK;
}

static kf_err set_medium(kf_token *token, json_t *view) {
    struct kf_medium_info info;
    KF_TRY(kf_medium_info(token, &info));
    json_object_set_new(view, "medium",
                        json_pack("{s:s, s:s, s:s, s:b, s:b}", "medium", info.medium, "where",
                                  info.where, "name", info.name, "has_unblock", info.has_unblock,
                                  "writable", info.writable));
    return KF_OK;
}

static kf_err set_containers(kf_token *token, json_t *view) {
    json_t *list = NULL;
    KF_TRY(token_containers(token, false, &list));
    json_object_set_new(view, "containers", list);
    return KF_OK;
}

/* What is known of it without asking it again. */
static json_t *poor_view(const kf_token *token) {
    const struct kf_token_info *info = kf_token_info(token);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "schema", "keyfob.token/1",
                     "label", info->label, "serial", info->serial, "model", info->model,
                     "manufacturer", info->manufacturer, "uri", info->uri, "module", info->module,
                     "initialized", info->initialized);
}

kf_err token_view(struct work *work, kf_token *token, bool details, json_t **ret_view) {
    KF_AUTO_PTR(json_t) view = NULL;
    kf_err code = kf_token_json(token, details, &view);
    if (code == KF_OK)
        code = set_medium(token, view);
    if (code == KF_OK)
        code = set_containers(token, view);
    if (!view)
        KF_TRY(work_result(poor_view(token), &view));
    if (code != KF_OK)
        json_object_set_new(view, "error", work_error(work, code));
    if (!json_object_get(view, "containers"))
        json_object_set_new(view, "containers", json_array());
    kf_error_clear();
    *ret_view = KF_MOVE(view);
    return KF_OK;
}
