// SPDX-License-Identifier: Apache-2.0
// A chain whose signatures OpenSSL does not know.
#pragma once

#include "x509/gost.h"

/* From `leaf` to an anchor by names, key identifiers, validity and CA flags. Signatures that
 * OpenSSL knows are verified; those of GOST are NOT: whoever has a token verifies them with
 * kf_session_check_gost(). KF_E_UNTRUSTED with the reason. */
kf_err kf_chain_by_name(const kf_cert *leaf, const kf_certs *pool, const kf_certs *anchors,
                        int64_t now, kf_certs *ret_chain);
