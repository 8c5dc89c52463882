// SPDX-License-Identifier: Apache-2.0
// What the files of the built-in OpenSSL 3 provider share (man pages provider-keymgmt(7),
// -signature(7), -asym_cipher(7), -keyexch(7)). Everything public is left to the default provider:
// only private operations are made here.
#pragma once

#include <openssl/core_dispatch.h>
#include <stdatomic.h>

#include "token/mechanism.h"

#define KF_PROVIDER         "keyfob"
#define KF_PROVIDER_OURS    "provider=" KF_PROVIDER
#define KF_PROVIDER_OTHERS  "provider!=" KF_PROVIDER
#define KF_PROVIDER_KEY_REF "keyfob-key" /* parameter that carries a struct kf_provider_key */

#define KF_DISPATCH(id, function)                                                                  \
    { id, (void (*)(void))function }

/* RSA mechanisms that a token turned out not to have: they are not tried again. */
enum kf_provider_lacks { KF_LACKS_PKCS1 = 1, KF_LACKS_PSS = 2 };

/* A key of the provider: one on a token, or (session NULL) the public half or parameters of some
 * peer's. */
struct kf_provider_key {
    atomic_int references;
    const char *type; /* "RSA", "EC", "ED25519" */
    kf_session *session;
    CK_OBJECT_HANDLE object;
    char *label; /* of the container, for PIN questions; may be NULL */
    bool always_authenticate;
    EVP_PKEY *public_key; /* of the default provider; NULL in a key that is still empty */
    bool has_public;      /* false when `public_key` holds parameters only */
    atomic_uint lacks;    /* enum kf_provider_lacks */
};
struct kf_provider_key *kf_provider_key_ref(struct kf_provider_key *key);
void kf_provider_key_free(struct kf_provider_key *key);
/* The length of the modulus, or of the curve's field. */
size_t kf_provider_key_bytes(const struct kf_provider_key *key);

enum kf_provider_use { KF_PROVIDER_SIGN, KF_PROVIDER_DECRYPT };
struct kf_provider_call {
    enum kf_provider_use use;
    CK_MECHANISM mechanism;
    const uint8_t *in;
    size_t len;
    bool lacking; /* set when the token does not have the mechanism (or its parameters) for the key:
                     another one may do */
};
/* One operation with a private key, from Init to its end, under the session's lock; asks for the
 * key's PIN in between where the key wants that. `ret_out` has room for KF_P11_SIGNATURE_MAX bytes
 * and is wiped on failure. */
kf_err kf_provider_operate(const struct kf_provider_key *key, struct kf_provider_call *call,
                           uint8_t *ret_out, size_t *ret_len);

/* What is signed: a digest, or with `md` NULL the data as it is. */
struct kf_provider_input {
    const EVP_MD *md;
    const uint8_t *data;
    size_t len;
};
/* A signature as OpenSSL wants it, into KF_P11_SIGNATURE_MAX bytes; `shadow` knows the padding. */
kf_err kf_provider_sign(struct kf_provider_key *key, EVP_PKEY_CTX *shadow,
                        const struct kf_provider_input *input, uint8_t *ret_signature,
                        size_t *ret_len);

/* ECDH (CKM_ECDH1_DERIVE) with a peer's point: exactly kf_provider_key_bytes() bytes in
 * `ret_secret`. */
kf_err kf_provider_derive(const struct kf_provider_key *key, const uint8_t *point, size_t point_len,
                          uint8_t *ret_secret);

/* Remember what a private operation came to, for kf_provider_last_error(), and tell OpenSSL. 1 for
 * KF_OK, else 0. */
int kf_provider_answer(kf_err err);

extern const OSSL_DISPATCH kf_provider_keymgmt_rsa[], kf_provider_keymgmt_ec[],
    kf_provider_keymgmt_ed25519[];
extern const OSSL_DISPATCH kf_provider_signature_hashed[], kf_provider_signature_ed25519[];
extern const OSSL_DISPATCH kf_provider_cipher_rsa[];
extern const OSSL_DISPATCH kf_provider_exchange_ecdh[];
