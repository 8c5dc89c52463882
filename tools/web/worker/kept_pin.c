// SPDX-License-Identifier: Apache-2.0
// The new password of a software container, kept until the call that made it has logged in.
#include <string.h>

#include "base/text.h"
#include "web/worker/work.h"

static kf_err copy_of(const kf_secret *secret, kf_secret **ret_copy) {
    kf_secret *from = (kf_secret *)(uintptr_t)secret; /* is only read */
    return kf_secret_copy(kf_secret_data(from), kf_secret_len(from), ret_copy);
}

void kept_pin_want(struct work *work) {
    kept_pin_drop(work);
    work->kept.wanted = true;
}

void kept_pin_bind(struct work *work, const kf_token *token) {
    const struct kf_token_info *info = kf_token_info(token);
    struct kept_pin *kept = &work->kept;
    kept->wanted = false;
    snprintf(kept->label, sizeof kept->label, "%s", info->label);
    snprintf(kept->serial, sizeof kept->serial, "%s", info->serial);
}

static bool is_for(const struct kept_pin *kept, const struct kf_pin_question *question) {
    bool asks_user = question->kind == KF_PIN_USER || question->kind == KF_PIN_KEY;
    return asks_user && kept->secret && *kept->serial &&
           kf_str_equal(kept->label, question->token_label) &&
           kf_str_equal(kept->serial, question->token_serial);
}

kf_err kept_pin_get(struct work *work, const struct kf_pin_question *question,
                    kf_secret **ret_pin) {
    *ret_pin = NULL;
    return is_for(&work->kept, question) ? copy_of(work->kept.secret, ret_pin) : KF_OK;
}

kf_err kept_pin_note(struct work *work, const struct kf_pin_question *question,
                     const kf_secret *pin) {
    struct kept_pin *kept = &work->kept;
    if (!kept->wanted || question->kind != KF_PIN_NEW_USER)
        return KF_OK;
    kf_secret_free(KF_MOVE(kept->secret));
    return copy_of(pin, &kept->secret);
}

void kept_pin_drop(struct work *work) {
    kf_secret_free(work->kept.secret);
    work->kept = (struct kept_pin){0};
}
