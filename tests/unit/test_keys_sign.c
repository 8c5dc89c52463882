// SPDX-License-Identifier: Apache-2.0
// Signatures: every mechanism, the parameters of PSS and EdDSA, lengths, and the power of RSA.
#include "keys_fixture.h"
#include "keys/private.h"

static CK_RV begin(kf_operation **operation, enum kf_operation_kind kind, CK_MECHANISM mechanism,
                   kf_softkey *key) {
    return kf_operation_begin(operation, kind, &mechanism, key);
}

static void what_was_signed_verifies_and_nothing_else(void **state) {
    uint8_t data[300], signature[512];
    memset(data, 0x30, sizeof data);
    for (size_t i = 0; i < KF_COUNT(signing); i++) {
        size_t data_len = signing[i].data_len ? signing[i].data_len : sizeof data;
        CK_MECHANISM mechanism = PLAIN(signing[i].type);
        kf_softkey *key = keys[signing[i].key], *public_key = public_of(key);
        CK_ULONG len;
        assert_int_equal(sign_with(mechanism, key, data, data_len, signature, &len), CKR_OK);
        assert_int_equal(len, kinds[signing[i].key].signature_len);
        assert_int_equal(verify_with(mechanism, public_key, data, data_len, signature, len),
                         CKR_OK);
        data[3] ^= 1;
        assert_int_equal(verify_with(mechanism, public_key, data, data_len, signature, len),
                         CKR_SIGNATURE_INVALID);
        data[3] ^= 1;
        signature[len / 2] ^= 1;
        assert_int_equal(verify_with(mechanism, public_key, data, data_len, signature, len),
                         CKR_SIGNATURE_INVALID);
        assert_int_equal(verify_with(mechanism, public_key, data, data_len, signature, len - 1),
                         CKR_SIGNATURE_LEN_RANGE);
        kf_softkey_free(public_key);
    }
}

static const struct {
    CK_MECHANISM_TYPE type;
    CK_RSA_PKCS_PSS_PARAMS params;
    size_t data_len;
} pss[] = {
    {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 32}, 32},
    {CKM_RSA_PKCS_PSS, {CKM_SHA_1, CKG_MGF1_SHA1, 20}, 20},
    {CKM_RSA_PKCS_PSS, {CKM_SHA512, CKG_MGF1_SHA512, 0}, 64},
    {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA1, 20}, 32},
    {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 222}, 32},
    {CKM_SHA1_RSA_PKCS_PSS, {CKM_SHA_1, CKG_MGF1_SHA1, 20}, 100},
    {CKM_SHA224_RSA_PKCS_PSS, {CKM_SHA224, CKG_MGF1_SHA224, 28}, 100},
    {CKM_SHA256_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 32}, 100},
    {CKM_SHA384_RSA_PKCS_PSS, {CKM_SHA384, CKG_MGF1_SHA384, 48}, 100},
    {CKM_SHA512_RSA_PKCS_PSS, {CKM_SHA512, CKG_MGF1_SHA512, 64}, 100},
};

static void pss_is_signed_as_its_parameters_say(void **state) {
    uint8_t data[100] = {1}, signature[512];
    for (size_t i = 0; i < KF_COUNT(pss); i++) {
        CK_RSA_PKCS_PSS_PARAMS params = pss[i].params;
        CK_MECHANISM mechanism = {pss[i].type, &params, sizeof params};
        CK_ULONG len;
        assert_int_equal(
            sign_with(mechanism, keys[RSA2048], data, pss[i].data_len, signature, &len), CKR_OK);
        assert_int_equal(
            verify_with(mechanism, keys[RSA2048], data, pss[i].data_len, signature, len), CKR_OK);
        params.sLen = params.sLen ? params.sLen - 1 : 8;
        assert_int_equal(
            verify_with(mechanism, keys[RSA2048], data, pss[i].data_len, signature, len),
            CKR_SIGNATURE_INVALID);
    }
}

static void pss_parameters_are_checked(void **state) {
    static const struct {
        CK_MECHANISM_TYPE type;
        CK_RSA_PKCS_PSS_PARAMS params;
    } bad[] = {
        {CKM_SHA256_RSA_PKCS_PSS, {CKM_SHA_1, CKG_MGF1_SHA1, 20}},
        {CKM_RSA_PKCS_PSS, {CKM_MD5, CKG_MGF1_SHA1, 20}},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256_RSA_PKCS, CKG_MGF1_SHA256, 32}},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, 0, 32}},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, 99, 32}},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 223}},
        {CKM_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, (CK_ULONG)-1}},
    };
    kf_operation *operation = NULL;
    for (size_t i = 0; i < KF_COUNT(bad); i++) {
        CK_RSA_PKCS_PSS_PARAMS params = bad[i].params;
        CK_MECHANISM mechanism = {bad[i].type, &params, sizeof params};
        assert_int_equal(begin(&operation, KF_OPERATION_SIGN, mechanism, keys[RSA2048]),
                         CKR_MECHANISM_PARAM_INVALID);
        assert_false(kf_operation_is_active(operation));
    }
    CK_RSA_PKCS_PSS_PARAMS params = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM short_one = {CKM_RSA_PKCS_PSS, &params, sizeof params - 1};
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, short_one, keys[RSA2048]),
                     CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_RSA_PKCS_PSS), keys[RSA2048]),
                     CKR_MECHANISM_PARAM_INVALID);
    kf_operation_free(operation);
}

static void other_parameters_are_refused(void **state) {
    kf_operation *operation = NULL;
    uint8_t junk[4] = {0};
    kf_ck_eddsa_params pure = {0}, hashed = {.phFlag = CK_TRUE}, context = {0, 4, junk};
    CK_MECHANISM mechanisms[] = {{CKM_EDDSA, &hashed, sizeof hashed},
                                 {CKM_EDDSA, &context, sizeof context},
                                 {CKM_EDDSA, junk, sizeof junk}};
    for (size_t i = 0; i < KF_COUNT(mechanisms); i++)
        assert_int_equal(begin(&operation, KF_OPERATION_SIGN, mechanisms[i], keys[ED25519]),
                         CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(
        begin(&operation, KF_OPERATION_SIGN, (CK_MECHANISM){CKM_ECDSA, junk, 4}, keys[P256]),
        CKR_MECHANISM_PARAM_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN,
                           (CK_MECHANISM){CKM_EDDSA, &pure, sizeof pure}, keys[ED25519]),
                     CKR_OK);
    kf_operation_free(operation);
}

static void lengths_that_no_signature_has_are_refused(void **state) {
    uint8_t data[257], signature[512];
    CK_ULONG len;
    CK_RSA_PKCS_PSS_PARAMS params = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM of_pss = {CKM_RSA_PKCS_PSS, &params, sizeof params};
    memset(data, 0xff, sizeof data);
    assert_int_equal(sign_with(PLAIN(CKM_RSA_PKCS), keys[RSA2048], data, 246, signature, &len),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(sign_with(PLAIN(CKM_RSA_PKCS), keys[RSA2048], data, 245, signature, &len),
                     CKR_OK);
    assert_int_equal(sign_with(of_pss, keys[RSA2048], data, 31, signature, &len),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(sign_with(PLAIN(CKM_ECDSA), keys[P256], data, 0, signature, &len),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(sign_with(PLAIN(CKM_RSA_X_509), keys[RSA2048], data, 257, signature, &len),
                     CKR_DATA_LEN_RANGE);
    assert_int_equal(sign_with(PLAIN(CKM_RSA_X_509), keys[RSA2048], data, 256, signature, &len),
                     CKR_DATA_INVALID); /* not below the modulus */
}

/* The leftmost bits count (PKCS#11 2.40, 2.3.6). */
static void ecdsa_cuts_what_is_longer_than_the_order(void **state) {
    uint8_t data[100], signature[512];
    CK_ULONG len;
    memset(data, 0x5a, sizeof data);
    assert_int_equal(sign_with(PLAIN(CKM_ECDSA), keys[P256], data, 100, signature, &len), CKR_OK);
    assert_int_equal(verify_with(PLAIN(CKM_ECDSA), keys[P256], data, 32, signature, len), CKR_OK);
    assert_int_equal(verify_with(PLAIN(CKM_ECDSA), keys[P256], data, 31, signature, len),
                     CKR_SIGNATURE_INVALID);
}

/* --- RSA, whose power we put together ourselves --- */

static kf_softkey *rsa_of(CK_ULONG bits) {
    struct kf_softkey_order order = {.type = CKK_RSA, .modulus_bits = bits};
    kf_softkey *key = NULL;
    assert_int_equal(kf_softkey_generate(arena, &order, &key), CKR_OK);
    return key;
}

/* 2,056 bits: the primes do not fill their last word. */
static void every_size_of_rsa_signs(void **state) {
    static const CK_ULONG sizes[] = {2056, 3072, 4096};
    for (size_t i = 0; i < KF_COUNT(sizes); i++) {
        kf_softkey *key = rsa_of(sizes[i]);
        uint8_t signature[512];
        CK_ULONG len;
        for (uint8_t n = 0; n < 10; n++) {
            assert_int_equal(sign_with(PLAIN(CKM_SHA256_RSA_PKCS), key, &n, 1, signature, &len),
                             CKR_OK);
            assert_int_equal(len, sizes[i] / 8);
            assert_int_equal(verify_with(PLAIN(CKM_SHA256_RSA_PKCS), key, &n, 1, signature, len),
                             CKR_OK);
        }
        kf_softkey_free(key);
    }
}

/* The primes in either order: the smaller one first and the larger one first. */
static void numbers_of_all_kinds_are_raised_right(void **state) {
    kf_operation *operation = NULL;
    CK_MECHANISM raw = PLAIN(CKM_RSA_X_509);
    for (int n = 0; n < 6; n++) {
        kf_softkey *key = n % 2 ? rsa_of(2048) : kf_softkey_ref(keys[RSA2048]);
        for (size_t zeros = 0; zeros <= 256; zeros += 32) {
            uint8_t data[256], signature[512];
            CK_ULONG len = sizeof signature;
            memset(data, 0x7f, sizeof data);
            memset(data, 0, zeros);
            assert_int_equal(kf_operation_begin(&operation, KF_OPERATION_SIGN, &raw, key), CKR_OK);
            assert_int_equal(kf_operation_finish(operation, data, sizeof data, signature, &len),
                             CKR_OK);
            assert_int_equal(verify_with(raw, key, data, sizeof data, signature, len), CKR_OK);
        }
        kf_softkey_free(key);
    }
    kf_operation_free(operation);
}

/* One wrong bit in one half of the computation, and the difference of two signatures has a prime in
 * it (Boneh, DeMillo, Lipton 1997). */
static void a_fault_gives_no_wrong_signature(void **state) {
    static const enum kf_part parts[] = {KF_P, KF_Q, KF_DP, KF_DQ, KF_QINV};
    for (size_t i = 0; i < KF_COUNT(parts); i++) {
        uint8_t *bytes = kf_part_room(keys[RSA2048], parts[i]), signature[512] = {0};
        CK_MECHANISM mechanism = PLAIN(CKM_SHA256_RSA_PKCS);
        CK_ULONG len;
        bytes[100] ^= 2;
        CK_RV rv = sign_with(mechanism, keys[RSA2048], "abc", 3, signature, &len);
        bytes[100] ^= 2;
        if (rv == CKR_OK)
            rv = verify_with(mechanism, keys[RSA2048], "abc", 3, signature, len);
        assert_true(rv == CKR_OK || rv == CKR_FUNCTION_FAILED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_verifies_and_nothing_else),
        cmocka_unit_test(pss_is_signed_as_its_parameters_say),
        cmocka_unit_test(pss_parameters_are_checked),
        cmocka_unit_test(other_parameters_are_refused),
        cmocka_unit_test(lengths_that_no_signature_has_are_refused),
        cmocka_unit_test(ecdsa_cuts_what_is_longer_than_the_order),
        cmocka_unit_test(every_size_of_rsa_signs),
        cmocka_unit_test(numbers_of_all_kinds_are_raised_right),
        cmocka_unit_test(a_fault_gives_no_wrong_signature),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
