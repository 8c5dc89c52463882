// SPDX-License-Identifier: Apache-2.0
// What root, certificate and revocation list have in common when they are made.
#pragma once

#include "x509/issue.h"
#include "x509/name.h"

/* NULL for Ed25519 and Ed448, which hash by themselves; otherwise as strong as the key. */
const EVP_MD *kf_issue_digest(const EVP_PKEY *key);
/* Seconds since the epoch as UTCTime or GeneralizedTime (RFC 5280 4.1.2.5). */
kf_err kf_issue_time(int64_t seconds, ASN1_TIME *ret_time);
/* A serial number of at most 20 bytes, positive (RFC 5280 4.1.2.2). KF_E_INPUT otherwise. */
kf_err kf_issue_serial(const uint8_t *serial, size_t len, ASN1_INTEGER *ret_number);
/* Encode `value` as the extension `nid` and append it to `list`, which is made when NULL. */
kf_err kf_issue_extension(X509_EXTENSIONS **list, int nid, bool critical, void *value);
/* authorityKeyIdentifier with the issuer's subjectKeyIdentifier, or one computed from its key. */
kf_err kf_issue_authority(X509_EXTENSIONS **list, const kf_cert *issuer);
/* RFC 5280 4.2.1.2 method 1. */
kf_err kf_issue_identifier(X509_EXTENSIONS **list, const X509 *x509);
