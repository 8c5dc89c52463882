// SPDX-License-Identifier: Apache-2.0
// Operations: PINs of a token, passwords of a software container.
#include "web/worker/token_view.h"

/* Its flags are others afterwards, also when the PIN was wrong. */
static kf_err change(struct work *work, kf_err (*how)(kf_token *token), json_t **ret_result) {
    kf_token *token = NULL;
    KF_TRY(work_token(work, &token));
    kf_err code = how(token);
    token_event(work, "token.changed", token);
    KF_TRY(code);
    KF_TRY(kf_token_refresh(token));
    return token_view(work, token, false, ret_result);
}

static kf_err pin_change(struct work *work, json_t **ret_result) {
    return change(work, kf_pin_change, ret_result);
}

static kf_err pin_unblock(struct work *work, json_t **ret_result) {
    return change(work, kf_pin_unblock, ret_result);
}

static kf_err pin_set(struct work *work, json_t **ret_result) {
    return change(work, kf_pin_set, ret_result);
}

static kf_err pin_set_so(struct work *work, json_t **ret_result) {
    return change(work, kf_pin_set_so, ret_result);
}

const struct op pin_ops[] = {
    {"pin.change", pin_change},
    {"pin.unblock", pin_unblock},
    {"pin.set", pin_set},
    {"pin.set_so", pin_set_so},
    {0},
};
