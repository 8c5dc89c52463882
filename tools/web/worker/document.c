// SPDX-License-Identifier: Apache-2.0
// Small things about the library's documents that several operations need.
#include "web/worker/document.h"

#include <string.h>

const char *document_text(const json_t *document, const char *name) {
    const char *text = json_string_value(json_object_get(document, name));
    return text ? text : "";
}

kf_err document_fields(const json_t *object, char **ret_text) {
    char *text = object ? json_dumps(object, JSON_COMPACT) : strdup("{}");
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory for the fields");
    *ret_text = text;
    return KF_OK;
}

void document_wipe(char **text) {
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
}

kf_err document_certs(const kf_certs *certs, json_t **ret_list) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (size_t i = 0; i < certs->count; i++) {
        json_t *item = NULL;
        KF_TRY(kf_cert_json(certs->items[i], &item));
        json_array_append_new(list, item);
    }
    return work_result(KF_MOVE(list), ret_list);
}

void work_problem(struct work *work, const char *field, const char *title, const char *text) {
    if (!work->problems)
        work->problems = json_array();
    json_array_append_new(
        work->problems, json_pack("{s:s, s:s, s:s}", "field", field, "title", title, "text", text));
}

kf_err work_check_form(struct work *work, const json_t *form, const json_t *values,
                       json_t **ret_values) {
    KF_AUTO_PTR(json_t) problems = NULL;
    kf_err code = kf_form_check(form, values, ret_values, &problems);
    if (json_array_size(problems) && !work->problems)
        work->problems = json_array();
    json_array_extend(work->problems, problems);
    return code;
}
