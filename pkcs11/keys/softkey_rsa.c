// SPDX-License-Identifier: Apache-2.0
// RSA keys from their numbers, held against each other (RFC 8017 3.2; NIST SP 800-56B 6.4.1.2).
#include "keys/private.h"

#include <string.h>

#include "keys/crypto.h"

/* A number into its room: false when it is longer. */
static bool fill(kf_softkey *key, enum kf_part part, struct kf_span number) {
    struct kf_span room = kf_part(key, part);
    number = kf_span_without_zeros(number);
    if (number.len > room.len)
        return false;
    if (number.len)
        memcpy(kf_part_room(key, part) + room.len - number.len, number.data, number.len);
    return true;
}

/* Where the giver left one out it is computed, else it must be the same. */
static bool fill_or_compare(kf_softkey *key, enum kf_part part, struct kf_span given,
                            const BIGNUM *computed) {
    struct kf_span room = kf_part(key, part);
    if (BN_bn2binpad(computed, kf_part_room(key, part), (int)room.len) < 0)
        return false;
    given = kf_span_without_zeros(given);
    return given.len == 0 || kf_span_equal(given, kf_span_without_zeros(room));
}

struct primes {
    BIGNUM *p, *q, *p_1, *q_1, *d; /* cleared with the BN_CTX that they come from */
    BIGNUM *scratch, *other;
    BN_CTX *context;
};

static bool primes_begin(struct primes *primes, const kf_softkey *key) {
    BIGNUM **all[] = {&primes->p, &primes->q,       &primes->p_1,  &primes->q_1,
                      &primes->d, &primes->scratch, &primes->other};
    static const enum kf_part parts[] = {KF_P, KF_Q, KF_P, KF_Q, KF_D};
    for (size_t i = 0; i < KF_COUNT(all); i++) {
        *all[i] = BN_CTX_get(primes->context);
        if (!*all[i])
            return false;
        BN_set_flags(*all[i], BN_FLG_CONSTTIME);
        struct kf_span part = i < KF_COUNT(parts) ? kf_part(key, parts[i]) : (struct kf_span){0};
        if (part.len && !BN_bin2bn(part.data, (int)part.len, *all[i]))
            return false;
    }
    return BN_sub_word(primes->p_1, 1) && BN_sub_word(primes->q_1, 1);
}

static bool is_product(const struct primes *primes, const kf_public *public_half) {
    const kf_buf *n = &public_half->modulus;
    return BN_mul(primes->scratch, primes->p, primes->q, primes->context) &&
           BN_bin2bn(n->data, (int)n->len, primes->other) &&
           BN_cmp(primes->scratch, primes->other) == 0 && BN_cmp(primes->p, primes->q) != 0;
}

/* e * d = 1 (mod prime - 1), and the exponent that the Chinese remainder theorem wants. */
static bool check_exponent(struct primes *primes, kf_softkey *key, const BIGNUM *prime_1,
                           enum kf_part part, struct kf_span given) {
    const kf_buf *e = &key->public_half->exponent;
    return BN_mod(primes->scratch, primes->d, prime_1, primes->context) &&
           fill_or_compare(key, part, given, primes->scratch) &&
           BN_bin2bn(e->data, (int)e->len, primes->other) &&
           BN_mod_mul(primes->scratch, primes->scratch, primes->other, prime_1, primes->context) &&
           BN_is_one(primes->scratch);
}

static bool check_coefficient(struct primes *primes, kf_softkey *key, struct kf_span given) {
    return BN_mod_inverse(primes->scratch, primes->q, primes->p, primes->context) &&
           fill_or_compare(key, KF_QINV, given, primes->scratch);
}

static bool are_primes(const struct primes *primes) {
    return BN_check_prime(primes->p, primes->context, NULL) == 1 &&
           BN_check_prime(primes->q, primes->context, NULL) == 1;
}

static CK_RV check(kf_softkey *key, const struct kf_numbers *numbers, enum kf_scrutiny scrutiny) {
    KF_QUIET();
    KF_AUTO_PTR(BN_CTX) context = BN_CTX_secure_new_ex(kf_crypto());
    if (!context)
        return CKR_HOST_MEMORY;
    BN_CTX_start(context);
    struct primes primes = {.context = context};
    /* Primes of one length, as FIPS 186-4 B.3.1 has it; signer_rsa.c counts on it. */
    bool good = primes_begin(&primes, key) && BN_is_odd(primes.p) && BN_is_odd(primes.q) &&
                BN_num_bits(primes.p) == BN_num_bits(primes.q) &&
                is_product(&primes, key->public_half) &&
                check_exponent(&primes, key, primes.p_1, KF_DP, numbers->part[KF_DP]) &&
                check_exponent(&primes, key, primes.q_1, KF_DQ, numbers->part[KF_DQ]) &&
                check_coefficient(&primes, key, numbers->part[KF_QINV]) &&
                (scrutiny == KF_CHECK_RELATIONS || are_primes(&primes));
    BN_CTX_end(context);
    return good ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}

static size_t longer_prime(const struct kf_numbers *numbers) {
    size_t p = kf_span_without_zeros(numbers->part[KF_P]).len;
    size_t q = kf_span_without_zeros(numbers->part[KF_Q]).len;
    return p > q ? p : q;
}

CK_RV kf_softkey_from_rsa(kf_arena *arena, const struct kf_numbers *numbers,
                          enum kf_scrutiny scrutiny, kf_softkey **ret_key) {
    KF_AUTO_PTR(kf_public) public_half = NULL;
    KF_AUTO_PTR(kf_softkey) key = NULL;
    CK_TRY(kf_public_from_rsa(numbers->modulus, numbers->exponent, &public_half));
    size_t prime_len = longer_prime(numbers);
    if (public_half->bits < KF_RSA_BITS_MIN || prime_len == 0 ||
        prime_len >= public_half->modulus.len)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_TRY(kf_softkey_new(public_half, &key));
    CK_TRY(kf_softkey_make_room(key, arena, prime_len));
    for (enum kf_part part = KF_D; part <= KF_Q; part++)
        if (!fill(key, part, numbers->part[part]))
            return CKR_ATTRIBUTE_VALUE_INVALID;
    CK_TRY(check(key, numbers, scrutiny));
    *ret_key = KF_MOVE(key);
    return CKR_OK;
}
