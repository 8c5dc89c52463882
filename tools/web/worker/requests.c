// SPDX-License-Identifier: Apache-2.0
// How an operation on a request ends.
#include "web/worker/requests.h"

#include <string.h>

#include "common/hint.h"

static void tell_changed(struct work *work, const char *id) {
    json_t *data = json_pack("{s:s}", "id", id);
    if (data)
        work_event(work, "request.changed", data);
}

/* The CA has the order, and a person must act before it decides: `next` of the request says so. */
static bool is_placed(struct work *work, const char *id) {
    KF_AUTO_PTR(json_t) request = NULL;
    struct kf_error_saved saved;
    kf_error_save(&saved);
    kf_err code = kf_request_json(work->context, id, &request);
    kf_error_restore(&saved);
    return code == KF_OK && strcmp(document_text(request, "state"), "waiting") == 0;
}

kf_err request_result(struct work *work, const char *id, kf_err code, json_t **ret_result) {
    if (!*id || code == KF_E_NOT_FOUND)
        return code;
    tell_changed(work, id);
    if (code == KF_OK || code == KF_E_PENDING ||
        (code == KF_E_NEEDS_PERSON && is_placed(work, id))) {
        kf_error_clear();
        return kf_request_json(work->context, id, ret_result);
    }
    snprintf(work->request, sizeof work->request, "%s", id);
    hint_with_id(id, code);
    return code;
}
