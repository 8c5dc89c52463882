// SPDX-License-Identifier: Apache-2.0
// Subject and alternative names of a certificate beside those that were asked for.
#pragma once

#include "x509/name.h"

/* Add what differs to `why`, as parts of a sentence separated by "; "; nothing when all is as
 * asked. */
kf_err kf_issued_names(const kf_cert *cert, const kf_csr *csr, kf_buf *why);
/* Append one such part. */
__attribute__((format(printf, 2, 3))) kf_err kf_issued_note(kf_buf *why, const char *format, ...);
