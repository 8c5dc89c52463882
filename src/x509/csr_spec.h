// SPDX-License-Identifier: Apache-2.0
// A request's specification, on its way into the request.
#pragma once

#include "x509/name.h"

/* KF_E_USAGE when there is no such hash. */
kf_err kf_csr_spec_hash(const struct kf_csr_spec *spec, const EVP_MD **ret_md);
/* Profile's usages, names, SID and template, in this order; `*ret_list` is NULL when there are
 * none. */
kf_err kf_csr_spec_extensions(const struct kf_csr_spec *spec, const X509_NAME *subject,
                              enum kf_key_type type, X509_EXTENSIONS **ret_list);
