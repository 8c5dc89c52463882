// SPDX-License-Identifier: Apache-2.0
// Textual encodings of certificates, requests and revocation lists (RFC 7468).
#include "base/text.h"

#define LINE 64

kf_err kf_pem(kf_buf *buf, const char *label, const uint8_t *data, size_t len) {
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_base64(&text, data, len));
    KF_TRY(kf_buf_printf(buf, "-----BEGIN %s-----\n", label));
    for (size_t at = 0; at < text.len; at += LINE) {
        KF_TRY(kf_buf_add(buf, text.data + at, text.len - at < LINE ? text.len - at : LINE));
        KF_TRY(kf_buf_add_str(buf, "\n"));
    }
    return kf_buf_printf(buf, "-----END %s-----\n", label);
}
