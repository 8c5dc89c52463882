// SPDX-License-Identifier: Apache-2.0
// What a call answers with: files, lists, errors, and events for everybody.
#include <string.h>

#include "base/text.h"
#include "web/errors.h"
#include "web/worker/worker.h"

kf_err work_result(json_t *json, json_t **ret_result) {
    if (!json)
        return kf_fail(KF_E_MEMORY, "out of memory for the answer");
    *ret_result = json;
    return KF_OK;
}

kf_err work_nothing(json_t **ret_result) {
    return work_result(json_object(), ret_result);
}

kf_err work_items(const char *schema, json_t *items, json_t **ret_result) {
    return work_result(json_pack("{s:s, s:o}", "schema", schema, "items", items), ret_result);
}

kf_err work_file(const char *name, const char *type, const void *data, size_t len,
                 json_t **ret_result) {
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_base64(&text, data, len));
    json_t *file = json_pack("{s:{s:s, s:s, s:s}}", "file", "name", name, "type", type, "data",
                             kf_buf_str(&text));
    if (text.len)
        explicit_bzero(text.data, text.len); /* a key may be in it */
    return work_result(file, ret_result);
}

kf_err work_report(struct work *work, kf_err code, json_t *report, json_t **ret_result) {
    if (!report || code == KF_E_INTERRUPTED) { /* who cancels wants no report */
        json_decref(report);
        return code;
    }
    json_object_set_new(report, "ok", json_boolean(code == KF_OK));
    if (code != KF_OK)
        json_object_set_new(report, "error", work_error(work, code));
    *ret_result = report;
    return KF_OK;
}

void work_event(struct work *work, const char *type, json_t *data) {
    KF_AUTO_PTR(json_t)
    message = json_pack("{s:{s:s, s:o}}", "event", "type", type, "data", data);
    struct kf_error_saved saved;
    kf_error_save(&saved);
    if (message)
        wire_send(work->worker->fd, message); /* that the front is gone shows elsewhere */
    kf_error_restore(&saved);
}

json_t *work_error(const struct work *work, kf_err code) {
    json_t *error = error_json(code);
    if (error && *work->request)
        json_object_set_new(error, "request", json_string(work->request));
    if (error && work->problems)
        json_object_set(error, "problems", work->problems);
    return error;
}
