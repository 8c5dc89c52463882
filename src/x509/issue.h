// SPDX-License-Identifier: Apache-2.0
// Making certificates and revocation lists: for the lab CA, which has its key in a file or on a
// token.
#pragma once

#include "x509/csr.h"

struct kf_issuer {
    const kf_cert *cert;
    EVP_PKEY *key; /* any EVP_PKEY, the provider's included */
};

/* A self-signed CA certificate (RFC 5280): basicConstraints critical CA:TRUE, keyCertSign +
 * cRLSign, SKI. */
kf_err kf_issue_root(const char *subject, EVP_PKEY *key, int64_t not_before, int64_t not_after,
                     kf_cert **ret_cert);

/* Does the CA's policy allow this request? Subject and names within what the profile asks for, no
 * CA:TRUE, no foreign extension, key type allowed, proof of possession (already verified by
 * kf_csr_read). KF_E_POLICY with the reason. */
kf_err kf_issue_allowed(const kf_csr *csr, const kf_profile *profile);

struct kf_issue_order {
    const kf_csr *csr;
    const kf_profile *profile; /* key usages, EKU; SANs and SID/template extensions are taken from
                                  the CSR after kf_issue_allowed() */
    uint8_t serial[20];        /* positive, random; chosen and stored by the CA before */
    int64_t not_before, not_after;
};
kf_err kf_issue_cert(const struct kf_issuer *issuer, const struct kf_issue_order *order,
                     kf_cert **ret_cert);

/* For trying things out: a certificate that its own key signs, CA:FALSE, for signatures, sign-in
 * and mail (and servers, when it names one), with a random serial number. Verified with
 * `public_key`; when signing itself fails the code is KF_E_CRYPTO. */
struct kf_issue_self_order {
    const struct kf_csr_spec *names; /* its subject and alternative names */
    int64_t not_before, not_after;
};
kf_err kf_issue_self(const struct kf_issue_self_order *order, EVP_PKEY *key, EVP_PKEY *public_key,
                     kf_cert **ret_cert);

struct kf_revoked {
    const uint8_t *serial;
    size_t serial_len;
    int64_t when;
    int reason; /* RFC 5280 5.3.1 */
};
/* A CRL (version 2) as DER. */
kf_err kf_issue_crl(const struct kf_issuer *issuer, const struct kf_revoked *revoked, size_t count,
                    int64_t number, int64_t this_update, int64_t next_update, kf_buf *ret_der);
