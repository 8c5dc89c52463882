// SPDX-License-Identifier: Apache-2.0
// What goes into a signing request, from the options: subject, alternative names, hash, template.
#pragma once

#include "run.h"

struct names {
    struct kf_san sans[KF_SAN_MAX];
    struct kf_csr_spec spec; /* points into `sans` and the command line */
};

/* Without --subject the spec's subject is NULL. KF_E_USAGE. */
kf_err names_read(const struct run *run, struct names *ret_names);
/* "CN=" and `text` with what RFC 4514 2.4 wants escaped. */
kf_err names_common(const char *text, kf_buf *ret_subject);
