// SPDX-License-Identifier: Apache-2.0
// The private half of a key as bytes in the arena, and what a softkey is made of.
#pragma once

#include <openssl/bn.h>

#include "keys/public.h"
#include "keys/softkey.h"

/* The numbers of a private key, big-endian, each of a fixed width. RSA has all of them, the others
 * D only: the private number of a P curve, the seed of Ed25519. */
enum kf_part { KF_D, KF_P, KF_Q, KF_DP, KF_DQ, KF_QINV, KF_PARTS };

struct kf_softkey {
    atomic_uint count;
    kf_public *public_half;
    kf_locked secret; /* empty: there is no private half, or it was wiped */
    size_t prime_len; /* RSA: bytes of each part but D */
};

size_t kf_part_count(const kf_softkey *key);
/* In the arena; empty when there is no private half. */
struct kf_span kf_part(const kf_softkey *key, enum kf_part part);
uint8_t *kf_part_room(kf_softkey *key, enum kf_part part);
/* A number for constant-time work; cleared when it is freed. NULL: out of memory. */
BIGNUM *kf_part_number(const kf_softkey *key, enum kf_part part);
BIGNUM *kf_private_number(struct kf_span bytes);
KF_DEFINE_AUTO_PTR_WITH(BIGNUM, BN_clear_free)
/* Releases what BN_CTX_new_ex() gave; OpenSSL clears the numbers in it. */
KF_DEFINE_AUTO_PTR_WITH(BN_CTX, BN_CTX_free)

/* A key with room for its private half: zeros, to be filled. Takes a reference. CKR_HOST_MEMORY. */
CK_RV kf_softkey_new(kf_public *public_half, kf_softkey **ret_key);
CK_RV kf_softkey_make_room(kf_softkey *key, kf_arena *arena, size_t prime_len);
/* Numbers of a private key that somebody gave, before they are a key. */
struct kf_numbers {
    struct kf_span modulus, exponent, part[KF_PARTS]; /* DP, DQ, QINV may be empty: computed */
};
enum kf_scrutiny { KF_CHECK_RELATIONS, KF_CHECK_PRIMES_TOO };
/* The parts are put into the arena and checked against each other; CKR_ATTRIBUTE_VALUE_INVALID. */
CK_RV kf_softkey_from_rsa(kf_arena *arena, const struct kf_numbers *numbers,
                          enum kf_scrutiny scrutiny, kf_softkey **ret_key);
/* `point` empty: not given, else it must be the private number's. */
CK_RV kf_softkey_from_curve(kf_arena *arena, const struct kf_curve *curve, struct kf_span number,
                            struct kf_span point, kf_softkey **ret_key);
