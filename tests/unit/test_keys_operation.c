// SPDX-License-Identifier: Apache-2.0
// Operations: their mechanisms, their lengths, their parts, and when they end (PKCS#11 2.40, 5.2).
#include "keys_fixture.h"

#define PLAIN(type) ((CK_MECHANISM){type, NULL, 0})

static CK_RV begin(kf_operation **operation, enum kf_operation_kind kind, CK_MECHANISM mechanism,
                   kf_softkey *key) {
    return kf_operation_begin(operation, kind, &mechanism, key);
}

/* --- signatures --- */

static const struct {
    CK_MECHANISM_TYPE type;
    enum which key;
    size_t data_len; /* 0: any */
} signing[] = {
    {CKM_RSA_PKCS, RSA2048, 51},
    {CKM_RSA_X_509, RSA2048, 200},
    {CKM_SHA1_RSA_PKCS, RSA2048, 0},
    {CKM_SHA224_RSA_PKCS, RSA2048, 0},
    {CKM_SHA256_RSA_PKCS, RSA2048, 0},
    {CKM_SHA384_RSA_PKCS, RSA2048, 0},
    {CKM_SHA512_RSA_PKCS, RSA2048, 0},
    {CKM_ECDSA, P256, 32},
    {CKM_ECDSA, P384, 20},
    {CKM_ECDSA, P521, 64},
    {CKM_ECDSA, P256, 64},
    {CKM_ECDSA_SHA1, P256, 0},
    {CKM_ECDSA_SHA224, P256, 0},
    {CKM_ECDSA_SHA256, P256, 0},
    {CKM_ECDSA_SHA384, P384, 0},
    {CKM_ECDSA_SHA512, P521, 0},
    {CKM_ECDSA_SHA512, P256, 0},
    {CKM_EDDSA, ED25519, 0},
};

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

/* --- what begins --- */

static void mechanisms_want_their_own_keys(void **state) {
    kf_operation *operation = NULL;
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_ECDSA), keys[RSA2048]),
                     CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_EDDSA), keys[P256]),
                     CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_RSA_PKCS), keys[ED25519]),
                     CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_DSA), keys[P256]),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_DECRYPT, PLAIN(CKM_ECDSA), keys[P256]),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_EC_KEY_PAIR_GEN), keys[P256]),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_DIGEST, PLAIN(CKM_ECDSA), NULL),
                     CKR_MECHANISM_INVALID);
    kf_operation_free(operation);
}

static void a_public_key_cannot_sign(void **state) {
    kf_operation *operation = NULL;
    kf_softkey *key = public_of(keys[P256]);
    assert_false(kf_softkey_has_private(key));
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_ECDSA), key),
                     CKR_KEY_HANDLE_INVALID);
    assert_int_equal(begin(&operation, KF_OPERATION_VERIFY, PLAIN(CKM_ECDSA), key), CKR_OK);
    assert_ptr_equal(kf_operation_key(operation), key);
    kf_softkey_free(key);
    kf_operation_free(operation);
}

static void only_one_is_active(void **state) {
    kf_operation *operation = NULL;
    assert_false(kf_operation_is_active(NULL));
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_ECDSA), keys[P256]), CKR_OK);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_ECDSA), keys[P256]),
                     CKR_OPERATION_ACTIVE);
    assert_true(kf_operation_is_active(operation));
    kf_operation_cancel(operation);
    assert_false(kf_operation_is_active(operation));
    assert_null(kf_operation_key(operation));
    kf_operation_free(operation);
    kf_operation_free(NULL);
    kf_operation_cancel(NULL);
}

/* --- what ends --- */

static void asking_for_the_size_leaves_it_active(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_operation *operation = NULL;
        uint8_t signature[512];
        CK_ULONG len = 0;
        assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(kinds[i].hashed), keys[i]),
                         CKR_OK);
        assert_int_equal(kf_operation_finish(operation, (void *)"abc", 3, NULL, &len), CKR_OK);
        assert_int_equal(len, kinds[i].signature_len);
        assert_int_equal(kf_operation_output_size(operation, 3), len);
        len--;
        assert_int_equal(kf_operation_finish(operation, (void *)"abc", 3, signature, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, kinds[i].signature_len);
        assert_true(kf_operation_is_active(operation));
        assert_int_equal(kf_operation_finish(operation, (void *)"abc", 3, signature, &len), CKR_OK);
        assert_false(kf_operation_is_active(operation));
        assert_int_equal(verify_with(PLAIN(kinds[i].hashed), keys[i], "abc", 3, signature, len),
                         CKR_OK);
        kf_operation_free(operation);
    }
}

static void an_error_ends_it(void **state) {
    kf_operation *operation = NULL;
    uint8_t data[300] = {0}, signature[512];
    CK_ULONG len = sizeof signature;
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_RSA_PKCS), keys[RSA2048]),
                     CKR_OK);
    assert_int_equal(kf_operation_finish(operation, data, sizeof data, signature, &len),
                     CKR_DATA_LEN_RANGE);
    assert_false(kf_operation_is_active(operation));
    assert_int_equal(kf_operation_finish(operation, data, 3, signature, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(kf_operation_update(operation, data, 3), CKR_OPERATION_NOT_INITIALIZED);
    kf_operation_free(operation);
}

static void a_signature_ends_verifying_whatever_comes_of_it(void **state) {
    kf_operation *operation = NULL;
    uint8_t signature[64] = {0};
    static const CK_RV answers[] = {CKR_SIGNATURE_LEN_RANGE, CKR_SIGNATURE_INVALID};
    for (size_t i = 0; i < KF_COUNT(answers); i++) {
        assert_int_equal(
            begin(&operation, KF_OPERATION_VERIFY, PLAIN(CKM_ECDSA_SHA256), keys[P256]), CKR_OK);
        assert_int_equal(kf_operation_verify(operation, (void *)"abc", 3, signature, 63 + i),
                         answers[i]);
        assert_false(kf_operation_is_active(operation));
    }
    kf_operation_free(operation);
}

/* A logout between C_SignInit and C_Sign. */
static void a_key_that_is_wiped_meanwhile_signs_nothing(void **state) {
    for (int i = 0; i < KINDS; i++) {
        kf_operation *operation = NULL;
        kf_softkey *key = NULL;
        kf_locked der = {0};
        uint8_t signature[512];
        CK_ULONG len = sizeof signature;
        assert_int_equal(kf_softkey_write(keys[i], arena, &der), CKR_OK);
        assert_int_equal(kf_softkey_read(arena, der.data, der.len, &key), CKR_OK);
        kf_locked_clear(&der);
        assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(kinds[i].hashed), key), CKR_OK);
        kf_softkey_wipe(key);
        assert_int_equal(kf_operation_finish(operation, (void *)"abc", 3, signature, &len),
                         CKR_KEY_HANDLE_INVALID);
        kf_softkey_free(key);
        kf_operation_free(operation);
    }
}

/* --- parts --- */

static void parts_give_what_the_whole_gives(void **state) {
    uint8_t data[1000], signature[512];
    memset(data, 0x42, sizeof data);
    for (int i = 0; i < KINDS; i++) {
        kf_operation *operation = NULL;
        CK_ULONG len = sizeof signature;
        assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(kinds[i].hashed), keys[i]),
                         CKR_OK);
        assert_false(kf_operation_has_begun_parts(operation));
        for (size_t at = 0; at < sizeof data; at += 250)
            assert_int_equal(kf_operation_update(operation, data + at, 250), CKR_OK);
        assert_true(kf_operation_has_begun_parts(operation));
        assert_int_equal(kf_operation_finish(operation, NULL, 0, signature, &len), CKR_OK);
        assert_int_equal(
            verify_with(PLAIN(kinds[i].hashed), keys[i], data, sizeof data, signature, len),
            CKR_OK);
        assert_int_equal(begin(&operation, KF_OPERATION_VERIFY, PLAIN(kinds[i].hashed), keys[i]),
                         CKR_OK);
        assert_int_equal(kf_operation_update(operation, data, 999), CKR_OK);
        assert_int_equal(kf_operation_verify(operation, data + 999, 1, signature, len), CKR_OK);
        kf_operation_free(operation);
    }
}

static void parts_of_what_is_not_hashed_are_put_together(void **state) {
    kf_operation *operation = NULL;
    uint8_t data[300] = {0}, signature[512];
    CK_ULONG len = sizeof signature;
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_RSA_PKCS), keys[RSA2048]),
                     CKR_OK);
    assert_int_equal(kf_operation_update(operation, data, 20), CKR_OK);
    assert_int_equal(kf_operation_update(operation, data + 20, 31), CKR_OK);
    assert_int_equal(kf_operation_finish(operation, NULL, 0, signature, &len), CKR_OK);
    assert_int_equal(verify_with(PLAIN(CKM_RSA_PKCS), keys[RSA2048], data, 51, signature, len),
                     CKR_OK);
    assert_int_equal(begin(&operation, KF_OPERATION_SIGN, PLAIN(CKM_RSA_PKCS), keys[RSA2048]),
                     CKR_OK);
    assert_int_equal(kf_operation_update(operation, data, 300), CKR_OK);
    assert_int_equal(kf_operation_update(operation, data, 300), CKR_DATA_LEN_RANGE);
    assert_false(kf_operation_is_active(operation));
    kf_operation_free(operation);
}

/* What one leaves for the next must not leak into it. */
static void one_operation_serves_many_keys_and_mechanisms(void **state) {
    kf_operation *operation = NULL;
    uint8_t signature[512];
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < KF_COUNT(signing); i++) {
            kf_softkey *key = keys[signing[i].key];
            size_t data_len = signing[i].data_len ? signing[i].data_len : 77;
            uint8_t data[300] = {(uint8_t)round};
            CK_ULONG len = sizeof signature;
            CK_MECHANISM mechanism = PLAIN(signing[i].type);
            assert_int_equal(begin(&operation, KF_OPERATION_SIGN, mechanism, key), CKR_OK);
            if (round == 1) /* cancelled half-way, begun again */
                kf_operation_cancel(operation);
            if (round == 1)
                assert_int_equal(begin(&operation, KF_OPERATION_SIGN, mechanism, key), CKR_OK);
            assert_int_equal(kf_operation_finish(operation, data, data_len, signature, &len),
                             CKR_OK);
            assert_int_equal(verify_with(mechanism, key, data, data_len, signature, len), CKR_OK);
        }
    kf_operation_free(operation);
}

/* --- digests --- */

static void digests_are_those_of_the_standard(void **state) {
    static const struct {
        CK_MECHANISM_TYPE type;
        size_t len;
        const char *of_abc; /* FIPS 180-4 */
    } rows[] = {{CKM_SHA_1, 20, "\xa9\x99\x3e\x36"},
                {CKM_SHA224, 28, "\x23\x09\x7d\x22"},
                {CKM_SHA256, 32, "\xba\x78\x16\xbf"},
                {CKM_SHA384, 48, "\xcb\x00\x75\x3f"},
                {CKM_SHA512, 64, "\xdd\xaf\x35\xa1"}};
    for (size_t i = 0; i < KF_COUNT(rows); i++) {
        uint8_t digest[64];
        CK_ULONG len = sizeof digest;
        assert_int_equal(
            run_with(KF_OPERATION_DIGEST, PLAIN(rows[i].type), NULL, "abc", 3, digest, &len),
            CKR_OK);
        assert_int_equal(len, rows[i].len);
        assert_memory_equal(digest, rows[i].of_abc, 4);
        len = rows[i].len - 1;
        assert_int_equal(
            run_with(KF_OPERATION_DIGEST, PLAIN(rows[i].type), NULL, "abc", 3, digest, &len),
            CKR_BUFFER_TOO_SMALL);
    }
}

/* --- the table --- */

static void every_mechanism_has_sizes_and_uses(void **state) {
    CK_MECHANISM_INFO info;
    for (size_t i = 0; i < kf_mechanism_count(); i++) {
        assert_int_equal(kf_mechanism_info(kf_mechanism_at(i), &info), CKR_OK);
        assert_true(info.flags != 0 && info.ulMinKeySize <= info.ulMaxKeySize);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(kf_mechanism_at(i), kf_mechanism_at(j));
    }
    assert_int_equal(kf_mechanism_info(CKM_MD5, &info), CKR_MECHANISM_INVALID);
    assert_int_equal(kf_mechanism_info(CKM_EC_KEY_PAIR_GEN, &info), CKR_OK);
    assert_int_equal(info.flags,
                     CKF_GENERATE_KEY_PAIR | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS);
    assert_int_equal(kf_mechanism_info(CKM_RSA_PKCS_KEY_PAIR_GEN, &info), CKR_OK);
    assert_int_equal(info.ulMinKeySize, 2048);
    assert_int_equal(info.ulMaxKeySize, 4096);
    assert_int_equal(kf_mechanism_info(CKM_ECDH1_DERIVE, &info), CKR_OK);
    assert_true(info.flags & CKF_DERIVE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_verifies_and_nothing_else),
        cmocka_unit_test(pss_is_signed_as_its_parameters_say),
        cmocka_unit_test(pss_parameters_are_checked),
        cmocka_unit_test(other_parameters_are_refused),
        cmocka_unit_test(lengths_that_no_signature_has_are_refused),
        cmocka_unit_test(ecdsa_cuts_what_is_longer_than_the_order),
        cmocka_unit_test(mechanisms_want_their_own_keys),
        cmocka_unit_test(a_public_key_cannot_sign),
        cmocka_unit_test(only_one_is_active),
        cmocka_unit_test(asking_for_the_size_leaves_it_active),
        cmocka_unit_test(an_error_ends_it),
        cmocka_unit_test(a_signature_ends_verifying_whatever_comes_of_it),
        cmocka_unit_test(a_key_that_is_wiped_meanwhile_signs_nothing),
        cmocka_unit_test(parts_give_what_the_whole_gives),
        cmocka_unit_test(parts_of_what_is_not_hashed_are_put_together),
        cmocka_unit_test(one_operation_serves_many_keys_and_mechanisms),
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(every_mechanism_has_sizes_and_uses),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
