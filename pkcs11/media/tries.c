// SPDX-License-Identifier: Apache-2.0
// The count of wrong PINs as text, for a file beside the container.
#include "media/tries.h"

#include <inttypes.h>

kf_err kf_tries_write(const struct kf_tries *tries, kf_buf *ret_text) {
    KF_AUTO(kf_buf) text = {.max = KF_TRIES_TEXT_MAX};
    KF_TRY(kf_buf_printf(&text,
                         "wrong PINs in a row, user %" PRIu32 " so %" PRIu32 " last %" PRId64 ".\n",
                         tries->user, tries->so, tries->last));
    kf_buf_move(ret_text, &text);
    return KF_OK;
}

struct kf_tries kf_tries_read(const kf_buf *text) {
    struct kf_tries tries = {0};
    KF_AUTO(kf_buf) again = {0};
    if (sscanf(kf_buf_str(text),
               "wrong PINs in a row, user %" SCNu32 " so %" SCNu32 " last %" SCNd64 ".",
               &tries.user, &tries.so, &tries.last) == 3 &&
        kf_tries_write(&tries, &again) == KF_OK && kf_buf_equal(text, &again))
        return tries;
    return (struct kf_tries){0};
}

bool kf_tries_are_none(const struct kf_tries *tries) {
    return tries->user == 0 && tries->so == 0 && tries->last == 0;
}
