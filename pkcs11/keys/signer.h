// SPDX-License-Identifier: Apache-2.0
// A signer: what OpenSSL needs to sign with one key, set up once and kept from signature to
// signature. Only the public half stays in it; the private numbers are put in for one call and
// cleared when it returns.
#pragma once

#include "keys/mechanism.h"
#include "keys/private.h"

/* What is to be signed, or was. */
struct kf_message {
    enum kf_scheme scheme;
    struct kf_span data; /* the hash when there is parameter->hash, else the data */
    const struct kf_parameter *parameter;
};

typedef struct kf_signer kf_signer;

/* What a kind of key has. */
struct kf_signer_kind {
    /* Expected to fill signer->tools from signer->public_half; false: out of memory. */
    bool (*prepare)(kf_signer *signer);
    /* Expected to write kf_signature_size() bytes. CKR_DATA_LEN_RANGE, CKR_DATA_INVALID,
     * CKR_FUNCTION_FAILED. */
    CK_RV(*sign)
    (kf_signer *signer, const kf_softkey *key, const struct kf_message *message,
     uint8_t *ret_signature);
    void (*release)(void *tools); /* NULL is welcome */
};
extern const struct kf_signer_kind kf_rsa_signer, kf_ec_signer, kf_edwards_signer;

struct kf_signer {
    const struct kf_signer_kind *kind;
    kf_public *public_half; /* counted */
    void *tools;
};

CK_RV kf_signer_new(kf_public *public_half, kf_signer **ret_signer);
void kf_signer_free(kf_signer *signer);
KF_DEFINE_AUTO_PTR(kf_signer)
/* `key` has the signer's public half. CKR_KEY_HANDLE_INVALID when its private one was wiped. */
CK_RV kf_signer_sign(kf_signer *signer, const kf_softkey *key, const struct kf_message *message,
                     uint8_t *ret_signature);
/* Bytes of a signature, which depend on the key alone. */
size_t kf_signature_size(const kf_public *public_half);

/* CKR_DATA_LEN_RANGE when that much cannot be signed, or was hashed by somebody to another length
 * than the parameters say. */
CK_RV kf_message_check(const struct kf_message *message, const kf_public *public_half);
/* Data at the right end of a block of the modulus's size, zeros before it. CKR_DATA_INVALID when
 * it is no number below the modulus. */
CK_RV kf_raw_block(const kf_public *public_half, struct kf_span data, uint8_t *ret_block);
