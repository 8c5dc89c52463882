// SPDX-License-Identifier: Apache-2.0
// Edge cases of Ed25519 (RFC 8032): the published examples, and what must not verify.
#include <openssl/bn.h>
#include <openssl/evp.h>

#include "keys_fixture.h"

#define EDDSA ((CK_MECHANISM){CKM_EDDSA, NULL, 0})

/* RFC 8032 7.1, tests 1 to 3. */
static const struct {
    const char *seed, *point, *message, *signature;
} rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

static kf_softkey *edwards_private(const uint8_t seed[32]) {
    CK_KEY_TYPE type = CKK_EC_EDWARDS;
    CK_ATTRIBUTE attrs[] = {{CKA_KEY_TYPE, &type, sizeof type},
                            {CKA_EC_PARAMS, (void *)oid_ed25519, sizeof oid_ed25519},
                            {CKA_VALUE, (void *)seed, 32}};
    kf_softkey *key = NULL;
    assert_int_equal(kf_softkey_from_private(arena, attrs, 3, &key), CKR_OK);
    return key;
}

static CK_RV edwards_public(const uint8_t point[32]) {
    CK_KEY_TYPE type = CKK_EC_EDWARDS;
    CK_ATTRIBUTE attrs[] = {{CKA_KEY_TYPE, &type, sizeof type},
                            {CKA_EC_PARAMS, (void *)oid_ed25519, sizeof oid_ed25519},
                            {CKA_EC_POINT, (void *)point, 32}};
    kf_softkey *key = NULL;
    CK_RV rv = kf_softkey_from_public(attrs, 3, &key);
    kf_softkey_free(key);
    return rv;
}

static void the_examples_of_rfc_8032_come_out(void **state) {
    for (size_t i = 0; i < KF_COUNT(rfc8032); i++) {
        long unused, message_len = 0;
        unsigned char *seed = OPENSSL_hexstr2buf(rfc8032[i].seed, &unused);
        unsigned char *point = OPENSSL_hexstr2buf(rfc8032[i].point, &unused);
        unsigned char *message =
            rfc8032[i].message[0] ? OPENSSL_hexstr2buf(rfc8032[i].message, &message_len) : NULL;
        unsigned char *expected = OPENSSL_hexstr2buf(rfc8032[i].signature, &unused);
        kf_softkey *key = edwards_private(seed);
        kf_buf value = {0};
        uint8_t signature[512];
        CK_ULONG len;
        assert_int_equal(kf_softkey_public_attribute(key, CKA_EC_POINT, &value), CKR_OK);
        assert_memory_equal(value.data + 2, point, 32);
        assert_int_equal(sign_with(EDDSA, key, message, (size_t)message_len, signature, &len),
                         CKR_OK);
        assert_memory_equal(signature, expected, 64);
        kf_buf_clear(&value);
        kf_softkey_free(key);
        OPENSSL_free(seed);
        OPENSSL_free(point);
        OPENSSL_free(message);
        OPENSSL_free(expected);
    }
}

/* L, the order of the base point. */
static BIGNUM *edwards_order(void) {
    BIGNUM *order = NULL;
    BN_hex2bn(&order, "1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED");
    return order;
}

static const int multiples[] = {1, 2, 7, 14};

/* S and S + L satisfy the same equation (RFC 8032 5.1.7: S must be below L). */
static void an_s_not_below_the_order_is_refused(void **state) {
    uint8_t signature[512], spoiled[64];
    CK_ULONG len;
    BIGNUM *order = edwards_order();
    assert_int_equal(sign_with(EDDSA, keys[ED25519], "abc", 3, signature, &len), CKR_OK);
    for (size_t i = 0; i < KF_COUNT(multiples); i++) {
        BIGNUM *s = BN_lebin2bn(signature + 32, 32, NULL);
        for (int n = 0; n < multiples[i]; n++)
            BN_add(s, s, order);
        memcpy(spoiled, signature, 32);
        assert_int_equal(BN_bn2lebinpad(s, spoiled + 32, 32), 32);
        assert_int_equal(verify_with(EDDSA, keys[ED25519], "abc", 3, spoiled, 64),
                         CKR_SIGNATURE_INVALID);
        BN_free(s);
    }
    assert_int_equal(BN_bn2lebinpad(order, spoiled + 32, 32), 32);
    assert_int_equal(verify_with(EDDSA, keys[ED25519], "abc", 3, spoiled, 64),
                     CKR_SIGNATURE_INVALID);
    BN_free(order);
}

/* S = h a, the signature with the nonce 0, for any way to write the neutral point R. */
static void sign_with_r(const uint8_t seed[32], const uint8_t r[32], const uint8_t point[32],
                        uint8_t ret_signature[64]) {
    uint8_t hash[64], input[67];
    BN_CTX *context = BN_CTX_new();
    BIGNUM *order = edwards_order();
    assert_true(EVP_Digest(seed, 32, hash, NULL, EVP_sha512(), NULL));
    hash[0] &= 0xf8;
    hash[31] = (hash[31] & 0x7f) | 0x40;
    BIGNUM *a = BN_lebin2bn(hash, 32, NULL);
    memcpy(input, r, 32);
    memcpy(input + 32, point, 32);
    memcpy(input + 64, "abc", 3);
    assert_true(EVP_Digest(input, sizeof input, hash, NULL, EVP_sha512(), NULL));
    BIGNUM *h = BN_lebin2bn(hash, 64, NULL);
    BN_mod_mul(h, h, a, order, context);
    memcpy(ret_signature, r, 32);
    assert_int_equal(BN_bn2lebinpad(h, ret_signature + 32, 32), 32);
    BN_free(a);
    BN_free(h);
    BN_free(order);
    BN_CTX_free(context);
}

/* The neutral point as 1, as 1 with the sign of a zero, and as 2^255 - 18. */
static void an_r_that_is_not_canonical_is_refused(void **state) {
    static const struct {
        uint8_t first, middle, last;
        CK_RV rv;
    } rows[] = {{1, 0, 0, CKR_OK},
                {1, 0, 0x80, CKR_SIGNATURE_INVALID},
                {0xee, 0xff, 0x7f, CKR_SIGNATURE_INVALID},
                {0xee, 0xff, 0xff, CKR_SIGNATURE_INVALID}};
    static const uint8_t seed[32] = {3, 1, 4};
    kf_softkey *key = edwards_private(seed);
    kf_buf point = {0};
    assert_int_equal(kf_softkey_public_attribute(key, CKA_EC_POINT, &point), CKR_OK);
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        uint8_t r[32], signature[64];
        memset(r, rows[i].middle, sizeof r);
        r[0] = rows[i].first;
        r[31] = rows[i].last;
        sign_with_r(seed, r, point.data + 2, signature);
        assert_int_equal(verify_with(EDDSA, key, "abc", 3, signature, 64), rows[i].rv);
    }
    kf_buf_clear(&point);
    kf_softkey_free(key);
}

/* Keys under which one signature would fit many messages, or that are written in a second way. */
static const char *const nobodys_points[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

static void points_that_are_nobodys_are_refused(void **state) {
    for (size_t i = 0; i < KF_COUNT(nobodys_points); i++) {
        long unused;
        unsigned char *point = OPENSSL_hexstr2buf(nobodys_points[i], &unused);
        assert_int_equal(edwards_public(point), CKR_ATTRIBUTE_VALUE_INVALID);
        OPENSSL_free(point);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_rfc_8032_come_out),
        cmocka_unit_test(an_s_not_below_the_order_is_refused),
        cmocka_unit_test(an_r_that_is_not_canonical_is_refused),
        cmocka_unit_test(points_that_are_nobodys_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
