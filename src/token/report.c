// SPDX-License-Identifier: Apache-2.0
// Reports of checks.
#include "token/report.h"

kf_err kf_report_step(struct kf_report *report, const char *name, kf_err error, const char *text) {
    if (error != KF_OK && report->first == KF_OK) {
        report->first = error;
        kf_error_save(&report->saved);
    }
    if (report->steps == NULL)
        report->steps = json_array();
    const char *shown = error == KF_OK ? text : kf_error_sentence(error);
    json_array_append_new(report->steps, json_pack("{s:s, s:b, s:s}", "name", name, "ok",
                                                   error == KF_OK, "text", shown));
    return error;
}

kf_err kf_report_end(struct kf_report *report, const char *schema, const char *name,
                     json_t **ret_json) {
    json_t *json = json_pack("{s:s, s:s, s:b, s:o}", "schema", schema, "name", name, "ok",
                             report->first == KF_OK, "steps",
                             report->steps != NULL ? report->steps : json_array());
    report->steps = NULL;
    if (json == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a report");
    *ret_json = json;
    if (report->first != KF_OK)
        kf_error_restore(&report->saved);
    return report->first;
}
