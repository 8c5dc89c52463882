// SPDX-License-Identifier: Apache-2.0
// keyfob enroll: a key on the token and a certificate for it.
#include "enroll_order.h"
#include "login.h"
#include "medium.h"
#include "request_view.h"

struct work {
    const enroll_input *enroll;
    char id[KF_REQUEST_ID_MAX];
};

/* After a sign-in it goes on with what is there already. */
static kf_err work_on(struct run *run, void *arg) {
    struct work *work = arg;
    const struct kf_enroll_order *order = &work->enroll->order;
    if (*work->id)
        return kf_request_resume(run->context, work->id, order->wait);
    return kf_enroll(run->context, order, work->id);
}

static kf_err order_it(struct run *run, const enroll_input *enroll) {
    struct work work = {.enroll = enroll};
    const char *id = work.id;
    kf_err code = login_and(run, enroll->order.connection, work_on, &work);
    if (code != KF_OK && !*id && medium_is_software(run))
        note(run, "%s The container \"%s\" is there, still without a key: the next enroll uses it.",
             term_mark(&run->term, MARK_NOTE), enroll->medium.name);
    return request_result(run, id, code);
}

kf_err cmd_enroll(struct run *run) {
    KF_AUTO(enroll_input) enroll = {0};
    KF_TRY(enroll_read(run, &enroll));
    KF_TRY(enroll_choose(run, &enroll));
    KF_TRY(enroll_form(run, &enroll));
    KF_TRY(enroll_ask(run, &enroll));
    KF_TRY(enroll_medium(run, &enroll));
    if (run_has(run, OPT_DRY_RUN))
        return enroll_plan(run, &enroll);
    KF_TRY(enroll_confirm(run, &enroll));
    KF_TRY(enroll_open_medium(run, &enroll));
    return order_it(run, &enroll);
}
