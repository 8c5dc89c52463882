// SPDX-License-Identifier: Apache-2.0
// What a call opens: the modules, and the token that it is about.
#include "web/worker/work.h"

kf_err work_tokens(struct work *work, kf_tokens **ret_tokens) {
    if (!work->tokens)
        KF_TRY(kf_tokens_open(work->context, &work->tokens));
    *ret_tokens = work->tokens;
    return KF_OK;
}

kf_err work_token(struct work *work, kf_token **ret_token) {
    kf_tokens *tokens = NULL;
    const char *name = NULL;
    KF_TRY(work_need(work, "token", &name));
    KF_TRY(work_tokens(work, &tokens));
    return kf_tokens_select(tokens, name, ret_token);
}
