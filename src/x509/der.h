// SPDX-License-Identifier: Apache-2.0
// Writing the few DER structures that OpenSSL has no type for (X.690 8 and 10).
#pragma once

#include "base/buf.h"

enum kf_der_tag {
    KF_DER_INTEGER = 0x02,
    KF_DER_BITS = 0x03,
    KF_DER_OCTETS = 0x04,
    KF_DER_OID = 0x06,
    KF_DER_UTF8 = 0x0c,
    KF_DER_SEQUENCE = 0x30,
    KF_DER_GENERAL = 0x1b,
    KF_DER_BMP = 0x1e,
    KF_DER_EXPLICIT_0 = 0xa0, /* also IMPLICIT [0] of something constructed */
    KF_DER_EXPLICIT_1 = 0xa1
};

kf_err kf_der_add(kf_buf *der, enum kf_der_tag tag, const void *data, size_t len);
/* Put a header before what is in `der`. */
kf_err kf_der_wrap(kf_buf *der, enum kf_der_tag tag);
kf_err kf_der_add_number(kf_buf *der, uint32_t number);
/* A dotted OID; KF_E_USAGE when it is none. */
kf_err kf_der_add_oid(kf_buf *der, const char *oid);

/* One element that OpenSSL or a caller gave: its content and what follows. False when it does not
 * fit or has another tag. */
struct kf_der_view {
    const uint8_t *data;
    size_t len;
};
bool kf_der_take(struct kf_der_view *rest, enum kf_der_tag tag, struct kf_der_view *ret_content);
/* A non-negative INTEGER of at most 32 bits. */
bool kf_der_take_number(struct kf_der_view *rest, uint32_t *ret_number);
