// SPDX-License-Identifier: Apache-2.0
// What PKCS#12 is made of (RFC 7292, 4): safes, and bags in them.
#pragma once

#include "base/auto.h"
#include "module/keyfile_parts.h"

KF_DEFINE_AUTO_PTR_WITH(PKCS12, PKCS12_free)
KF_DEFINE_AUTO_PTR_WITH(X509, X509_free)

typedef STACK_OF(PKCS7) safes;
typedef STACK_OF(PKCS12_SAFEBAG) bags;
static inline void free_safes(safes *list) {
    sk_PKCS7_pop_free(list, PKCS7_free);
}
static inline void free_bags(bags *list) {
    sk_PKCS12_SAFEBAG_pop_free(list, PKCS12_SAFEBAG_free);
}
KF_DEFINE_AUTO_PTR_WITH(safes, free_safes)
KF_DEFINE_AUTO_PTR_WITH(bags, free_bags)
