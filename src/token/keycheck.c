// SPDX-License-Identifier: Apache-2.0
// Checks of a new key's public half.
#include "token/keycheck.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "token/keyspec.h"
#include "x509/cert.h"
#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(BIGNUM, BN_free)
KF_DEFINE_AUTO_PTR_WITH(BN_CTX, BN_CTX_free)
KF_DEFINE_AUTO_PTR_WITH(EVP_PKEY_CTX, EVP_PKEY_CTX_free)

enum { EXPONENT_MIN = 65537, FACTOR_MAX = 10000, ROCA_PRIME_MAX = 167 };

static bool is_prime(unsigned n) {
    for (unsigned i = 2; i * i <= n; i++)
        if (n % i == 0)
            return false;
    return n > 1;
}

static bool has_small_factor(const BIGNUM *modulus) {
    for (unsigned p = 3; p < FACTOR_MAX; p += 2)
        if (is_prime(p) && BN_mod_word(modulus, p) == 0)
            return true;
    return false;
}

/* Is `residue` a power of 65537 modulo the prime? */
static bool is_power(unsigned residue, unsigned prime) {
    unsigned power = 1;
    for (unsigned i = 0; i < prime; i++) {
        if (power == residue)
            return true;
        power = power * (65537 % prime) % prime;
    }
    return false;
}

/* The primes of such keys are k * M + (65537^a mod M), M the product of the first primes, so the
 * modulus is a power of 65537 modulo each of them. Other keys pass all of it with a chance of about
 * 2^-28. */
static bool has_roca_fingerprint(const BIGNUM *modulus) {
    for (unsigned p = 3; p <= ROCA_PRIME_MAX; p += 2)
        if (is_prime(p) && !is_power((unsigned)BN_mod_word(modulus, p), p))
            return false;
    return true;
}

/* Newton's root from above; a modulus that is a square has one prime twice. */
static bool is_square(const BIGNUM *n) {
    KF_AUTO_PTR(BN_CTX) ctx = BN_CTX_new();
    KF_AUTO_PTR(BIGNUM) root = BN_new();
    KF_AUTO_PTR(BIGNUM) next = BN_new();
    if (!ctx || !root || !next || !BN_set_bit(root, (BN_num_bits(n) + 1) / 2))
        return false;
    for (;;) {
        if (!BN_div(next, NULL, n, root, ctx) || !BN_add(next, next, root) ||
            !BN_rshift1(next, next))
            return false;
        if (BN_cmp(next, root) >= 0)
            return BN_sqr(next, root, ctx) && BN_cmp(next, n) == 0;
        if (!BN_copy(root, next))
            return false;
    }
}

static kf_err weak(const char *why) {
    return kf_fail(KF_E_KEY_WEAK, "the token made a weak key: %s", why);
}

static kf_err check_rsa(EVP_PKEY *key) {
    BIGNUM *n = NULL, *e = NULL;
    bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e);
    KF_AUTO_PTR(BIGNUM) modulus = n;
    KF_AUTO_PTR(BIGNUM) exponent = e;
    if (!read)
        return kf_fail(KF_E_CRYPTO, "reading the public key failed");
    if (!BN_is_odd(modulus))
        return weak("its modulus is even");
    if (!BN_is_odd(exponent) || BN_get_word(exponent) < EXPONENT_MIN || BN_num_bits(exponent) > 256)
        return weak("its public exponent is not 65537");
    if (has_small_factor(modulus))
        return weak("its modulus has a small factor");
    if (is_square(modulus))
        return weak("its modulus is a square");
    if (has_roca_fingerprint(modulus))
        return weak("it has the ROCA fingerprint (CVE-2017-15361)");
    return KF_OK;
}

static kf_err check_ec(EVP_PKEY *key) {
    KF_AUTO_PTR(EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, "provider!=keyfob");
    int good = ctx != NULL ? EVP_PKEY_public_check(ctx) : 0;
    ERR_clear_error();
    return good == 1 ? KF_OK : weak("its point is not on its curve");
}

/* The y of the points of order 1, 2, 4 and 8 on edwards25519, little-endian without the sign bit.
 */
static const uint8_t small_order[][32] = {
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};

static kf_err check_ed25519(EVP_PKEY *key) {
    uint8_t point[32] = {0};
    size_t len = sizeof(point);
    if (EVP_PKEY_get_raw_public_key(key, point, &len) != 1)
        return kf_fail(KF_E_CRYPTO, "reading the public key failed");
    point[31] &= 0x7f;
    for (size_t i = 0; i < KF_COUNT(small_order); i++)
        if (memcmp(point, small_order[i], sizeof(point)) == 0)
            return weak("its point has a small order");
    return KF_OK;
}

kf_err kf_key_check(EVP_PKEY *public_key, enum kf_key_type asked) {
    const struct kf_key_spec *spec = kf_key_spec(asked);
    if (spec == NULL || kf_public_key_type(public_key) != asked)
        return kf_fail(KF_E_KEY_WEAK, "the token made a key of %s instead of %s",
                       kf_public_key_title(public_key), kf_key_type_title(asked));
    if (spec->key_type == CKK_RSA)
        return check_rsa(public_key);
    return spec->key_type == CKK_EC ? check_ec(public_key) : check_ed25519(public_key);
}
