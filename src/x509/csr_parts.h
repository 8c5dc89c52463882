// SPDX-License-Identifier: Apache-2.0
// A request's parts; only the files csr*.c include it.
#pragma once

#include <stdatomic.h>

#include "x509/csr.h"
#include "x509/name.h"

struct kf_csr {
    atomic_uint refs;
    X509_REQ *req;
    kf_buf der;
    char *subject;
    bool unproven; /* its own signature is of a kind that OpenSSL cannot verify */
};

/* One DER request without trailing bytes, its own signature verified. KF_E_INPUT. */
kf_err kf_csr_from_der(const uint8_t *der, size_t len, kf_csr **ret_csr);
