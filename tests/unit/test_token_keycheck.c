// SPDX-License-Identifier: Apache-2.0
// Weak keys are told from good ones.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "token/keycheck.h"
#include "unit/token_fixture.h"

static EVP_PKEY *rsa_of(const BIGNUM *n, unsigned long exponent) {
    BIGNUM *e = BN_new();
    BN_set_word(e, exponent);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    EVP_PKEY_fromdata_init(ctx);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(e);
    return key;
}

static kf_err check_rsa(const BIGNUM *n, unsigned long exponent) {
    EVP_PKEY *key = rsa_of(n, exponent);
    kf_err error = kf_key_check(key, KF_KEY_RSA_2048);
    EVP_PKEY_free(key);
    return error;
}

static BIGNUM *good_modulus(void) {
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIGNUM *n = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
    EVP_PKEY_free(key);
    return n;
}

static void good_rsa_keys_pass(void **state) {
    for (int i = 0; i < 3; i++) {
        BIGNUM *n = good_modulus();
        assert_ok(check_rsa(n, 65537));
        BN_free(n);
    }
}

static void small_exponents_are_weak(void **state) {
    BIGNUM *n = good_modulus();
    assert_fails(check_rsa(n, 3), KF_E_KEY_WEAK);
    assert_fails(check_rsa(n, 1), KF_E_KEY_WEAK);
    assert_fails(check_rsa(n, 65536), KF_E_KEY_WEAK);
    BN_free(n);
}

static void another_size_is_not_what_was_asked_for(void **state) {
    EVP_PKEY *small = EVP_RSA_gen(1024), *curve = EVP_EC_gen("P-384");
    assert_fails(kf_key_check(small, KF_KEY_RSA_2048), KF_E_KEY_WEAK);
    assert_fails(kf_key_check(curve, KF_KEY_P256), KF_E_KEY_WEAK);
    assert_ok(kf_key_check(curve, KF_KEY_P384));
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

/* 65537^a modulo the product of the first 126 primes times some k: what CVE-2017-15361 leaves. */
static void the_roca_fingerprint_is_seen(void **state) {
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *m = BN_new(), *n = BN_new(), *k = BN_new();
    BN_one(m);
    for (unsigned p = 2, found = 0; found < 126; p++) {
        bool prime = true;
        for (unsigned d = 2; d * d <= p; d++)
            prime &= p % d != 0;
        if (prime && ++found)
            BN_mul_word(m, p);
    }
    BN_set_word(n, 65537);
    BN_set_word(k, 123456789);
    BN_mod_exp(n, n, k, m, ctx);
    BN_lshift(k, BN_value_one(), 2047);
    BN_div(k, NULL, k, m, ctx);
    BN_add_word(k, 1);
    BN_mul(k, k, m, ctx);
    BN_add(n, n, k);
    assert_int_equal(BN_num_bits(n), 2048);
    assert_fails(check_rsa(n, 65537), KF_E_KEY_WEAK);
    assert_non_null(strstr(kf_error_sentence(KF_E_KEY_WEAK), "ROCA"));
    BN_free(m);
    BN_free(n);
    BN_free(k);
    BN_CTX_free(ctx);
}

static void squares_and_small_factors_are_weak(void **state) {
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *p = BN_new(), *n = BN_new();
    BN_priv_rand(p, 1024, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ODD);
    while (BN_check_prime(p, ctx, NULL) != 1)
        BN_add_word(p, 2);
    BN_sqr(n, p, ctx);
    assert_fails(check_rsa(n, 65537), KF_E_KEY_WEAK);
    assert_non_null(strstr(kf_error_sentence(KF_E_KEY_WEAK), "square"));
    BIGNUM *good = good_modulus();
    BN_div_word(good, 9973);
    BN_mul_word(good, 9973);
    if (!BN_is_odd(good))
        BN_add_word(good, 9973);
    assert_fails(check_rsa(good, 65537), KF_E_KEY_WEAK);
    BN_free(good);
    BN_free(p);
    BN_free(n);
    BN_CTX_free(ctx);
}

static void points_of_small_order_are_weak(void **state) {
    uint8_t point[32] = {1};
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point, sizeof(point));
    assert_fails(kf_key_check(key, KF_KEY_ED25519), KF_E_KEY_WEAK);
    EVP_PKEY_free(key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rsa_keys_pass),
        cmocka_unit_test(small_exponents_are_weak),
        cmocka_unit_test(another_size_is_not_what_was_asked_for),
        cmocka_unit_test(the_roca_fingerprint_is_seen),
        cmocka_unit_test(squares_and_small_factors_are_weak),
        cmocka_unit_test(points_of_small_order_are_weak),
    };
    return cmocka_run_group_tests_name("token/keycheck", tests, NULL, NULL);
}
