// SPDX-License-Identifier: Apache-2.0
// A mechanism: what it does, to which keys, and the parameters that came with it.
#pragma once

#include "base/buf.h"
#include "keys/hash.h"
#include "keys/public.h"

enum kf_scheme {
    KF_SCHEME_ELSEWHERE, /* key generation and derivation: listed here, done by kf_softkey_... */
    KF_SCHEME_DIGEST,
    KF_SCHEME_RSA_PKCS1, /* RFC 8017 7.2, 8.2 */
    KF_SCHEME_RSA_PSS,   /* RFC 8017 8.1 */
    KF_SCHEME_RSA_OAEP,  /* RFC 8017 7.1 */
    KF_SCHEME_RSA_RAW,   /* X.509 of old: no padding */
    KF_SCHEME_ECDSA,
    KF_SCHEME_EDDSA
};

struct kf_mechanism {
    CK_MECHANISM_TYPE type;
    enum kf_scheme scheme;
    CK_KEY_TYPE key_type;   /* not of digests */
    CK_MECHANISM_TYPE hash; /* that the data goes through first; 0: the caller did what was due */
    CK_MECHANISM_INFO info;
};

const struct kf_mechanism *kf_mechanism_find(CK_MECHANISM_TYPE type); /* NULL: none */

/* The parameters, checked and copied. Start with `= {0}`. */
struct kf_parameter {
    const struct kf_hash *hash; /* of the data, or of PSS and OAEP; NULL: none */
    const struct kf_hash *mgf;
    size_t salt_len; /* PSS, bytes */
    kf_buf label;    /* OAEP */
};

/* CKR_MECHANISM_PARAM_INVALID. `public_half` NULL for digests. */
CK_RV kf_parameter_read(const struct kf_mechanism *mechanism, const CK_MECHANISM *given,
                        const kf_public *public_half, struct kf_parameter *ret_parameter);
void kf_parameter_clear(struct kf_parameter *parameter);
