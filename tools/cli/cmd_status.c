// SPDX-License-Identifier: Apache-2.0
// keyfob status: what is open, what ends soon, who must act.
#include "request_view.h"

static const struct column expiring_columns[] = {
    {"CERTIFICATE", "id", NULL},
    {"STATUS", "status", format_state},
    {"SUBJECT", "subject_text", NULL},
    {"VALID UNTIL", "not_after", format_when},
};

kf_err cmd_status(struct run *run) {
    KF_AUTO_PTR(json_t) status = NULL;
    KF_TRY(kf_status_json(run->context, &status));
    if (run_has(run, OPT_JSON))
        return out_json(run, status);
    const json_t *requests = json_object_get(status, "requests");
    const json_t *expiring = json_object_get(status, "expiring");
    if (json_array_size(requests) == 0 && json_array_size(expiring) == 0)
        return out_line(run, "%s Nothing is open, and no certificate ends soon.",
                        term_mark(&run->term, MARK_DONE));
    if (json_array_size(requests) > 0)
        KF_TRY(request_table(run, requests));
    if (json_array_size(expiring) > 0)
        KF_TRY(
            out_list(run, expiring, expiring_columns, KF_COUNT(expiring_columns), "certificate"));
    request_counts(run, requests);
    return KF_OK;
}
