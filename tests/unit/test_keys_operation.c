// SPDX-License-Identifier: Apache-2.0
// Operations: what begins them, what ends them, and their parts (PKCS#11 2.40, 5.2).
#include "keys_fixture.h"

static CK_RV begin(kf_operation **operation, enum kf_operation_kind kind, CK_MECHANISM mechanism,
                   kf_softkey *key) {
    return kf_operation_begin(operation, kind, &mechanism, key);
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
