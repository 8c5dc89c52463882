// SPDX-License-Identifier: Apache-2.0
// Looking into the extensions of a certificate, a request or a profile.
#pragma once

#include "x509/name.h"

/* A certificate of 256 KiB can hold tens of thousands; honest ones have about a dozen. */
#define KF_EXTENSIONS_MAX 64

__attribute__((unused)) static inline void kf_extensions_free(X509_EXTENSIONS *extensions) {
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
KF_DEFINE_AUTO_PTR_WITH(X509_EXTENSIONS, kf_extensions_free)

/* The first one with this dotted OID, or NULL; `extensions` may be NULL. */
X509_EXTENSION *kf_extensions_find(const X509_EXTENSIONS *extensions, const char *oid);
/* The dotted OID of an extension that is there twice (RFC 5280 4.2 forbids it); false when none is.
 */
bool kf_extensions_twice(const X509_EXTENSIONS *extensions, kf_buf *ret_oid);
/* The names of the subjectAltName extension; NULL when there is none or it is damaged. */
GENERAL_NAMES *kf_extensions_names(const X509_EXTENSIONS *extensions);
/* Sets key_usage, extended_key_usage, alternative_names, template and sid; what is damaged is empty
 * or null. */
kf_err kf_extensions_json(const X509_EXTENSIONS *extensions, json_t *object);
