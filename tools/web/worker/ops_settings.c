// SPDX-License-Identifier: Apache-2.0
// Operations: settings, the wizard's draft, the state of things, the table of errors.
#include "web/worker/settings.h"

static kf_err settings_show(struct work *work, json_t **ret_result) {
    return settings_read(work->context, ret_result);
}

static kf_err settings_set(struct work *work, json_t **ret_result) {
    KF_TRY(settings_change(work->context, work->args, ret_result));
    work_event(work, "settings.changed", json_object());
    return KF_OK;
}

static kf_err draft_show(struct work *work, json_t **ret_result) {
    return draft_read(work->context, ret_result);
}

static kf_err draft_keep(struct work *work, json_t **ret_result) {
    return draft_save(work->context, json_object_get(work->args, "draft"), ret_result);
}

static kf_err status_show(struct work *work, json_t **ret_result) {
    return kf_status_json(work->context, ret_result);
}

static kf_err errors_list(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) items = json_array();
    for (kf_err code = KF_OK + 1; code < KF_ERR_COUNT; code++) {
        const struct kf_error_info *info = kf_error_info(code);
        json_array_append_new(items, json_pack("{s:s, s:i, s:s, s:s, s:s}", "code", info->code,
                                               "http", info->http, "what", info->what, "key",
                                               info->key, "next", info->next));
    }
    return work_items("keyfob.errors/1", KF_MOVE(items), ret_result);
}

const struct op settings_ops[] = {
    {"settings.show", settings_show},
    {"settings.change", settings_set},
    {"draft.show", draft_show},
    {"draft.save", draft_keep},
    {"status.show", status_show},
    {"errors.list", errors_list},
    {0},
};
