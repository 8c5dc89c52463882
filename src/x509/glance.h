// SPDX-License-Identifier: Apache-2.0
// A glance at a certificate: what a list shows, without decoding its key (which costs most of
// kf_cert_parse()).
#pragma once

#include "base/auto.h"
#include "base/buf.h"

typedef struct kf_glance {
    kf_buf spki;    /* SubjectPublicKeyInfo, as it stands in the certificate */
    kf_buf subject; /* RFC 4514, escaped for display */
    int64_t not_after;
} kf_glance;

/* Nothing of it is verified, and what it says is not to be relied on for more than showing and
 * pairing. KF_E_INPUT. */
kf_err kf_cert_glance(const uint8_t *der, size_t len, kf_glance *ret_glance);
void kf_glance_clear(kf_glance *glance);
