// SPDX-License-Identifier: Apache-2.0
// keyfob enroll: a key on the token and a certificate for it.
#include "enroll_order.h"
#include "request_view.h"

static kf_err order_it(struct run *run, const enroll_input *enroll) {
    char id[KF_REQUEST_ID_MAX] = "";
    kf_err code = kf_enroll(run->context, &enroll->order, id);
    return request_result(run, id, code);
}

kf_err cmd_enroll(struct run *run) {
    KF_AUTO(enroll_input) enroll = {0};
    KF_TRY(enroll_read(run, &enroll));
    KF_TRY(enroll_choose(run, &enroll));
    KF_TRY(enroll_ask(run, &enroll));
    return run_has(run, OPT_DRY_RUN) ? enroll_plan(run, &enroll) : order_it(run, &enroll);
}
