// SPDX-License-Identifier: Apache-2.0
// Edge cases of ECDSA verification, in the manner of Wycheproof's: made here with the
// private number, so that every right one is known to be right.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "keys_fixture.h"

/* One key of one curve, with what signing by hand needs. */
static struct {
    kf_softkey *key;
    EC_GROUP *group;
    BN_CTX *context;
    const BIGNUM *n;
    BIGNUM *d, *r, *s, *e;
    size_t size;
} ec;

static const int nids[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};

static void open_curve(enum which curve) {
    kf_locked value = {0};
    assert_int_equal(kf_softkey_private_attribute(keys[curve], CKA_VALUE, arena, &value), CKR_OK);
    ec.key = keys[curve];
    ec.group = EC_GROUP_new_by_curve_name(nids[curve]);
    ec.context = BN_CTX_new();
    ec.n = EC_GROUP_get0_order(ec.group);
    ec.d = BN_bin2bn(value.data, (int)value.len, NULL);
    ec.r = BN_new();
    ec.s = BN_new();
    ec.e = BN_new();
    ec.size = value.len;
    kf_locked_clear(&value);
}

static void close_curve(void) {
    EC_GROUP_free(ec.group);
    BN_CTX_free(ec.context);
    BN_clear_free(ec.d);
    BN_free(ec.r);
    BN_free(ec.s);
    BN_free(ec.e);
}

/* r of the nonce k. */
static void set_r(const BIGNUM *k) {
    EC_POINT *point = EC_POINT_new(ec.group);
    assert_true(EC_POINT_mul(ec.group, point, k, NULL, NULL, ec.context));
    assert_true(EC_POINT_get_affine_coordinates(ec.group, point, ec.r, NULL, ec.context));
    BN_nnmod(ec.r, ec.r, ec.n, ec.context);
    EC_POINT_free(point);
}

/* e = s k - r d: the digest for which (r, s) is a signature with the nonce k. */
static void set_digest_for(const BIGNUM *k) {
    BIGNUM *rd = BN_new();
    BN_mod_mul(rd, ec.r, ec.d, ec.n, ec.context);
    BN_mod_mul(ec.e, ec.s, k, ec.n, ec.context);
    BN_mod_sub(ec.e, ec.e, rd, ec.n, ec.context);
    BN_free(rd);
}

/* s = (e + r d) / k. */
static void set_s(const BIGNUM *k) {
    BIGNUM *inverse = BN_mod_inverse(NULL, k, ec.n, ec.context);
    BN_mod_mul(ec.s, ec.r, ec.d, ec.n, ec.context);
    BN_mod_add(ec.s, ec.s, ec.e, ec.n, ec.context);
    BN_mod_mul(ec.s, ec.s, inverse, ec.n, ec.context);
    BN_free(inverse);
}

/* A digest of P-521 has 521 bits in 66 bytes, of which OpenSSL takes the leftmost. */
static void digest_bytes(uint8_t ret_digest[66]) {
    BIGNUM *shifted = BN_dup(ec.e);
    BN_lshift(shifted, shifted, (int)(ec.size * 8) - BN_num_bits(ec.n));
    assert_true(BN_bn2binpad(shifted, ret_digest, (int)ec.size) > 0);
    BN_free(shifted);
}

/* CKR_GENERAL_ERROR when a number does not even fit into its half. */
static CK_RV verify_numbers(void) {
    uint8_t digest[66], signature[132];
    digest_bytes(digest);
    if (BN_bn2binpad(ec.r, signature, (int)ec.size) < 0 ||
        BN_bn2binpad(ec.s, signature + ec.size, (int)ec.size) < 0)
        return CKR_GENERAL_ERROR;
    return verify_with((CK_MECHANISM){CKM_ECDSA, NULL, 0}, ec.key, digest, ec.size, signature,
                       2 * ec.size);
}

static void make_signature(void) {
    BIGNUM *k = BN_new();
    BN_priv_rand_range(k, ec.n);
    BN_rand_range(ec.e, ec.n);
    set_r(k);
    set_s(k);
    BN_free(k);
}

/* What is done to a right signature. */
static void leave(BIGNUM *number) {}
static void set_zero(BIGNUM *number) {
    BN_zero(number);
}
static void set_one(BIGNUM *number) {
    BN_one(number);
}
static void set_order(BIGNUM *number) {
    BN_copy(number, ec.n);
}
static void set_order_minus_one(BIGNUM *number) {
    BN_copy(number, ec.n);
    BN_sub_word(number, 1);
}
static void set_order_plus_one(BIGNUM *number) {
    BN_copy(number, ec.n);
    BN_add_word(number, 1);
}
static void negate(BIGNUM *number) {
    BN_sub(number, ec.n, number);
}
static void add_order(BIGNUM *number) {
    BN_add(number, number, ec.n);
}
static void set_all_ones(BIGNUM *number) {
    BN_one(number);
    BN_lshift(number, number, (int)ec.size * 8);
    BN_sub_word(number, 1);
}
static void double_it(BIGNUM *number) {
    BN_mod_lshift1(number, number, ec.n, ec.context);
}

static const struct {
    void (*r)(BIGNUM *), (*s)(BIGNUM *);
    bool is_right;
} spoilers[] = {
    {leave, leave, true},
    {leave, negate, true}, /* as the standard has it: both s are signatures */
    {negate, leave, false},
    {set_zero, leave, false},
    {leave, set_zero, false},
    {set_zero, set_zero, false},
    {set_one, set_one, false},
    {set_zero, set_one, false},
    {set_one, set_zero, false},
    {set_order, leave, false},
    {leave, set_order, false},
    {set_order, set_order, false},
    {set_order_minus_one, leave, false},
    {leave, set_order_minus_one, false},
    {set_order_plus_one, leave, false},
    {leave, set_order_plus_one, false},
    {set_order_plus_one, set_order_plus_one, false},
    {add_order, leave, false},
    {leave, add_order, false},
    {add_order, add_order, false},
    {set_all_ones, leave, false},
    {leave, set_all_ones, false},
    {set_all_ones, set_all_ones, false},
    {double_it, leave, false},
    {leave, double_it, false},
};

static void numbers_out_of_range_are_refused(void **state) {
    for (enum which curve = P256; curve <= P521; curve++) {
        open_curve(curve);
        for (size_t i = 0; i < KF_COUNT(spoilers); i++) {
            make_signature();
            spoilers[i].r(ec.r);
            spoilers[i].s(ec.s);
            CK_RV rv = verify_numbers();
            if (spoilers[i].is_right)
                assert_int_equal(rv, CKR_OK);
            else
                assert_true(rv == CKR_SIGNATURE_INVALID || rv == CKR_GENERAL_ERROR);
        }
        close_curve();
    }
}

/* On P-521 a half has room for n + r: there the sums above were really tried. */
static void a_number_and_the_order_fit_into_a_half_of_p521(void **state) {
    open_curve(P521);
    make_signature();
    add_order(ec.r);
    assert_int_equal(verify_numbers(), CKR_SIGNATURE_INVALID);
    close_curve();
}

/* Signatures whose s was chosen. */
static void small_and_large_numbers_are_accepted(void **state) {
    static void (*const chosen[])(BIGNUM *) = {set_one, set_order_minus_one};
    for (enum which curve = P256; curve <= P521; curve++) {
        open_curve(curve);
        for (size_t i = 0; i < KF_COUNT(chosen); i++) {
            BIGNUM *k = BN_new();
            BN_priv_rand_range(k, ec.n);
            set_r(k);
            chosen[i](ec.s);
            set_digest_for(k);
            assert_int_equal(verify_numbers(), CKR_OK);
            BN_add_word(ec.s, 1);
            assert_int_equal(verify_numbers(), CKR_SIGNATURE_INVALID);
            BN_free(k);
        }
        close_curve();
    }
}

static void an_r_with_leading_zeros_is_accepted(void **state) {
    open_curve(P256);
    do
        make_signature();
    while (BN_num_bits(ec.r) > 248);
    assert_int_equal(verify_numbers(), CKR_OK);
    close_curve();
}

/* e = 0; e = r d, where both summands of the check are the same point; e = -r d, where their sum is
 * no point at all. */
static void special_digests_are_worked_out(void **state) {
    for (enum which curve = P256; curve <= P521; curve++) {
        BIGNUM *k = BN_new();
        open_curve(curve);
        BN_priv_rand_range(k, ec.n);
        set_r(k);
        BN_zero(ec.e);
        set_s(k);
        assert_int_equal(verify_numbers(), CKR_OK);
        BN_mod_mul(ec.e, ec.r, ec.d, ec.n, ec.context);
        set_s(k);
        assert_int_equal(verify_numbers(), CKR_OK);
        BN_sub(ec.e, ec.n, ec.e);
        assert_int_equal(verify_numbers(), CKR_SIGNATURE_INVALID);
        BN_one(ec.r);
        BN_one(ec.s);
        BN_sub(ec.e, ec.n, ec.d);
        assert_int_equal(verify_numbers(), CKR_SIGNATURE_INVALID);
        BN_free(k);
        close_curve();
    }
}

static void halves_have_their_length(void **state) {
    uint8_t signature[512], data[32] = {1};
    CK_ULONG len;
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    for (enum which curve = P256; curve <= P521; curve++) {
        assert_int_equal(sign_with(mechanism, keys[curve], data, 32, signature, &len), CKR_OK);
        const size_t wrong[] = {0, 1, len / 2, len - 2, len - 1, len + 1, len + 2, 512};
        for (size_t i = 0; i < KF_COUNT(wrong); i++)
            assert_int_equal(verify_with(mechanism, keys[curve], data, 32, signature, wrong[i]),
                             CKR_SIGNATURE_LEN_RANGE);
    }
}

static void every_flipped_bit_is_noticed(void **state) {
    static const enum which chosen[] = {P256, P521, ED25519};
    uint8_t signature[512], data[32] = {1};
    CK_ULONG len;
    for (size_t i = 0; i < KF_COUNT(chosen); i++) {
        CK_MECHANISM mechanism = {kinds[chosen[i]].plain, NULL, 0};
        assert_int_equal(sign_with(mechanism, keys[chosen[i]], data, 32, signature, &len), CKR_OK);
        for (size_t bit = 0; bit < len * 8; bit += chosen[i] == P521 ? 11 : 1) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(verify_with(mechanism, keys[chosen[i]], data, 32, signature, len),
                             CKR_SIGNATURE_INVALID);
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_out_of_range_are_refused),
        cmocka_unit_test(a_number_and_the_order_fit_into_a_half_of_p521),
        cmocka_unit_test(small_and_large_numbers_are_accepted),
        cmocka_unit_test(an_r_with_leading_zeros_is_accepted),
        cmocka_unit_test(special_digests_are_worked_out),
        cmocka_unit_test(halves_have_their_length),
        cmocka_unit_test(every_flipped_bit_is_noticed),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
