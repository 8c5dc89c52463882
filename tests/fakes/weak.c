// SPDX-License-Identifier: Apache-2.0
// Weak keys: real key pairs that nobody should accept.
#include "fakes/weak.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "fakes/fake.h"
#include "fakes/keys.h"

// M. Nemec et al., "The Return of Coppersmith's Attack": every prime is k * M + (65537^a mod M),
// where M is the product of the first n primes.
enum { ROCA_PRIMES_SMALL = 71, ROCA_PRIMES_LARGE = 126, ROCA_LARGE_BITS = 992 };

static bool is_small_prime(unsigned int number) {
    for (unsigned int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return false;
    }
    return true;
}

static void multiply_primes(BIGNUM *product, int count) {
    BN_one(product);
    for (unsigned int number = 2; count > 0; number++) {
        if (!is_small_prime(number))
            continue;
        BN_mul_word(product, number);
        count--;
    }
}

static void find_roca_prime(BIGNUM *prime, int bits, BN_CTX *context) {
    BN_CTX_start(context);
    BIGNUM *product = BN_CTX_get(context);
    BIGNUM *generator = BN_CTX_get(context);
    BIGNUM *power = BN_CTX_get(context);
    BIGNUM *rest = BN_CTX_get(context);
    multiply_primes(product, bits >= ROCA_LARGE_BITS ? ROCA_PRIMES_LARGE : ROCA_PRIMES_SMALL);
    BN_set_word(generator, RSA_F4);
    do {
        BN_rand_ex(power, 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY, 0, context);
        BN_mod_exp(rest, generator, power, product, context);
        BN_rand_ex(prime, bits, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY, 0, context);
        BN_div(power, NULL, prime, product, context);
        BN_mul(prime, power, product, context);
        BN_add(prime, prime, rest);
    } while (BN_num_bits(prime) != bits || BN_check_prime(prime, context, NULL) != 1);
    BN_CTX_end(context);
}

// The same prime for the same seed, in every process and on every token.
static void find_fixed_prime(BIGNUM *prime, int bits, unsigned char seed, BN_CTX *context) {
    unsigned char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i += SHA256_DIGEST_LENGTH)
        SHA256((unsigned char[]){'f', 'a', 'k', 'e', seed, (unsigned char)i}, 6, bytes + i);
    BN_bin2bn(bytes, bits / 8, prime);
    BN_set_bit(prime, bits - 1);
    BN_set_bit(prime, bits - 2);
    BN_set_bit(prime, 0);
    while (BN_mod_word(prime, RSA_F4) == 1 || BN_check_prime(prime, context, NULL) != 1)
        BN_add_word(prime, 2);
}

// So that 3, or 65537, has an inverse.
static void find_random_prime(BIGNUM *prime, int bits, BN_CTX *context) {
    do
        BN_generate_prime_ex2(prime, bits, 0, NULL, NULL, NULL, context);
    while (BN_mod_word(prime, 3) == 1 || BN_mod_word(prime, RSA_F4) == 1);
}

static void find_prime(enum script_weakness weakness, BIGNUM *prime, int bits, unsigned char seed,
                       BN_CTX *context) {
    if (weakness == WEAK_ROCA)
        find_roca_prime(prime, bits, context);
    else if (weakness == WEAK_DUPLICATE)
        find_fixed_prime(prime, bits, seed, context);
    else
        find_random_prime(prime, bits, context);
}

static void set_number(struct attrs *attrs, CK_ATTRIBUTE_TYPE type, const BIGNUM *number) {
    unsigned char bytes[1024];
    attrs_set(attrs, type, bytes, (size_t)BN_bn2bin(number, bytes));
}

// RFC 8017 3.2, second form.
static void set_numbers(struct attrs *attrs, BIGNUM *p, BIGNUM *q, const BIGNUM *e,
                        BN_CTX *context) {
    BN_CTX_start(context);
    BIGNUM *n = BN_CTX_get(context), *d = BN_CTX_get(context), *phi = BN_CTX_get(context);
    BIGNUM *p1 = BN_CTX_get(context), *q1 = BN_CTX_get(context), *rest = BN_CTX_get(context);
    BN_mul(n, p, q, context);
    BN_sub(p1, p, BN_value_one());
    BN_sub(q1, q, BN_value_one());
    BN_mul(phi, p1, q1, context);
    BN_mod_inverse(d, e, phi, context);
    set_number(attrs, CKA_MODULUS, n);
    set_number(attrs, CKA_PUBLIC_EXPONENT, e);
    set_number(attrs, CKA_PRIVATE_EXPONENT, d);
    set_number(attrs, CKA_PRIME_1, p);
    set_number(attrs, CKA_PRIME_2, q);
    BN_mod(rest, d, p1, context);
    set_number(attrs, CKA_EXPONENT_1, rest);
    BN_mod(rest, d, q1, context);
    set_number(attrs, CKA_EXPONENT_2, rest);
    BN_mod_inverse(rest, q, p, context);
    set_number(attrs, CKA_COEFFICIENT, rest);
    BN_CTX_end(context);
}

EVP_PKEY *weak_rsa(struct fake *fake, size_t bits) {
    const enum script_weakness weakness = fake->script.weakness;
    if (weakness == WEAK_BITS)
        bits /= 2;
    struct attrs attrs = {0};
    BN_CTX *context = BN_CTX_new_ex(keys_crypto(fake));
    BIGNUM *p = BN_new(), *q = BN_new(), *e = BN_new();
    BN_set_word(e, weakness == WEAK_E1 ? 1 : weakness == WEAK_E3 ? 3 : RSA_F4);
    do {
        find_prime(weakness, p, (int)bits / 2, 'p', context);
        find_prime(weakness, q, (int)bits / 2, 'q', context);
    } while (BN_cmp(p, q) == 0);
    if (BN_cmp(p, q) < 0)
        BN_swap(p, q);
    set_numbers(&attrs, p, q, e, context);
    attrs_set_number(&attrs, CKA_KEY_TYPE, CKK_RSA);
    EVP_PKEY *key = keys_from_private(fake, &attrs);
    attrs_clear(&attrs);
    BN_clear_free(p);
    BN_clear_free(q);
    BN_free(e);
    BN_CTX_free(context);
    return key;
}

// A private value that is the same every time and below the order of each curve that we have.
static EVP_PKEY *make_fixed_curve(struct fake *fake, const struct attr *params) {
    struct attrs attrs = {0};
    unsigned char value[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)"fake", 4, value);
    value[0] &= 0x7f;
    attrs_set_number(&attrs, CKA_KEY_TYPE, CKK_EC);
    attrs_set(&attrs, CKA_EC_PARAMS, params->value, params->len);
    attrs_set(&attrs, CKA_VALUE, value, sizeof value);
    EVP_PKEY *key = keys_from_private(fake, &attrs);
    attrs_clear(&attrs);
    return key;
}

EVP_PKEY *weak_curve(struct fake *fake, const struct attr *params) {
    static unsigned char p192[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01};
    const struct attr shorter = {.type = CKA_EC_PARAMS, .value = p192, .len = sizeof p192};
    if (fake->script.weakness == WEAK_DUPLICATE)
        return make_fixed_curve(fake, params);
    return keys_generate_curve(fake, fake->script.weakness == WEAK_BITS ? &shorter : params);
}
