// SPDX-License-Identifier: Apache-2.0
// The hint of an error.
#include "common/hint.h"

#include <string.h>

#include "base/buf.h"

void hint_with_id(const char *id, kf_err code) {
    KF_AUTO(kf_buf) hint = {0};
    const char *at = kf_error_next(code), *place = strstr(at, " ID");
    if (!place)
        return;
    for (; place; place = strstr(at, " ID")) {
        if (kf_buf_printf(&hint, "%.*s %s", (int)(place - at), at, id) != KF_OK)
            return;
        at = place + strlen(" ID");
    }
    if (kf_buf_add_str(&hint, at) == KF_OK)
        kf_error_hint("%s", kf_buf_str(&hint));
}
