// SPDX-License-Identifier: Apache-2.0
// The checks before anything that a CA sent is written to a token.
#pragma once

#include "x509/csr.h"

/* Begins what is wrong with a certificate whose CA nobody has accepted: the person can mend that.
 */
#define KF_ISSUED_ROOTLESS "it does not lead to a root of this connection"

struct kf_issued_rules {
    const kf_csr *csr;          /* what was asked */
    const kf_profile *profile;  /* NULL: no rules on usages and validity */
    const kf_certs *anchors;    /* the connection's */
    bool ca_may_change_subject; /* the CA takes the subject from its own records: only the key and
                                   usages count */
    int64_t now;
};

/* Picks the leaf by public key alone and checks: same key, chain to the anchors, validity (a
 * notBefore up to a day ahead is KF_E_PENDING: hold), subject, alternative names and usages within
 * what was asked, not a CA, key still the one asked for. Anything else is KF_E_QUARANTINED with a
 * sentence that says which and how. `ret_chain` is leaf first; extra certificates of the answer are
 * left out. */
kf_err kf_issued_check(const kf_certs *answer, const struct kf_issued_rules *rules,
                       kf_certs *ret_chain);
